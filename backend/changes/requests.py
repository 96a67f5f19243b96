"""A change asked for: quoted again under the order's lock, put on record, begun.

What can be done at once is; goods that come back are settled when they have arrived.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from backend.audit import service as audit
from backend.changes import effects, repository
from backend.changes.cases import Case, load_case, quote_case
from backend.changes.facts import (
    KINDS,
    Cancel,
    ChangeAddress,
    Quote,
    Refusal,
    Wish,
)
from backend.changes.policy import ChangePolicy
from backend.changes.repository import Change, MoneyMove
from backend.customers import profile
from backend.customers import service as customers
from backend.kit.actor import RULES, Actor, Role, require
from backend.kit.db import Tx
from backend.kit.errors import Conflict, Forbidden
from backend.kit.money import Money
from backend.orders import service as orders
from backend.orders.entities import Order
from backend.tickets import service as tickets
from backend.tickets.repository import Ticket
from backend.tickets.service import NewTicket, NewTicketLine

TICKET_KINDS = {
    "cancel": "cancellation",
    "exchange": "exchange",
    "return": "return",
    "address": "order_change",
    "payment": "order_change",
    "items": "order_change",
}
OWNERS_ONLY = frozenset({"address", "payment"})
"""Kinds that take more than knowing the order: where it goes, and whose money is charged."""


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """What is asked for, and the difference the customer said yes to.

    `key` names the wish: asked again with the same one, it is done once.
    """

    order_id: str
    wish: Wish
    key: str
    expected: Money | None = None
    comment: str = ""
    contact_id: str | None = None
    conversation_id: str | None = None


def request_change(
    tx: Tx, request: ChangeRequest, actor: Actor, policy: ChangePolicy, timezone: str
) -> Change:
    """Make the change, or put it before people where the shop's policy says so.

    Raises: NotFound (also for an order that isn't the customer's), Forbidden, Invalid for what is
    no address, Conflict with a code of `rules`, `identity_needed` or `amount_changed` (difference:
    the Money it is now).
    """
    own_methods = _permit(tx, request, actor)
    if isinstance(request.wish, ChangeAddress):
        told = profile.read_address(request.wish.address)
        request = replace(request, wish=ChangeAddress(told.model_dump()))
    order = orders.load_order(tx, request.order_id, lock=True)
    known = repository.by_key(tx, request.key)
    if known is not None:
        return _same(known, request)
    case = load_case(tx, order, own_methods=own_methods, lock=True)
    kind = KINDS[type(request.wish)]
    quoted = quote_case(tx, case, request.wish, policy, timezone)
    if isinstance(quoted, Refusal):
        raise Conflict(quoted.code, params=quoted.params)
    if kind in OWNERS_ONLY and not own_methods:
        raise Forbidden("identity_needed")
    if request.expected is not None and request.expected != quoted.difference:
        raise Conflict("amount_changed", params={"difference": quoted.difference})
    ticket = _open_ticket(tx, order, request, quoted, actor, timezone)
    change = _store(tx, case, request, quoted, ticket, actor)
    terms = policy.changes.terms(kind)
    if terms is not None and terms.decided_by == "person":
        return _wait(tx, order, change, ticket)
    return effects.carry_on(tx, order, change, ticket, quoted, RULES)


def owns(tx: Tx, contact_id: str | None, customer_id: str) -> bool:
    """Whether the contact is known to be this customer."""
    if contact_id is None:
        return False
    return customers.get_contact(tx, contact_id).customer_id == customer_id


def _permit(tx: Tx, request: ChangeRequest, actor: Actor) -> bool:
    """Whether he who asks may use the customer's methods. Raises: NotFound, Forbidden."""
    if actor.kind != "customer":
        require(actor, Role.AGENT)
        return True
    orders.require_order_of_contact(tx, request.contact_id or "", request.order_id)
    order = orders.load_order(tx, request.order_id)
    return owns(tx, request.contact_id, order.customer_id)


def _same(known: Change, request: ChangeRequest) -> Change:
    if known.order_id != request.order_id or known.wish != wish_to_json(request.wish):
        raise Conflict("key_used_otherwise", "this key named another change")
    return known


def wish_to_json(wish: Wish) -> dict[str, Any]:
    """As `order_change.wish` holds it, and `effects.wish_from_json` reads it."""
    plain = {name: _plain(value) for name, value in asdict(wish).items()}
    return {"kind": KINDS[type(wish)], **plain}


def _plain(value: Any) -> Any:
    return [dict(one) for one in value] if isinstance(value, tuple) else value


def _open_ticket(
    tx: Tx, order: Order, request: ChangeRequest, quoted: Quote, actor: Actor, timezone: str
) -> Ticket:
    units: dict[str, list[int]] = {}
    amounts: dict[str, int] = {}
    if quoted.goods_back:
        for line in quoted.lines:
            units.setdefault(line.item_id, []).extend(line.units)
            amounts[line.item_id] = amounts.get(line.item_id, 0) + line.amount
    reason = request.wish.reason if isinstance(request.wish, Cancel) else quoted.kind
    return tickets.open_ticket(
        tx,
        NewTicket(
            kind=TICKET_KINDS[quoted.kind],
            order_id=order.id,
            customer_id=order.customer_id,
            contact_id=request.contact_id,
            conversation_id=request.conversation_id,
            reason=reason or quoted.kind,
            lines=tuple(
                NewTicketLine(item_id, tuple(taken), amounts[item_id])
                for item_id, taken in units.items()
            ),
            comment=request.comment,
            amount=abs(quoted.difference.minor),
            currency=quoted.difference.currency,
        ),
        actor,
        timezone=timezone,
    )


def _store(
    tx: Tx, case: Case, request: ChangeRequest, quoted: Quote, ticket: Ticket, actor: Actor
) -> Change:
    change = Change(
        id=tx.ids.new(),
        key=request.key,
        ticket_id=ticket.id,
        order_id=case.order.id,
        customer_id=case.order.customer_id,
        kind=quoted.kind,
        state="new",
        wish=wish_to_json(request.wish),
        difference=quoted.difference.minor,
        currency=quoted.difference.currency,
        requested_by_kind=actor.kind,
        requested_by_id=actor.id,
        requested_at=tx.now,
    )
    repository.add(tx, change, moves_for(tx, change, quoted))
    data = {"change": change.id, "difference": quoted.difference.plain(), "kind": quoted.kind}
    audit.record(tx, actor, "change.requested", tickets.subject(ticket), data)
    return change


def moves_for(tx: Tx, change: Change, quoted: Quote) -> list[MoneyMove]:
    """The money a quote moves, as rows that are still only planned."""
    return [
        MoneyMove(
            tx.ids.new(),
            change.id,
            place,
            one.method_id,
            one.payment_id,
            one.amount,
            quoted.difference.currency,
            "planned",
        )
        for place, one in enumerate(quoted.transfers, 1)
    ]


def _wait(tx: Tx, order: Order, change: Change, ticket: Ticket) -> Change:
    tickets.move_ticket(tx, ticket, "await_approval", RULES)
    return effects.settle_state(tx, order, change, ticket, "awaiting_approval")
