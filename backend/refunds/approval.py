"""People's verdicts: one person or two different ones agree, one is enough to say no.

Only people decide, never API keys, and nobody on his own request. Of two, one is a manager.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from backend.audit import service as audit
from backend.audit.rules import clean_text
from backend.kit.actor import Actor, Role
from backend.kit.db import Tx
from backend.kit.errors import Conflict, DomainError, FieldError, Forbidden, Invalid, NotFound
from backend.orders import service as orders
from backend.orders.entities import Order
from backend.refunds import repository
from backend.refunds.cases import load_case
from backend.refunds.effects import enqueue_execution, event_fields, return_terms
from backend.refunds.events import RefundApproved, RefundRejected
from backend.refunds.repository import Refund, Verdict
from backend.refunds.states import REFUND
from backend.tickets import service as tickets
from backend.tickets.repository import Ticket
from backend.tickets.states import take

MAX_REASON = 500
MAX_NOTE = 500


@dataclass(frozen=True, slots=True)
class _Case:
    """A refund with all it belongs to, its order locked."""

    order: Order
    refund: Refund
    ticket: Ticket
    verdicts: Sequence[Verdict]


def why_not(actor: Actor, refund: Refund, verdicts: Sequence[Verdict]) -> DomainError | None:
    """Why `actor` may not approve this refund now; None when he may."""
    if refund.state != "awaiting_approval":
        return Conflict("already_decided")
    if (refusal := _not_a_judge(actor, refund)) is not None:
        return refusal
    if any(verdict.account_id == actor.id for verdict in verdicts):
        return Conflict(
            "second_person_needed", "the second approval must come from a different person"
        )
    is_last = len(verdicts) + 1 >= refund.approvals_required
    managers = [Role(verdict.role).rank >= Role.MANAGER.rank for verdict in verdicts]
    if refund.approvals_required > 1 and is_last and not (actor.may(Role.MANAGER) or any(managers)):
        return Forbidden("manager_needed", "one of the two must be a manager")
    return None


def approve_refund(tx: Tx, refund_id: str, actor: Actor, reason: str) -> Refund:
    """Say yes, giving a reason; the last yes needed has it paid.

    Raises: NotFound, Invalid, Forbidden (people_only, role_too_low, own_request, manager_needed),
    Conflict (already_decided, second_person_needed, over_remaining).
    """
    reason = _required(reason)
    case = _load(tx, refund_id)
    if (refusal := why_not(actor, case.refund, case.verdicts)) is not None:
        raise refusal
    _still_covered(tx, case)
    repository.add_verdict(tx, refund_id, actor, "approve", reason)
    _log(tx, case, actor, "refund.approved", reason)
    if len(case.verdicts) + 1 < case.refund.approvals_required:
        return case.refund
    approved = _move(tx, case, "approve", actor)
    tickets.move_ticket(tx, case.ticket, "start_refund", actor)
    fields = event_fields(approved, case.ticket, case.order.number)
    tx.emit(RefundApproved(**fields, by="people", return_shipping_by=return_terms(approved)))
    enqueue_execution(tx, approved)
    return approved


def reject_refund(tx: Tx, refund_id: str, actor: Actor, reason: str, note: str = "") -> Refund:
    """Say no, or give a failed one up. `reason` is for the shop, `note` for the customer.

    Raises: NotFound, Invalid, Forbidden (people_only, role_too_low, own_request), Conflict
    (already_decided; outcome_unknown: money may have moved, try again to find out; partly_paid).
    """
    reason = _required(reason)
    case = _load(tx, refund_id)
    if (case.refund.state, "reject") not in REFUND:
        raise Conflict("already_decided")
    if (refusal := _not_a_judge(actor, case.refund)) is not None:
        raise refusal
    if case.refund.state == "failed" and case.refund.outcome_unknown:
        raise Conflict("outcome_unknown", "money may have moved: try again to find out")
    if any(one.state == "succeeded" for one in repository.transfers_of(tx, refund_id)):
        # Its units would be free to be asked for, and paid for, once more.
        raise Conflict("partly_paid", "one of its payments is paid back: try the rest again")
    repository.add_verdict(tx, refund_id, actor, "reject", reason)
    _log(tx, case, actor, "refund.rejected", reason)
    rejected = _move(tx, case, "reject", actor)
    tickets.move_ticket(tx, case.ticket, "reject", actor)
    fields = event_fields(
        rejected, case.ticket, case.order.number, clean_text(note.strip(), MAX_NOTE)
    )
    tx.emit(RefundRejected(**fields))
    return rejected


def retry_refund(tx: Tx, refund_id: str, actor: Actor, reason: str) -> Refund:
    """Have a failed refund tried again; what the provider knows of it is looked up first.

    Raises: NotFound, Invalid, Forbidden, Conflict (not_possible_now).
    """
    reason = _required(reason)
    case = _load(tx, refund_id)
    if (refusal := _not_a_judge(actor, case.refund)) is not None:
        raise refusal
    retried = _move(tx, case, "retry", actor)
    _log(tx, case, actor, "refund.retried", reason)
    tickets.move_ticket(tx, case.ticket, "start_refund", actor)
    enqueue_execution(tx, retried, again=True)
    return retried


def _not_a_judge(actor: Actor, refund: Refund) -> DomainError | None:
    """Why he may decide nothing about this refund."""
    if actor.kind != "account":
        return Forbidden("people_only", "only people decide on refunds")
    if not actor.may(Role.SUPERVISOR):
        return Forbidden("role_too_low", "this takes a supervisor")
    if (refund.requested_by_kind, refund.requested_by_id) == ("account", actor.id):
        return Forbidden("own_request", "nobody decides on his own request")
    return None


def _required(reason: str) -> str:
    text = clean_text(reason).strip()
    if not text:
        raise Invalid("reason_missing", errors=[FieldError("reason", "must be given")])
    if len(text) > MAX_REASON:
        limit = f"at most {MAX_REASON} characters"
        raise Invalid("reason_too_long", errors=[FieldError("reason", limit)])
    return text


def _load(tx: Tx, refund_id: str) -> _Case:
    """The case under its order's lock. Raises: NotFound."""
    found = repository.get(tx, refund_id)
    if found is None:
        raise NotFound("refund_not_found")
    order = orders.load_order(tx, found.order_id, lock=True)
    # Read again: before the lock was ours somebody else may have decided.
    refund = repository.get(tx, refund_id) or found
    ticket = tickets.get_ticket(tx, refund.ticket_id)
    return _Case(order, refund, ticket, repository.verdicts_of(tx, [refund_id]))


def _still_covered(tx: Tx, case: _Case) -> None:
    """The order's payments still hold what its refunds promise: imports can change an order."""
    facts = load_case(tx, case.order).facts
    if facts.held > facts.paid:
        raise Conflict("over_remaining", "the order's payments no longer cover its refunds")


def _move(tx: Tx, case: _Case, action: str, actor: Actor) -> Refund:
    state = take(REFUND, case.refund.state, action, actor)
    finished_at = tx.now if action == "reject" else None
    repository.update(tx, case.refund.id, state=state, finished_at=finished_at)
    return replace(case.refund, state=state, finished_at=finished_at)


def _log(tx: Tx, case: _Case, actor: Actor, action: str, reason: str) -> None:
    data = {"refund": case.refund.id, "reason": reason}
    audit.record(tx, actor, action, tickets.subject(case.ticket), data)
