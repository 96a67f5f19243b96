"""Evidence and other files of conversations, for people of the shop."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from backend.accounts.web import current_actor, db_of
from backend.conversations import service
from backend.kit.actor import Actor

router = APIRouter(tags=["conversations"])


@router.get("/attachments/{attachment_id}", summary="A customer's photo")
async def get_attachment(
    attachment_id: str, request: Request, actor: Annotated[Actor, Depends(current_actor)]
) -> Response:
    found = await db_of(request).read(service.attachment_for_people, attachment_id, actor)
    content = await asyncio.to_thread(request.app.state.house.storage.get, found.sha256)
    return Response(
        content,
        media_type=found.media_type,
        headers={
            "Cache-Control": "private, max-age=3600",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
