"""Where vendors call: verify, parse, accept, and only then 200."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from backend.kit.errors import DomainError, Forbidden, NotFound, TooLarge
from backend.pipeline import pulling, reception, watch
from bot.channels.base import (
    Adapter,
    BadPayload,
    BadSignature,
    ChannelAccount,
    Handshake,
    WebhookRequest,
)
from bot.channels.fetched import News, Puller
from bot.messages import InboundMessage

if TYPE_CHECKING:
    from backend.house import House

log = logging.getLogger(__name__)
MAX_BODY = 2 * 1024 * 1024

router = APIRouter(tags=["channels"])


@router.get(
    "/webhooks/{channel}/{account_id}",
    summary="A vendor tries the address",
    response_class=PlainTextResponse,
)
async def handshake(channel: str, account_id: str, request: Request) -> str:
    """What the vendor wants to read there. 404 for a channel whose vendor does not try."""
    house: House = request.app.state.house
    account = house.channels.account(account_id, channel)
    adapter = await reception.made(house, account)
    if not isinstance(adapter, Handshake):
        raise NotFound("no_handshake")
    try:
        return adapter.answer_handshake(_call(request, b"", house))
    except BadSignature as error:
        raise _refused(account, error) from error


@router.post("/webhooks/{channel}/{account_id}", summary="A vendor's call")
async def receive(channel: str, account_id: str, request: Request) -> Response:
    """200 only once every message, or the job that fetches it, is stored durably; a repeated call
    changes nothing. 503 before anything is stored while too many wait: vendors come again."""
    house: House = request.app.state.house
    started_ns = time.time_ns()
    account = house.channels.account(account_id, channel)
    adapter = await reception.made(house, account)
    call = _call(request, await read_capped(request, MAX_BODY), house)
    messages, news = _read(house, account, adapter, call)
    if messages:  # a mere word that there are some is always taken: they are fetched when it suits
        await house.pressure.admit()
    for message in messages:
        await reception.receive(house, account, message, started_ns=started_ns)
        house.acknowledge_soon(adapter, message)
    for each in news:
        await house.db.tx(pulling.ask, account.id, each)
    return Response(status_code=200)


def _call(request: Request, body: bytes, house: House) -> WebhookRequest:
    return WebhookRequest(
        headers={name.lower(): value for name, value in request.headers.items()},
        query=dict(request.query_params),
        body=body,
        at=house.clock.now(),
    )


def _read(
    house: House, account: ChannelAccount, adapter: Adapter, call: WebhookRequest
) -> tuple[Sequence[InboundMessage], Sequence[News]]:
    """What a call brings, and what it says is there to fetch. Raises: Forbidden, DomainError."""
    try:
        adapter.verify(call)
    except BadSignature as error:
        raise _refused(account, error) from error
    try:
        news = adapter.news(call) if isinstance(adapter, Puller) else ()
        return adapter.parse(call, house.clock.now()), news
    except BadPayload as error:
        watch.refused(account, error.code)
        detail = error.detail or "the body could not be read"
        raise DomainError("bad_payload", detail, errors=reception.faults_of(error)) from error


def _refused(account: ChannelAccount, error: BadSignature) -> Forbidden:
    watch.refused(account, error.code)
    return Forbidden("bad_signature", "the call could not be shown to be genuine")


async def read_capped(request: Request, limit: int) -> bytes:
    """The body, read no further than `limit` bytes. Raises: TooLarge."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge("body_too_large", f"at most {limit} bytes")
    return bytes(body)
