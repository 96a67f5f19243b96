"""Customers' files over REST; what is known of a ticket's photos comes with the ticket."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response, status

from backend.accounts.web import CurrentActor, Db, current_actor, db_of
from backend.evidence import service
from backend.kit.actor import Actor
from backend.kit.images import veiled

router = APIRouter(tags=["conversations"])


@router.get("/attachments/{attachment_id}", summary="A customer's photo")
async def get_attachment(
    attachment_id: str, request: Request, actor: Annotated[Actor, Depends(current_actor)]
) -> Response:
    """A photo that may show nudity comes veiled until somebody chose to see it."""
    db = await db_of(request)
    found, hidden = await db.read(service.file_for_people, attachment_id, actor)
    content = await asyncio.to_thread(request.app.state.house.storage.get, found.sha256)
    if hidden:
        content = await asyncio.to_thread(veiled, content)
    return Response(
        content,
        media_type=found.media_type,
        headers={
            "Cache-Control": "no-store" if hidden else "private, max-age=3600",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            # Only photos were looked into and made anew: nothing else is shown in the browser.
            **({} if found.kind == "image" else {"Content-Disposition": "attachment"}),
        },
    )


@router.post(
    "/attachments/{attachment_id}/open",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Show a hidden photo",
)
async def open_photo(attachment_id: str, db: Db, actor: CurrentActor) -> None:
    """From now on it is shown to everybody of the shop; the audit log says who chose so."""
    await db.tx(service.open_photo, attachment_id, actor)
