"""Refunds as the other rooms use them: quote, request, withdraw, look back.

Requests are in `requests`, people's verdicts in `approval`, the paying in `execute`, what the desk
shows in `views`.
All money of an order is counted and promised under the order's lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from backend.audit import service as audit
from backend.kit.actor import Actor
from backend.kit.db import Tx
from backend.kit.errors import NotFound
from backend.kit.money import Money
from backend.orders import service as orders
from backend.refunds import repository, rules
from backend.refunds.approval import approve_refund, reject_refund, retry_refund
from backend.refunds.cases import Case, clean_case, decide_terms, load_case, quote_case
from backend.refunds.effects import event_fields
from backend.refunds.events import RefundWithdrawn
from backend.refunds.facts import DEFAULT_POLICY, Quote, QuotePart, RefundPolicy, Refusal
from backend.refunds.facts import Wanted as RequestLine
from backend.refunds.history import record_past_refund
from backend.refunds.repository import Refund
from backend.refunds.requests import RefundRequest, request_refund
from backend.refunds.states import REFUND
from backend.tickets import service as tickets
from backend.tickets.repository import Ticket
from backend.tickets.states import STATUS, WITHDRAWABLE, take

__all__ = [
    "Case",
    "Quote",
    "QuotePart",
    "RefundPolicy",
    "RefundRequest",
    "Refusal",
    "RequestLine",
    "RequestOfContact",
    "approve_refund",
    "check_order",
    "load_case",
    "photos_needed",
    "quote",
    "record_past_refund",
    "reject_refund",
    "request_refund",
    "requests_of_contact",
    "retry_refund",
    "withdraw_request",
]


@dataclass(frozen=True, slots=True)
class RequestOfContact:
    """A request as the customer who made it hears of it. `state` and `status` are the ticket's."""

    number: str
    order_number: str
    state: str
    status: str
    amount: Money | None
    opened_at: datetime
    withdrawable: bool


def check_order(tx: Tx, case: Case, *, policy: RefundPolicy = DEFAULT_POLICY) -> Refusal | None:
    """Can anything of the order be refunded at all?"""
    return rules.check_order(case.facts, tx.now, policy)


def photos_needed(tx: Tx, case: Case, reason: str, received: bool) -> int:
    """How many evidence photos the reason asks for. Raises: Invalid."""
    every = [RequestLine(item.id, item.quantity) for item in case.order.items]
    _, received = clean_case(case.order, every, reason, received)
    return decide_terms(tx, case, reason, received).outputs.photos


def quote(
    tx: Tx,
    case: Case,
    lines: Sequence[RequestLine],
    reason: str,
    received: bool,
    *,
    policy: RefundPolicy = DEFAULT_POLICY,
) -> Quote | Refusal:
    """What would be paid back, part by part, or why not. Raises: Invalid."""
    return quote_case(tx, case, lines, reason, received, policy)[0]


def withdraw_request(tx: Tx, ticket_number: str, contact_id: str, actor: Actor) -> Refund:
    """The customer takes an undecided request of his back.

    Raises: NotFound (also for somebody else's), Conflict when it is decided already.
    """
    ticket = tickets.get_ticket(tx, ticket_number)
    if ticket.contact_id != contact_id:
        raise NotFound("ticket_not_found")
    order = orders.load_order(tx, ticket.order_id, lock=True)
    ticket = tickets.get_ticket(tx, ticket.id)
    refund = repository.of_ticket(tx, ticket.id)
    if refund is None:
        raise NotFound("refund_not_found")
    state = take(REFUND, refund.state, "withdraw", actor)
    repository.update(tx, refund.id, state=state, finished_at=tx.now)
    tickets.move_ticket(tx, ticket, "withdraw", actor)
    audit.record(tx, actor, "refund.withdrawn", tickets.subject(ticket), {"refund": refund.id})
    tx.emit(RefundWithdrawn(**event_fields(refund, ticket, order.number)))
    return replace(refund, state=state, finished_at=tx.now)


def requests_of_contact(tx: Tx, contact_id: str, limit: int = 5) -> Sequence[RequestOfContact]:
    """A contact's own requests, newest first."""
    return [
        RequestOfContact(
            number=row.ticket.number,
            order_number=row.order_number,
            state=row.ticket.state,
            status=STATUS[row.ticket.state],
            amount=_amount(row.ticket),
            opened_at=row.ticket.created_at,
            withdrawable=row.ticket.state in WITHDRAWABLE,
        )
        for row in tickets.tickets_of_contact(tx, contact_id, limit)
    ]


def _amount(ticket: Ticket) -> Money | None:
    if ticket.amount is None or ticket.currency is None:
        return None
    return Money(ticket.amount, ticket.currency)
