"""The channel of replays: what is sent is kept; photos are those a conversation names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from backend.replay.files import file_named
from bot.channels.base import (
    BadSignature,
    Capabilities,
    ChannelAccount,
    SendContext,
    Sent,
    WebhookRequest,
)
from bot.messages import Attachment, InboundMessage, OutboundMessage

ACCOUNT: Final = ChannelAccount("replay", "replay", "Replay", {})


class ReplayAdapter:
    """A channel with buttons and edits that no vendor stands behind."""

    capabilities = Capabilities(
        buttons=True,
        pickers=True,
        photos_in=True,
        photos_out=False,
        typing=False,
        edits=True,
        idempotent_send=True,
        max_text=4096,
        max_options=50,
    )

    def __init__(self, account: ChannelAccount) -> None:
        self.account = account
        self.sent: list[str] = []

    def verify(self, request: WebhookRequest) -> None:
        raise BadSignature("not_reachable")

    def parse(self, request: WebhookRequest, now: datetime) -> Sequence[InboundMessage]:
        return ()

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        return file_named(attachment.source)

    async def send(self, message: OutboundMessage, context: SendContext) -> Sent:
        self.sent.append(context.idempotency_key)
        return Sent()

    async def typing(self, contact_external_id: str) -> None:
        """Not shown."""

    async def acknowledge(self, message: InboundMessage) -> None:
        """Nothing waits."""

    async def close(self) -> None:
        """Nothing is open."""
