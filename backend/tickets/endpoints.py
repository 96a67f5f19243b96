"""The list of tickets over REST; one ticket with its refund is in `backend.refunds.endpoints`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from backend.accounts.web import CurrentActor, Db
from backend.kit.pages import MAX_PAGE, MAX_WORDS
from backend.tickets import search
from backend.tickets.schemas import TicketPageOut, ticket_row_out

router = APIRouter(tags=["tickets"])


@router.get("/tickets", summary="Tickets, newest first")
async def list_tickets(
    db: Db,
    actor: CurrentActor,
    status: str | None = None,
    q: Annotated[
        str,
        Query(
            max_length=MAX_WORDS,
            description="words of a number, a customer's name, an item's title; the last four "
            "digits of a number or phone; a whole phone number or e-mail address",
        ),
    ] = "",
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> TicketPageOut:
    page = await db.read(
        search.list_tickets, actor, status=status, words=q, cursor=cursor, limit=limit
    )
    rows = [ticket_row_out(row) for row in page.rows]
    return TicketPageOut(
        items=rows,
        next_cursor=page.next_cursor,
        total=page.total.count,
        total_is_exact=page.total.exact,
        index_behind_seconds=page.behind,
    )
