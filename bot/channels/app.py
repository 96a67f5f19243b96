"""The app channel: the shop's own server passes on what a user of its app writes.

The server shows the account's `api_key`, so what it says of the user is believed: who he is
(`sender`), which customer of the shop (`customer`), his name and language. Answers go back in the
same call, or are fetched by number; nothing is pushed.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.channels.base import (
    BadPayload,
    BadSignature,
    Capabilities,
    ChannelAccount,
    ChannelError,
    SendContext,
    Sent,
    Undeliverable,
    WebhookRequest,
)
from bot.channels.client_json import (
    MAX_ATTACHMENTS,
    MAX_STORED_TEXT,
    Choice,
    ClientId,
    RunningNumbers,
    Text,
    reasons,
)
from bot.messages import (
    Attachment,
    AttachmentKind,
    InboundKind,
    InboundMessage,
    OutboundMessage,
    Sender,
    VerifiedIdentity,
)

NEW_ID = "x-aftercare-new-id"
"""The header in which the API hands over an id for a message that brings none."""
SENDER = r"^[A-Za-z0-9_.:@-]{1,64}$"


class AppMessage(BaseModel):
    """What the shop's server sends: a text, or a choice, or attachments with a caption.

    `sender` is the app's own id of the user. `message_id` is the app's id of the message: with it
    a repeated call is answered again, not taken again. `customer` is the shop's id of a customer
    who is signed in. `attachments` are ids of finished uploads. Unknown fields are refused.
    """

    model_config = ConfigDict(extra="forbid")

    sender: Annotated[str, Field(pattern=SENDER)]
    message_id: ClientId | None = None
    message: Annotated[Text, Field(max_length=MAX_STORED_TEXT)] = ""
    choice: Choice | None = None
    attachments: Annotated[list[ClientId], Field(max_length=MAX_ATTACHMENTS)] = []
    customer: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    name: Annotated[Text, Field(max_length=120)] = ""
    locale: Annotated[str, Field(max_length=16)] | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if self.choice is not None and (self.attachments or self.message.strip()):
            raise ValueError("a choice goes alone")
        if self.choice is None and not self.attachments and not self.message.strip():
            raise ValueError("one of message, choice or attachments is needed")
        return self

    @property
    def kind(self) -> InboundKind:
        """What the user did."""
        if self.choice is not None:
            return InboundKind.CHOICE
        return InboundKind.MEDIA if self.attachments else InboundKind.TEXT


class AppAdapter:
    """See the module. `account.settings` must hold `api_key`, at least 16 characters.

    Raises: ChannelError `bad_settings`.
    """

    capabilities = Capabilities(
        buttons=True,
        pickers=True,
        photos_in=True,
        photos_out=True,
        typing=False,
        edits=False,
        idempotent_send=True,
        max_text=MAX_STORED_TEXT,
        max_options=100,
        pulled=True,
    )

    def __init__(self, account: ChannelAccount) -> None:
        self.account = account
        self._key = str(account.settings.get("api_key", ""))
        if len(self._key) < 16:
            raise ChannelError("bad_settings", "api_key: must have at least 16 characters")
        self._numbers = RunningNumbers()

    def verify(self, request: WebhookRequest) -> None:
        """Raises: BadSignature without the account's key."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        right = hmac.compare_digest(given.encode("utf-8", "replace"), self._key.encode())
        if scheme.lower() != "bearer" or not right:
            raise BadSignature("wrong_key")

    def parse(self, request: WebhookRequest, now: datetime) -> Sequence[InboundMessage]:
        """The one message in the call. Raises: BadPayload, its `detail` names fields and reasons;
        BadSignature as `verify` does."""
        self.verify(request)
        try:
            read = AppMessage.model_validate_json(request.body)
        except ValidationError as error:
            raise BadPayload("invalid_message", reasons(error)) from None
        number = self._numbers.next(now)
        message_id = read.message_id or request.headers.get(NEW_ID) or f"n{number}"
        return [
            InboundMessage(
                external_id=f"{read.sender}:{message_id}",
                sender=Sender(
                    external_id=read.sender,
                    display_name=read.name,
                    locale_hint=read.locale,
                    identity=VerifiedIdentity(read.customer, read.name or None)
                    if read.customer
                    else None,
                ),
                kind=read.kind,
                sent_at=now,
                order=number,
                text=read.message,
                choice=read.choice,
                attachments=tuple(
                    Attachment(AttachmentKind.IMAGE, ref=ref) for ref in read.attachments
                ),
            )
        ]

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """Never: an upload was checked and stored before its message. Raises: Undeliverable."""
        raise Undeliverable("unavailable", "attachments of the app are stored already")

    async def send(self, message: OutboundMessage, context: SendContext) -> Sent:
        """Nothing to do: the app fetches stored messages."""
        return Sent()

    async def typing(self, contact_external_id: str) -> None:
        """Nothing to do: nothing is pushed."""

    async def acknowledge(self, message: InboundMessage) -> None:
        """Nothing to do: the call's own answer tells it."""

    async def close(self) -> None:
        """Nothing to free."""
