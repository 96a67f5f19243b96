"""What the app channel's API gives; `bot.channels.app.AppMessage` is what it takes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field


class AnswerOut(BaseModel):
    """`status`: answered; pending (the turn takes longer than `wait`: fetch by number later); or
    with_people (a person will answer). `replies` as the chat API shows messages."""

    message_id: str = Field(description="our id of the message")
    conversation_id: str
    seq: int
    duplicate: bool
    status: Literal["answered", "pending", "with_people"]
    replies: list[dict[str, Any]]


class MessagesOut(BaseModel):
    """Messages by number, ascending; `last_seq` is the conversation's latest."""

    messages: list[dict[str, Any]]
    last_seq: int


class UploadOut(BaseModel):
    """A stored photo; `id` goes into a message's `attachments`."""

    id: str
    media_type: str
    width: int | None
    height: int | None
    size: int
    url: str
