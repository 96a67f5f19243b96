"""What becomes of a change after it was asked for: people agree or not, goods arrive, money moves.

Only people decide, never API keys, and nobody on a wish of his own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.audit import service as audit
from backend.audit.rules import clean_text
from backend.changes import effects, repository
from backend.changes.cases import load_case, quote_case
from backend.changes.facts import Exchange, Quote, Refusal, Return, Wish
from backend.changes.policy import ChangePolicy
from backend.changes.repository import Change, MoneyMove
from backend.changes.requests import moves_for
from backend.changes.transfers import plan_again
from backend.kit.actor import Actor, Role, require
from backend.kit.db import Tx
from backend.kit.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from backend.kit.money import Money
from backend.orders import service as orders
from backend.orders.entities import Order
from backend.tickets import service as tickets
from backend.tickets.repository import Ticket
from backend.tickets.states import MACHINES, take

MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class _Held:
    """A change with its order, which is locked."""

    order: Order
    change: Change
    ticket: Ticket


def approve_change(
    tx: Tx, ticket_number: str, actor: Actor, reason: str, policy: ChangePolicy, timezone: str
) -> Change:
    """A supervisor agrees: it is checked again as things stand now, and made.

    Raises: NotFound, Forbidden, Invalid without a reason, Conflict (also with a code of `rules`).
    """
    held = _hold(tx, ticket_number)
    _judge(held, actor, reason)
    take(MACHINES[held.ticket.kind], held.ticket.state, _agreed(held), actor)
    quoted = _quote_again(tx, held, policy, timezone)
    _log(tx, actor, "change.approved", held, reason)
    return effects.carry_on(tx, held.order, held.change, held.ticket, quoted, actor)


def reject_change(tx: Tx, ticket_number: str, actor: Actor, reason: str, note: str = "") -> Change:
    """A supervisor says no, or gives up waiting for the goods. `note` is told to the customer.

    Raises: NotFound, Forbidden, Invalid without a reason, Conflict.
    """
    held = _hold(tx, ticket_number)
    _judge(held, actor, reason)
    tickets.move_ticket(tx, held.ticket, "reject", actor)
    repository.drop_moves(tx, held.change.id)
    _log(tx, actor, "change.rejected", held, reason)
    told = clean_text(note.strip(), MAX_REASON)
    return effects.settle_state(tx, held.order, held.change, held.ticket, "rejected", told)


def withdraw_change(tx: Tx, ticket_number: str, contact_id: str, actor: Actor) -> Change:
    """The customer takes back what nobody has decided yet. Raises: NotFound (also for somebody
    else's), Conflict when it is decided."""
    if tickets.get_ticket(tx, ticket_number).contact_id != contact_id:
        raise NotFound("ticket_not_found")
    held = _hold(tx, ticket_number)
    tickets.move_ticket(tx, held.ticket, "withdraw", actor)
    repository.drop_moves(tx, held.change.id)
    audit.record(tx, actor, "change.withdrawn", tickets.subject(held.ticket))
    return effects.settle_state(tx, held.order, held.change, held.ticket, "withdrawn")


def receive_goods(tx: Tx, ticket_number: str, actor: Actor) -> Change:
    """The goods of a return or an exchange have arrived: the money moves, new articles go out.

    Raises: NotFound, Forbidden, Conflict (balance_too_small: the gift card holds less by now;
    over_remaining: refunds have taken what it would give back).
    """
    held = _hold(tx, ticket_number)
    tickets.move_ticket(tx, held.ticket, "receive_goods", actor)
    _cover(tx, held)
    effects.move_money(tx, held.order, held.change)
    audit.record(tx, actor, "change.goods_received", tickets.subject(held.ticket))
    return effects.settle_state(tx, held.order, held.change, held.ticket, "fulfilled")


def due_transfers(
    tx: Tx, actor: Actor, after: str = "", limit: int = 100, state: str = "due"
) -> Sequence[MoneyMove]:
    """Transfers the shop's payment system has to carry out; `settled`: those that are done, gift
    cards' among them. Raises: Forbidden below supervisor."""
    require(actor, Role.SUPERVISOR)
    return repository.in_state(tx, state, after, limit)


def settle_transfer(tx: Tx, transfer_id: str, actor: Actor, ref: str) -> MoneyMove:
    """Somebody, or the shop's program, carried a due transfer out; `ref` is the proof. Again is
    nothing. Raises: Forbidden below supervisor, NotFound, Conflict when it isn't due."""
    require(actor, Role.SUPERVISOR)
    found = repository.get_move(tx, transfer_id)
    if found is None:
        raise NotFound("transfer_not_found")
    if found.state == "settled":
        return found
    if found.state != "due":
        raise Conflict("not_due")
    if not repository.settle_due(tx, transfer_id):  # somebody else just did
        return repository.get_move(tx, transfer_id) or found
    data = {"transfer": transfer_id, "amount": found.amount, "ref": clean_text(ref, 128)}
    audit.record(tx, actor, "change.transfer_settled", f"change:{found.change_id}", data)
    settled = repository.get_move(tx, transfer_id)
    return settled or found


def _hold(tx: Tx, ticket_number: str) -> _Held:
    """Raises: NotFound."""
    ticket = tickets.get_ticket(tx, ticket_number)
    order = orders.load_order(tx, ticket.order_id, lock=True)
    ticket = tickets.get_ticket(tx, ticket.id)
    change = repository.of_ticket(tx, ticket.id)
    if change is None:
        raise NotFound("change_not_found")
    return _Held(order, change, ticket)


def _judge(held: _Held, actor: Actor, reason: str) -> None:
    own = (held.change.requested_by_kind, held.change.requested_by_id)
    if actor.kind != "account" or not actor.may(Role.SUPERVISOR):
        raise Forbidden("role_too_low", "a supervisor decides")
    if own == (actor.kind, actor.id):
        raise Forbidden("own_request", "somebody else must decide on it")
    if not reason.strip():
        raise Invalid("reason_missing", errors=[FieldError("reason", "required")])


def _agreed(held: _Held) -> str:
    return "await_goods" if held.change.kind in effects.NEEDS_GOODS else "apply"


def _quote_again(tx: Tx, held: _Held, policy: ChangePolicy, timezone: str) -> Quote:
    """As things stand now, without this change itself; another amount needs the customer anew."""
    case = load_case(tx, held.order, own_methods=True, lock=True, but=held.change)
    wish: Wish = effects.wish_from_json(held.change.wish)
    quoted = quote_case(tx, case, wish, policy, timezone)
    if isinstance(quoted, Refusal):
        raise Conflict(quoted.code, params=quoted.params)
    if quoted.difference.minor != held.change.difference:
        raise Conflict("amount_changed", params={"difference": quoted.difference})
    repository.drop_moves(tx, held.change.id)
    repository.add_moves(tx, moves_for(tx, held.change, quoted))
    return quoted


def _cover(tx: Tx, held: _Held) -> None:
    """Plan anew what goes back where refunds, which know nothing of a change's plans, have taken of
    the same payments since. Raises: Conflict (over_remaining)."""
    planned = {
        one.payment_id: one
        for one in repository.moves_of(tx, held.change.id)
        if one.state == "planned" and one.payment_id is not None
    }
    if not planned:
        return
    facts = load_case(tx, held.order, own_methods=False, but=held.change).facts
    both = [(planned[one.id], one) for one in facts.payments if one.id in planned]
    if all(-move.amount <= payment.left for move, payment in both):
        return
    wish = effects.wish_from_json(held.change.wish)
    method = wish.method_id if isinstance(wish, Exchange | Return) else ""
    total = -sum(one.amount for one in planned.values())
    as_paid = held.change.kind == "return" and all(
        move.method_id == payment.method_id for move, payment in both
    )
    transfers = plan_again(facts, total, method or None, as_paid=as_paid)
    if isinstance(transfers, Refusal):
        raise Conflict(transfers.code, params=transfers.params)
    repository.drop_moves(tx, held.change.id)
    quoted = Quote(held.change.kind, Money(-total, facts.currency), transfers)
    repository.add_moves(tx, moves_for(tx, held.change, quoted))


def _log(tx: Tx, actor: Actor, action: str, held: _Held, reason: str) -> None:
    data = {"change": held.change.id, "reason": clean_text(reason.strip(), MAX_REASON)}
    audit.record(tx, actor, action, tickets.subject(held.ticket), data)
