"""A request for a refund: quoted again under the order's lock, put before the rules, begun."""

from __future__ import annotations

from dataclasses import dataclass, replace

from backend.audit import service as audit
from backend.evidence import service as photos
from backend.kit.actor import RULES, Actor
from backend.kit.db import Tx
from backend.kit.errors import Conflict
from backend.kit.money import Money
from backend.orders import service as orders
from backend.orders.entities import Order
from backend.refunds import repository
from backend.refunds.cases import Case, decide_approval, load_case, quote_case
from backend.refunds.effects import enqueue_execution, event_fields, plan_transfers, return_terms
from backend.refunds.events import RefundApproved, RefundAwaitingApproval, RefundRequested
from backend.refunds.facts import DEFAULT_POLICY, Quote, RefundPolicy, Refusal, Wanted
from backend.refunds.repository import Refund
from backend.rules import service as tables
from backend.rules.engine import Decision
from backend.rules.tables import MANUAL, RefundApprovalOutputs, ShippingBearerOutputs
from backend.tickets import service as tickets
from backend.tickets.repository import Ticket
from backend.tickets.service import NewTicket, NewTicketLine

MAX_EVIDENCE = 20
_PEOPLE = {"auto": 0, "one": 1, "two": 2, MANUAL: 1}


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What is asked for, and the amount the customer said yes to.

    `evidence`: ids of attachments of the conversation.
    """

    order_id: str
    lines: tuple[Wanted, ...]
    reason: str
    received: bool
    expected_total: Money
    evidence: tuple[str, ...] = ()
    comment: str = ""
    contact_id: str | None = None
    conversation_id: str | None = None


def request_refund(
    tx: Tx, request: RefundRequest, actor: Actor, *, policy: RefundPolicy = DEFAULT_POLICY
) -> Refund:
    """Open a ticket for a refund and put it before the rules; pay at once if they agree.

    Raises: NotFound (also for an order that isn't the customer's), Invalid, Conflict with a code
    of `Refusal` or `amount_changed` (total: the Money it is now).
    """
    if actor.kind == "customer":
        orders.require_order_of_contact(tx, request.contact_id or "", request.order_id)
    order = orders.load_order(tx, request.order_id, lock=True)
    case = load_case(tx, order)
    quoted, terms = quote_case(tx, case, request.lines, request.reason, request.received, policy)
    if isinstance(quoted, Refusal):
        raise Conflict(quoted.code, params=quoted.params)
    if quoted.total != request.expected_total:
        raise Conflict("amount_changed", params={"total": quoted.total})
    request = replace(
        request,
        evidence=tuple(dict.fromkeys(request.evidence))[:MAX_EVIDENCE],
        received=request.received and request.reason != "not_received",
    )
    reused = photos.find_reused(tx, request.evidence, order.id) if request.evidence else []
    seen_before = len({one.attachment_id for one in reused})
    approval = decide_approval(
        tx,
        case,
        quoted.total.minor,
        request.reason,
        request.received,
        len(request.evidence),
        seen_before,
    )
    ticket = _open_ticket(tx, order, request, quoted, actor, policy)
    if request.evidence:
        photos.keep_evidence(tx, ticket.id, request.evidence, reused)
    tables.record_decisions(tx, ticket.id, (terms, approval))
    people = _people(terms, approval, seen_before)
    refund = _store(tx, case, ticket, request, quoted, (terms, approval), people, actor)
    return _begin(tx, order, refund, ticket)


def _open_ticket(
    tx: Tx,
    order: Order,
    request: RefundRequest,
    quoted: Quote,
    actor: Actor,
    policy: RefundPolicy,
) -> Ticket:
    return tickets.open_ticket(
        tx,
        NewTicket(
            kind="return_refund" if quoted.return_required else "refund_only",
            order_id=order.id,
            customer_id=order.customer_id,
            contact_id=request.contact_id,
            conversation_id=request.conversation_id,
            reason=request.reason,
            lines=tuple(NewTicketLine(line.item_id, line.units, line.net) for line in quoted.lines),
            comment=request.comment,
            evidence=request.evidence,
            amount=quoted.total.minor,
            currency=quoted.total.currency,
        ),
        actor,
        timezone=policy.timezone,
    )


def _store(
    tx: Tx,
    case: Case,
    ticket: Ticket,
    request: RefundRequest,
    quoted: Quote,
    decided: tuple[Decision[ShippingBearerOutputs], Decision[RefundApprovalOutputs]],
    people: int,
    actor: Actor,
) -> Refund:
    refund = Refund(
        id=tx.ids.new(),
        ticket_id=ticket.id,
        order_id=case.order.id,
        customer_id=case.order.customer_id,
        amount=quoted.total.minor,
        shipping=quoted.part("shipping"),
        currency=quoted.total.currency,
        parts=[(part.kind, part.amount.minor) for part in quoted.parts],
        reason=request.reason,
        received=request.received,
        return_required=quoted.return_required,
        return_shipping_by=quoted.return_shipping_by,
        state="awaiting_approval" if people else "approved",
        approvals_required=people,
        manual=_is_manual(*decided),
        requested_by_kind=actor.kind,
        requested_by_id=actor.id,
        requested_at=tx.now,
    )
    repository.add(tx, refund, plan_transfers(case, refund))
    data = {
        "refund": refund.id,
        "amount": quoted.total.plain(),
        "approvals_required": people,
        "decided_by": [f"{one.table} v{one.version} {one.row_id}" for one in decided],
    }
    audit.record(tx, actor, "refund.requested", tickets.subject(ticket), data)
    return refund


def _is_manual(
    terms: Decision[ShippingBearerOutputs], approval: Decision[RefundApprovalOutputs]
) -> bool:
    return MANUAL in (terms.outputs.decided_by, approval.outputs.approval)


def _people(
    terms: Decision[ShippingBearerOutputs],
    approval: Decision[RefundApprovalOutputs],
    seen_before: int,
) -> int:
    """How many must agree. Whatever a shop's table says: a photo that was evidence before is never
    enough by itself, and never a reason to refuse without a person having looked."""
    manual = _is_manual(terms, approval)
    return max(_PEOPLE[approval.outputs.approval], int(manual), int(seen_before > 0))


def _begin(tx: Tx, order: Order, refund: Refund, ticket: Ticket) -> Refund:
    """Tell of the request and take its first step: to people, or to be paid."""
    fields = event_fields(refund, ticket, order.number)
    tx.emit(RefundRequested(**fields))
    if refund.approvals_required:
        tickets.move_ticket(tx, ticket, "await_approval", RULES)
        tx.emit(RefundAwaitingApproval(**fields, needed=refund.approvals_required))
        return refund
    tickets.move_ticket(tx, ticket, "start_refund", RULES)
    audit.record(tx, RULES, "refund.approved", tickets.subject(ticket), {"refund": refund.id})
    tx.emit(RefundApproved(**fields, by="rules", return_shipping_by=return_terms(refund)))
    enqueue_execution(tx, refund)
    return refund
