"""The app channel over HTTP; see docs/guides/app.md."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response, UploadFile
from starlette.types import ASGIApp, Receive, Scope, Send

from backend import problems
from backend.app_channel import service
from backend.app_channel.schemas import AnswerOut, MessagesOut, UploadOut
from backend.house import House, house_of
from backend.kit.errors import FieldError, Invalid
from backend.kit.images import MAX_BYTES
from backend.kit.schema import to_json
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


async def _account(request: Request, house: TheHouse) -> ChannelAccount:
    return service.account_of(house, request.headers)


TheAccount = Annotated[ChannelAccount, Depends(_account)]
Sender = Annotated[str, Query(min_length=1, max_length=64)]
MOST_WAIT = 30.0
_SAY = {
    "parameters": [
        {
            "name": "wait",
            "in": "query",
            "description": "seconds",
            "schema": {"type": "number", "minimum": 0, "maximum": MOST_WAIT, "default": 10},
        }
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": AppMessage.model_json_schema()}},
    },
    "security": [{"API key": []}],
}


@router.post(
    "/messages",
    summary="A user's message; its answer",
    openapi_extra=_SAY,
    responses={200: {"model": AnswerOut}, 202: {"model": AnswerOut}},
)
async def say(request: Request) -> Response:
    house: House = request.app.state.house
    await house.pressure.admit()
    account = service.account_of(house, request.headers)
    body = await read_capped(request, MAX_BODY)
    answer = await service.say(house, account, request.headers, body, _wait(request))
    out = {
        "message_id": answer.message.id,
        "conversation_id": answer.message.conversation_id,
        "seq": answer.message.seq,
        "duplicate": answer.duplicate,
        "status": STATUS.get(answer.state, "answered"),
        "replies": answer.replies,
    }
    status = 202 if answer.state == "waiting" else 200
    return Response(to_json(out), status, media_type="application/json")


class Straight:
    """ASGI middleware that answers `say` before the framework's layers around an endpoint. They
    read parameters, check answers and keep what is to be closed, none of which `say` needs, and
    cost a tenth of a turn on the hottest path. The router's own route of the same path is what the
    API's description tells of it."""

    path = f"{router.prefix}/messages"

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self.path or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        scope["route"] = self  # what requests are counted by
        try:
            response = await say(Request(scope, receive))
        except problems.FORESEEN as error:
            response = problems.answer(error)
        await response(scope, receive, send)


def _wait(request: Request) -> float:
    try:
        wait = float(request.query_params.get("wait", "10"))
    except ValueError:
        wait = -1.0
    if not 0 <= wait <= MOST_WAIT:
        fault = FieldError("wait", f"must be a number from 0 to {MOST_WAIT:g}")
        raise Invalid("bad_wait", errors=[fault])
    return wait


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
