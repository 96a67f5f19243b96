"""Conversations as the API shows them to people of the shop."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from backend.conversations.repository_lists import ConversationRow


class ConversationRowOut(BaseModel):
    """A conversation in a list. `status` is bot, human or closed; `message_count` counts all
    authors' messages; `last_text` begins the latest one; `last_author` is customer, bot, agent or
    system."""

    id: str
    channel_account: str
    status: str
    locale: str
    handoff_reason: str | None
    customer_name: str
    message_count: int
    last_text: str
    last_author: str | None
    created_at: datetime
    updated_at: datetime


class ConversationPageOut(BaseModel):
    """Latest activity first; `next_cursor` is null on the last page.

    `total` is that of the first page; unless `total_is_exact` there are more. What was said within
    `index_behind_seconds` may be missing from a search.
    """

    items: list[ConversationRowOut]
    next_cursor: str | None
    total: int
    total_is_exact: bool
    index_behind_seconds: int


class ConversationDetailOut(ConversationRowOut):
    """A conversation with messages, oldest first; `earlier`: there are more before the first."""

    messages: list[dict[str, Any]]
    earlier: bool


def conversation_row_out(row: ConversationRow) -> ConversationRowOut:
    """A row for the API."""
    return ConversationRowOut(
        id=row.id,
        channel_account=row.channel_account,
        status=row.status,
        locale=row.locale,
        handoff_reason=row.handoff_reason,
        customer_name=row.customer_name,
        message_count=row.last_seq,
        last_text=row.last_text,
        last_author=row.last_author,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
