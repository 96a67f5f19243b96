"""The list of tickets over REST; one ticket with its refund is in `backend.refunds.endpoints`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from backend.accounts.web import CurrentActor, Db
from backend.tickets import service
from backend.tickets.schemas import TicketPageOut, ticket_row_out

router = APIRouter(tags=["tickets"])


@router.get("/tickets", summary="Tickets, newest first")
async def list_tickets(
    db: Db,
    actor: CurrentActor,
    status: str | None = None,
    q: Annotated[str, Query(max_length=100, description="part of a number or a name")] = "",
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=service.MAX_PAGE)] = 50,
) -> TicketPageOut:
    page = await db.read(
        service.list_tickets, actor, status=status, words=q, cursor=cursor, limit=limit
    )
    rows = [ticket_row_out(row) for row in page.rows]
    return TicketPageOut(items=rows, next_cursor=page.next_cursor, total=page.total)
