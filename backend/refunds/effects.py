"""What verdicts and the rules set off in the same way: the execution job, the events' fields."""

from __future__ import annotations

from typing import TypedDict

from backend.kit import jobs
from backend.kit.db import Tx
from backend.refunds import rules
from backend.refunds.cases import Case
from backend.refunds.repository import Refund, Transfer
from backend.tickets.repository import Ticket

EXECUTE = "refund.execute"
"""The job kind that pays a refund. Payload: refund_id."""


class EventFields(TypedDict):
    """What every event on a refund tells."""

    refund_id: str
    ticket_id: str
    ticket_number: str
    order_id: str
    order_number: str
    contact_id: str | None
    conversation_id: str | None
    amount: int
    currency: str
    note: str


def event_fields(refund: Refund, ticket: Ticket, order_number: str, note: str = "") -> EventFields:
    """The common fields of an event on this refund."""
    return EventFields(
        refund_id=refund.id,
        ticket_id=ticket.id,
        ticket_number=ticket.number,
        order_id=refund.order_id,
        order_number=order_number,
        contact_id=ticket.contact_id,
        conversation_id=ticket.conversation_id,
        amount=refund.amount,
        currency=refund.currency,
        note=note,
    )


def return_terms(refund: Refund) -> str | None:
    """Who pays the way back; None when nothing has to come back."""
    return refund.return_shipping_by if refund.return_required else None


LANE = "payments"
"""A provider that hangs costs the hands of refunds, no other's."""


def enqueue_execution(tx: Tx, refund: Refund, *, again: bool = False) -> None:
    """Have it paid; refunds of one order one after another. `again`: after it had failed."""
    jobs.enqueue(
        tx,
        EXECUTE,
        {"refund_id": refund.id},
        key=f"order:{refund.order_id}",
        lane=LANE,
        uniq=None if again else f"refund:{refund.id}",
    )


def plan_transfers(case: Case, refund: Refund) -> list[Transfer]:
    """A new refund shared out over the order's payments; the first transfer's key is its id.

    Raises: ValueError when the payments don't hold enough, which a quote has excluded.
    """
    held = case.held.by_payment
    left = [(one.id, one.kept - held.get(one.id, 0)) for one in case.order.payments]
    return [
        Transfer(
            refund.id if number == 1 else f"{refund.id}-{number}",
            refund.id,
            payment_id,
            amount,
            "pending",
        )
        for number, (payment_id, amount) in enumerate(
            rules.split_over_payments(refund.amount, left), 1
        )
    ]
