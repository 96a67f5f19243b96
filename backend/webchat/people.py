"""Who is here and who is typing, for the shop's people; mounted under /api/v1."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel

from backend.accounts import service as accounts
from backend.accounts.web import CurrentActor
from backend.conversations import service as conversations
from backend.house import House, house_of
from backend.kit.actor import Role, require
from backend.kit.db import Tx
from backend.kit.presence import AGENT, VISITOR
from backend.webchat.feeds import typing_hint

router = APIRouter(tags=["presence"])
TheHouse = Annotated[House, Depends(house_of)]
ID = "^[0-9a-z]{1,32}$"
Id = Annotated[str, Path(pattern=ID)]
IdList = Annotated[
    list[Annotated[str, Query(pattern=ID)]],
    Query(alias="conversation", max_length=100, default_factory=list),
]


class AgentPresence(BaseModel):
    """A person of the shop who is here."""

    id: str
    name: str
    last_seen: datetime


class Looking(BaseModel):
    """A person of the shop who has a conversation before him."""

    id: str
    name: str


class ConversationPresence(BaseModel):
    """A conversation: whether its web-chat visitor is here; who is `typing` (visitor, agent, bot);
    who of the shop is `looking` at it."""

    id: str
    online: bool
    last_seen: datetime | None
    typing: list[str]
    looking: list[Looking]


class PresenceOut(BaseModel):
    """Who is here; with several processes and no Redis only as far as the asked one knows."""

    agents: list[AgentPresence]
    conversations: list[ConversationPresence]


@router.put("/presence", status_code=204, summary="I am here (say so every 20 s)")
async def say_here(
    house: TheHouse,
    actor: CurrentActor,
    conversation: Annotated[
        str | None,
        Query(pattern=ID, description="I look at this conversation (say so every 10 s)"),
    ] = None,
) -> Response:
    require(actor, Role.AGENT)
    if actor.kind == "account":
        await house.presence.beat(AGENT, [actor.id])
        if conversation is not None:
            await house.presence.looks(conversation, actor.id)
    return Response(status_code=204)


@router.get("/presence", summary="Who is here, and who is typing in these conversations")
async def list_present(house: TheHouse, actor: CurrentActor, asked: IdList) -> PresenceOut:
    require(actor, Role.AGENT)
    online = await house.presence.online(AGENT)
    looking = {one: await house.presence.looking(one) for one in asked}
    everybody = {*online, *(who for them in looking.values() for who in them)}
    names = await house.db.read(_names, sorted(everybody))
    seen = await house.presence.last_seen(VISITOR, asked)
    typing = await house.presence.typing(asked)
    return PresenceOut(
        agents=[
            AgentPresence(id=who, name=names[who], last_seen=at)
            for who, at in sorted(online.items())
        ],
        conversations=[
            ConversationPresence(
                id=one,
                online=house.presence.is_online(seen.get(one)),
                last_seen=seen.get(one),
                typing=typing[one],
                looking=[Looking(id=who, name=names[who]) for who in looking[one]],
            )
            for one in asked
        ],
    )


@router.post(
    "/conversations/{conversation_id}/typing",
    status_code=204,
    summary="I am typing (say so every 3 s); the visitor sees it",
)
async def say_typing(conversation_id: Id, house: TheHouse, actor: CurrentActor) -> Response:
    require(actor, Role.AGENT)
    await house.db.read(conversations.get_conversation, conversation_id)
    await house.presence.types(conversation_id, AGENT)
    house.db.announce([typing_hint(conversation_id, AGENT)])
    return Response(status_code=204)


def _names(tx: Tx, account_ids: Sequence[str]) -> dict[str, str]:
    return {one: accounts.get_account(tx, one).name for one in account_ids}
