"""What can't be sent to a customer now, why, and the way to send it when it can; under /api/v1."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from fastapi import APIRouter, Request
from pydantic import BaseModel

from backend.accounts.web import CurrentActor, Db
from backend.conversations.windows import service
from backend.conversations.windows.service import Standing
from backend.kit.actor import Actor, Role, require
from backend.kit.db import Tx
from backend.kit.errors import NotFound
from backend.pipeline import windows
from backend.pipeline.channels import Channels
from bot.channels.base import Capabilities, ChannelError

router = APIRouter(tags=["conversations"])


class ReplyWindowOut(BaseModel):
    """Whether a customer can be written to. Channels without such a limit: `limited` is false.

    `refusal`: window_closed, window_full or session_not_ours; null: he can. `closes_at`: when the
    window closes, or did; `left`: how many messages fit into it; `held`: how many wait for it.
    `session`: ours, queued, servicer, ended; `servicer`: who answers at the vendor's. `reasons`:
    by message id, why it is held or was not delivered.
    """

    limited: bool
    refusal: str | None
    closes_at: datetime | None
    left: int | None
    held: int
    session: str
    servicer: str | None
    reasons: dict[str, str]


class HeldSentOut(BaseModel):
    """`sent`: how many messages of the vendor are on their way; several of ours may be in one."""

    sent: int


@router.get(
    "/conversations/{conversation_id}/reply-window",
    summary="Whether the customer can be written to",
)
async def get_reply_window(
    conversation_id: str, request: Request, db: Db, actor: CurrentActor
) -> ReplyWindowOut:
    return await db.read(_reply_window, _channels(request), conversation_id, actor)


@router.post(
    "/conversations/{conversation_id}/held/send", summary="Send what is held, if it can be"
)
async def send_held(
    conversation_id: str, request: Request, db: Db, actor: CurrentActor
) -> HeldSentOut:
    sent = await db.tx(_send_held, _channels(request), conversation_id, actor)
    return HeldSentOut(sent=sent)


def _channels(request: Request) -> Channels:
    return cast(Channels, request.app.state.house.channels)


def _reply_window(tx: Tx, channels: Channels, conversation_id: str, actor: Actor) -> ReplyWindowOut:
    require(actor, Role.AGENT)
    capabilities = _capabilities(tx, channels, conversation_id)
    limits = windows.limits_of(capabilities) if capabilities else None
    standing = service.standing(tx, conversation_id, limits)
    return _out(standing, service.reasons(tx, conversation_id))


def _send_held(tx: Tx, channels: Channels, conversation_id: str, actor: Actor) -> int:
    require(actor, Role.AGENT)
    capabilities = _capabilities(tx, channels, conversation_id)
    if capabilities is None:
        raise NotFound("channel_not_found")
    return windows.send_held(tx, capabilities, conversation_id, actor)


def _capabilities(tx: Tx, channels: Channels, conversation_id: str) -> Capabilities | None:
    """What the conversation's channel can; None when it is not configured any more, or wrongly."""
    try:
        return channels.adapter(service.account_of(tx, conversation_id)).capabilities
    except NotFound as error:
        if error.code != "channel_not_found":
            raise
        return None
    except ChannelError:
        return None


def _out(standing: Standing | None, reasons: Mapping[str, str]) -> ReplyWindowOut:
    return ReplyWindowOut(
        limited=standing is not None,
        refusal=standing.refusal if standing else None,
        closes_at=standing.until if standing else None,
        left=standing.left if standing else None,
        held=standing.held if standing else 0,
        session=standing.session if standing else "ours",
        servicer=standing.servicer if standing else None,
        reasons=dict(reasons),
    )
