"""The app channel over HTTP; see docs/guides/app.md."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response, UploadFile

from backend.app_channel import service
from backend.app_channel.schemas import AnswerOut, MessagesOut, UploadOut
from backend.house import House, house_of
from backend.kit.images import MAX_BYTES
from backend.pipeline.pressure import admit
from backend.pipeline.webhooks import MAX_BODY, read_capped
from backend.webchat.endpoints import file_response
from bot.channels.app import AppMessage
from bot.channels.base import ChannelAccount

router = APIRouter(prefix="/api/app/v1", tags=["app channel"])
TheHouse = Annotated[House, Depends(house_of)]
STATUS: Mapping[str, Literal["pending", "with_people"]] = {
    "waiting": "pending",
    "unanswered": "with_people",
    "failed": "with_people",
}


def _account(request: Request, house: TheHouse) -> ChannelAccount:
    return service.account_of(house, request.headers)


TheAccount = Annotated[ChannelAccount, Depends(_account)]
Sender = Annotated[str, Query(min_length=1, max_length=64)]
_BODY = {"content": {"application/json": {"schema": AppMessage.model_json_schema()}}}


@router.post(
    "/messages",
    summary="A user's message; its answer",
    dependencies=[Depends(admit)],
    openapi_extra={"requestBody": {**_BODY, "required": True}},
    responses={202: {"model": AnswerOut, "description": "Stored; the turn takes longer"}},
    response_model=AnswerOut,
)
async def say(
    request: Request,
    account: TheAccount,
    house: TheHouse,
    wait: Annotated[float, Query(ge=0, le=30, description="seconds")] = 10.0,
) -> Response:
    body = await read_capped(request, MAX_BODY)
    answer = await service.say(house, account, request.headers, body, wait)
    out = AnswerOut(
        message_id=answer.message.id,
        conversation_id=answer.message.conversation_id,
        seq=answer.message.seq,
        duplicate=answer.duplicate,
        status=STATUS.get(answer.state, "answered"),
        replies=list(answer.replies),
    )
    return Response(
        out.model_dump_json(),
        status_code=202 if answer.state == "waiting" else 200,
        media_type="application/json",
    )


@router.get("/messages", summary="A user's messages by number")
async def list_messages(
    account: TheAccount,
    house: TheHouse,
    sender: Sender,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> MessagesOut:
    messages, last = await house.db.read(service.page, account, sender, after=after, limit=limit)
    return MessagesOut(messages=messages, last_seq=last)


@router.post("/attachments", status_code=201, summary="Upload a user's photo")
async def upload(
    file: UploadFile, account: TheAccount, house: TheHouse, sender: Sender
) -> UploadOut:
    raw = await file.read(MAX_BYTES + 1)
    stored = await service.upload(house, account, sender, raw, file.filename or "")
    return UploadOut(
        id=stored.id,
        media_type=stored.media_type,
        width=stored.width,
        height=stored.height,
        size=stored.size,
        url=f"{service.ATTACHMENTS}{stored.id}",
    )


@router.get("/attachments/{attachment_id}", summary="A photo of a user's conversation")
async def get_attachment(
    attachment_id: str, account: TheAccount, house: TheHouse, sender: Sender
) -> Response:
    found = await house.db.read(service.attachment_of, account, sender, attachment_id)
    content = await asyncio.to_thread(house.storage.get, found.sha256)
    return file_response(content, found.media_type)
