"""Conversations, for people of the shop; their files are in `backend.evidence.endpoints`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from backend.accounts.web import CurrentActor, Db
from backend.conversations import search
from backend.conversations.schemas import (
    ConversationDetailOut,
    ConversationPageOut,
    conversation_row_out,
)
from backend.kit.pages import MAX_PAGE, MAX_WORDS

router = APIRouter(tags=["conversations"])


@router.get("/conversations", summary="Conversations, latest activity first")
async def list_conversations(
    db: Db,
    actor: CurrentActor,
    status: str | None = None,
    q: Annotated[
        str,
        Query(
            max_length=MAX_WORDS,
            description="words that were said, the customer's name, numbers of orders and tickets",
        ),
    ] = "",
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> ConversationPageOut:
    page = await db.read(
        search.list_conversations, actor, status=status, words=q, cursor=cursor, limit=limit
    )
    return ConversationPageOut(
        items=[conversation_row_out(row) for row in page.rows],
        next_cursor=page.next_cursor,
        total=page.total.count,
        total_is_exact=page.total.exact,
        index_behind_seconds=page.behind,
    )


@router.get("/conversations/{conversation_id}", summary="One conversation, to be read")
async def get_conversation(
    conversation_id: str,
    db: Db,
    actor: CurrentActor,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="a message's seq")] = None,
    limit: Annotated[int, Query(ge=1, le=search.MAX_MESSAGES)] = 100,
) -> ConversationDetailOut:
    """The messages just before number `before`, without it the latest."""
    read = await db.read(
        search.read_conversation, actor, conversation_id, before=before, limit=limit
    )
    row = conversation_row_out(read.row)
    return ConversationDetailOut(
        **row.model_dump(), messages=list(read.messages), earlier=read.earlier
    )
