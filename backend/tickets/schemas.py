"""Tickets as the API shows them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from backend.kit.money import Money
from backend.tickets.repository import TicketRow
from backend.tickets.states import STATUS


class MoneyOut(BaseModel):
    """An amount: `minor` units of `currency`, and both as `text` (`CNY 59.00`)."""

    minor: int
    currency: str
    text: str

    @classmethod
    def of(cls, minor: int, currency: str) -> MoneyOut:
        return cls(minor=minor, currency=currency, text=Money(minor, currency).plain())


class TicketRowOut(BaseModel):
    """A ticket in a list. `status` is open, in_progress, completed or closed."""

    id: str
    number: str
    kind: str
    status: str
    state: str
    order_number: str
    customer_name: str
    reason: str
    created_at: datetime
    amount: MoneyOut | None


class TicketPageOut(BaseModel):
    """Newest first; `next_cursor` is null on the last page.

    `total` is that of the first page; unless `total_is_exact` there are more. What changed within
    `index_behind_seconds` may be missing from a search; 0: nothing is.
    """

    items: list[TicketRowOut]
    next_cursor: str | None
    total: int
    total_is_exact: bool
    index_behind_seconds: int


def ticket_row_out(row: TicketRow) -> TicketRowOut:
    """A row for the API."""
    ticket = row.ticket
    amount = None
    if ticket.amount is not None and ticket.currency is not None:
        amount = MoneyOut.of(ticket.amount, ticket.currency)
    return TicketRowOut(
        id=ticket.id,
        number=ticket.number,
        kind=ticket.kind,
        status=STATUS[ticket.state],
        state=ticket.state,
        order_number=row.order_number,
        customer_name=row.customer_name,
        reason=ticket.reason,
        created_at=ticket.created_at,
        amount=amount,
    )
