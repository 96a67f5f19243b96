"""Hidden photos over REST; what is known of a ticket's photos comes with the ticket."""

from __future__ import annotations

from fastapi import APIRouter, status

from backend.accounts.web import CurrentActor, Db
from backend.evidence import service

router = APIRouter(tags=["tickets"])


@router.post(
    "/attachments/{attachment_id}/open",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Show a hidden photo",
)
async def open_photo(attachment_id: str, db: Db, actor: CurrentActor) -> None:
    """From now on it is shown to everybody of the shop; the audit log says who chose so."""
    await db.tx(service.open_photo, attachment_id, actor)
