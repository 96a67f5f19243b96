"""What web-chat clients send and get; docs/chat-api.md tells the protocol."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class IdentityIn(BaseModel):
    """A shop server's proof of who is signed in."""

    model_config = ConfigDict(extra="forbid")

    customer_id: str = Field(min_length=1, max_length=64)
    issued_at: int
    signature: str = Field(min_length=64, max_length=64)


class SessionIn(BaseModel):
    """Opens or resumes a session."""

    model_config = ConfigDict(extra="forbid")

    channel: str = Field(max_length=64)
    locale: str | None = Field(default=None, max_length=16)
    token: str | None = Field(default=None, max_length=200)
    identity: IdentityIn | None = None


class CustomerOut(BaseModel):
    name: str


class ShopOut(BaseModel):
    name: str


class LimitsOut(BaseModel):
    max_text: int
    max_upload_bytes: int
    max_attachments: int


class SessionOut(BaseModel):
    """An open session. `customer` is null for an anonymous visitor."""

    token: str
    conversation_id: str
    last_seq: int
    locale: str
    customer: CustomerOut | None
    shop: ShopOut
    limits: LimitsOut


class SentOut(BaseModel):
    """Where a message went; `duplicate`: its client_id was accepted before."""

    id: str
    seq: int
    duplicate: bool


class MessagesOut(BaseModel):
    """A page of messages in order of seq."""

    messages: list[dict[str, Any]]
    last_seq: int


class UploadOut(BaseModel):
    """A stored photo."""

    id: str
    kind: str
    media_type: str
    width: int | None
    height: int | None
    size: int
    url: str
