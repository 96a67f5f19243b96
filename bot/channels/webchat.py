"""Our own chat: no vendor, no network.

The chat API authenticates the visitor's session, then hands his JSON to this adapter with what it
proved in `WebhookRequest.headers`, made by `proven_headers`. Those carry a seal that only this
process knows: headers from the outside, by whatever route they come, prove nothing. What a client
writes about itself in its JSON is ignored.

Delivery is the stored message: the widget fetches it by number, the live push only hints at it.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, ValidationError, model_validator

from bot.channels.base import (
    BadPayload,
    BadSignature,
    Capabilities,
    ChannelAccount,
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

VISITOR = "x-aftercare-visitor"
CUSTOMER = "x-aftercare-customer"
NAME = "x-aftercare-name"
LOCALE = "x-aftercare-locale"
SEAL = "x-aftercare-seal"

_OUR_SEAL = secrets.token_hex(32)


def proven_headers(
    visitor: str,
    *,
    customer: str | None = None,
    name: str | None = None,
    locale: str | None = None,
) -> dict[str, str]:
    """What the chat API proved about a session, as the only headers this adapter reads.

    `visitor` is the session's own id, `customer` the shop's id by a signed identity. Good for this
    process alone.
    """
    proven = {
        SEAL: _OUR_SEAL,
        VISITOR: visitor,
        CUSTOMER: customer,
        NAME: name,
        LOCALE: locale,
    }
    return {header: value for header, value in proven.items() if value}


class ChatMessage(BaseModel):
    """The client's JSON: a text, or a choice, or attachments with a caption in `text`.

    `client_id` is the client's own id of the message: a resend carries the same one. `choice` holds
    one option's value, or several joined by commas; `label` what the pressed buttons said.
    `attachments` are ids of finished uploads. `kind` may be left out; only `start` (the chat was
    opened; `text` is what the page passed along, if anything) can't be told from the rest.
    Unknown fields are ignored: a newer widget may talk to an older server.
    """

    client_id: ClientId
    kind: Literal["text", "choice", "media", "start"] | None = None
    text: Annotated[Text, Field(max_length=MAX_STORED_TEXT)] = ""
    choice: Choice | None = None
    label: Annotated[Text, Field(max_length=500)] = ""
    attachments: Annotated[list[ClientId], Field(max_length=MAX_ATTACHMENTS)] = []

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        found = self._found()
        if len(found) != 1:
            raise ValueError("exactly one of text, choice or attachments is needed")
        if self.kind not in (None, found[0]):
            raise ValueError(f"kind is {self.kind}, the content is {found[0]}")
        return self

    def _found(self) -> list[str]:
        if self.kind == "start" and self.choice is None and not self.attachments:
            return ["start"]
        found = ["choice"] if self.choice is not None else []
        if self.attachments:
            found.append("media")
        elif self.text.strip():
            found.append("text")
        return found

    @property
    def content(self) -> InboundKind:
        """What the customer did."""
        return InboundKind(self._found()[0])


class WebchatAdapter:
    """See the module. `account.settings` may hold `identity_secret`, read by the chat API."""

    capabilities = Capabilities(
        buttons=True,
        pickers=True,
        photos_in=True,
        photos_out=True,
        typing=True,
        edits=False,
        idempotent_send=True,
        max_text=MAX_STORED_TEXT,
        max_options=100,
        pulled=True,
    )

    def __init__(self, account: ChannelAccount) -> None:
        self.account = account
        self._numbers = RunningNumbers()

    def verify(self, request: WebhookRequest) -> None:
        """Raises: BadSignature unless the chat API of this process names the visitor."""
        given = request.headers.get(SEAL, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), _OUR_SEAL.encode()):
            raise BadSignature("no_seal", "web chat messages come by the chat API alone")
        if not request.headers.get(VISITOR):
            raise BadSignature("no_visitor")

    def parse(self, request: WebhookRequest, now: datetime) -> Sequence[InboundMessage]:
        """The one message in the call.

        Raises: BadPayload, its `detail` names fields and reasons; BadSignature as `verify` does.
        """
        self.verify(request)
        try:
            message = ChatMessage.model_validate_json(request.body)
        except ValidationError as error:
            raise BadPayload("invalid_message", reasons(error)) from None
        visitor = request.headers[VISITOR]
        return [
            InboundMessage(
                external_id=f"{visitor}:{message.client_id}",
                sender=_sender(request),
                kind=message.content,
                sent_at=now,
                order=self._numbers.next(now),
                text=message.label if message.choice is not None else message.text,
                choice=message.choice,
                attachments=tuple(
                    Attachment(AttachmentKind.IMAGE, ref=ref) for ref in message.attachments
                ),
            )
        ]

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """Never: an upload was checked and stored before its message. Raises: Undeliverable."""
        raise Undeliverable("unavailable", "web chat attachments are stored already")

    async def send(self, message: OutboundMessage, context: SendContext) -> Sent:
        """Nothing to do: the stored message is the delivery."""
        return Sent()

    async def typing(self, contact_external_id: str) -> None:
        """Nothing to do: the live push shows it."""

    async def acknowledge(self, message: InboundMessage) -> None:
        """Nothing to do: the widget took the press back from its own request."""

    async def close(self) -> None:
        """Nothing to free."""


def _sender(request: WebhookRequest) -> Sender:
    headers = request.headers
    name, customer = headers.get(NAME, ""), headers.get(CUSTOMER)
    return Sender(
        external_id=headers[VISITOR],
        display_name=name,
        locale_hint=headers.get(LOCALE),
        identity=VerifiedIdentity(customer, name or None) if customer else None,
    )
