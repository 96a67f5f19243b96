"""Where vendors call: verify, parse, accept, and only then 200."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, Request, Response

from backend.kit.db import Tx
from backend.kit.errors import DomainError, TooLarge, Unauthorized
from backend.pipeline import inbox, watch
from backend.pipeline.pressure import admit
from bot.channels.base import BadPayload, BadSignature, ChannelAccount, WebhookRequest
from bot.messages import InboundMessage

if TYPE_CHECKING:
    from backend.house import House

log = logging.getLogger(__name__)
MAX_BODY = 2 * 1024 * 1024

router = APIRouter(tags=["channels"])


@router.post(
    "/webhooks/{channel}/{account_id}", summary="A vendor's call", dependencies=[Depends(admit)]
)
async def receive(channel: str, account_id: str, request: Request) -> Response:
    """200 only once every message is stored durably; a repeated call changes nothing."""
    house: House = request.app.state.house
    started_ns = time.time_ns()
    account = house.channels.account(account_id, channel)
    adapter = house.channels.adapter(account.id)
    call = WebhookRequest(
        headers={name.lower(): value for name, value in request.headers.items()},
        query=dict(request.query_params),
        body=await read_capped(request, MAX_BODY),
    )
    try:
        adapter.verify(call)
    except BadSignature as error:
        watch.refused(account, error.code)
        raise Unauthorized("bad_signature", "the call could not be shown to be genuine") from error
    try:
        messages = adapter.parse(call, house.clock.now())
    except BadPayload as error:
        watch.refused(account, error.code)
        raise DomainError("bad_payload", error.detail or "the body could not be read") from error
    for message in messages:
        stored = await house.db.tx(accept, house, account, message)
        watch.accepted(
            house.channels.watch,
            account,
            stored.message.id,
            duplicate=stored.duplicate,
            started_ns=started_ns,
        )
        house.acknowledge_soon(adapter, message)
    return Response(status_code=200)


def accept(
    tx: Tx, house: House, account: ChannelAccount, message: InboundMessage
) -> inbox.Accepted:
    """Store one message; its customer is told once when answers take longer."""
    accepted = inbox.accept(tx, account, message, house.settings.shop_locale)
    if not accepted.duplicate:
        house.pressure.tell_once(tx, accepted.message.conversation_id)
    return accepted


async def read_capped(request: Request, limit: int) -> bytes:
    """The body, read no further than `limit` bytes. Raises: TooLarge."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge("body_too_large", f"at most {limit} bytes")
    return bytes(body)
