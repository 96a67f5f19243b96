"""The chat API over HTTP; see docs/chat-api.md."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response, UploadFile

from backend.accounts.rules import address_key
from backend.house import House, house_of
from backend.kit.errors import Unauthorized
from backend.kit.images import MAX_BYTES
from backend.webchat import service
from backend.webchat.feeds import feeds_of
from backend.webchat.schemas import (
    CustomerOut,
    LimitsOut,
    MessagesOut,
    SentOut,
    SessionIn,
    SessionOut,
    ShopOut,
    UploadOut,
)
from bot.channels.client_json import MAX_ATTACHMENTS
from bot.messages import MAX_TEXT

router = APIRouter(prefix="/api/chat/v1", tags=["web chat"])
TheHouse = Annotated[House, Depends(house_of)]


async def _visitor(request: Request, house: TheHouse) -> service.Visitor:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized("no_session", "Authorization: Bearer <token> is missing")
    return await house.db.read(service.visitor_of, house, token)


TheVisitor = Annotated[service.Visitor, Depends(_visitor)]


@router.post("/sessions", status_code=201, summary="Open or resume a session")
async def open_session(asked: SessionIn, house: TheHouse, request: Request) -> SessionOut:
    address = address_key(request.client.host if request.client else "")
    await house.rates.count(house.settings.session_rate, "sessions", address)
    if asked.identity is None and not await house.db.read(service.resumes_visitor, house, asked):
        await house.rates.count(house.settings.visitor_rate, "visitors", address)
    await house.pressure.look()
    token, visitor = await house.db.tx(service.open_session, house, asked)
    name = visitor.customer_name
    return SessionOut(
        token=token,
        conversation_id=visitor.conversation_id,
        last_seq=visitor.last_seq,
        locale=visitor.locale,
        customer=CustomerOut(name=name) if name else None,
        shop=ShopOut(name=house.settings.shop_name),
        limits=LimitsOut(
            max_text=MAX_TEXT, max_upload_bytes=MAX_BYTES, max_attachments=MAX_ATTACHMENTS
        ),
    )


@router.get("/messages", summary="Messages by number")
async def list_messages(
    visitor: TheVisitor,
    house: TheHouse,
    after: Annotated[int | None, Query(ge=0, le=service.LAST_SEQ)] = None,
    before: Annotated[int | None, Query(ge=1, le=service.LAST_SEQ)] = None,
    limit: Annotated[int, Query(ge=1, le=service.PAGE)] = 50,
) -> MessagesOut:
    messages, last = await house.db.read(
        service.page, visitor, after=after, before=before, limit=limit
    )
    return MessagesOut(messages=messages, last_seq=last)


@router.post("/messages", status_code=202, summary="Send a message")
async def send(
    sent: dict[str, Any], visitor: TheVisitor, house: TheHouse, request: Request
) -> SentOut:
    accepted = await service.send(house, visitor, sent)
    if not accepted.duplicate and accepted.by_bot:
        feeds_of(request.app.state).bot_types(visitor.conversation_id)
    return SentOut(id=accepted.message.id, seq=accepted.message.seq, duplicate=accepted.duplicate)


@router.post("/attachments", status_code=201, summary="Upload a photo")
async def upload(file: UploadFile, visitor: TheVisitor, house: TheHouse) -> UploadOut:
    raw = await file.read(MAX_BYTES + 1)
    stored = await service.upload(house, visitor, raw, file.filename or "")
    return UploadOut(
        id=stored.id,
        kind=stored.kind,
        media_type=stored.media_type,
        width=stored.width,
        height=stored.height,
        size=stored.size,
        url=f"{service.ATTACHMENTS}{stored.id}",
    )


@router.get("/attachments/{attachment_id}", summary="A photo of this conversation")
async def get_attachment(attachment_id: str, visitor: TheVisitor, house: TheHouse) -> Response:
    found = await house.db.read(service.attachment_of, visitor, attachment_id)
    content = await asyncio.to_thread(house.storage.get, found.sha256)
    return file_response(content, found.media_type)


def file_response(content: bytes, media_type: str) -> Response:
    """A customer's file: never interpreted, never cached by others."""
    return Response(
        content,
        media_type=media_type,
        headers={
            "Cache-Control": "private, max-age=86400, immutable",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Disposition": "inline",
            "X-Content-Type-Options": "nosniff",
        },
    )
