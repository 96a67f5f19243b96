"""A keyboard as a channel: no vendor, no buttons; options appear as numbers to type."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bot.channels.base import (
    BadSignature,
    Capabilities,
    ChannelAccount,
    SendContext,
    Sent,
    Undeliverable,
    WebhookRequest,
)
from bot.messages import Attachment, InboundMessage, OutboundMessage

TERMINAL = ChannelAccount("terminal", "terminal", "Terminal", {})
"""There is one terminal account, always."""


class TerminalAdapter:
    """Messages are made by the command `aftercare chat`; nothing can be sent in from outside."""

    capabilities = Capabilities(
        buttons=False,
        pickers=False,
        photos_in=True,
        photos_out=False,
        typing=False,
        edits=False,
        idempotent_send=True,
        max_text=100_000,
        max_options=50,
        pulled=True,
    )

    def __init__(self, account: ChannelAccount = TERMINAL) -> None:
        self.account = account

    def verify(self, request: WebhookRequest) -> None:
        """Refuses every call. Raises: BadSignature."""
        raise BadSignature("not_reachable", "a terminal has no webhook")

    def parse(self, request: WebhookRequest, now: datetime) -> Sequence[InboundMessage]:
        """No call gets this far."""
        return ()

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """A local file. Raises: Undeliverable."""
        path = Path(attachment.source)
        try:
            content = await asyncio.to_thread(_read, path, limit + 1)
        except OSError as error:
            raise Undeliverable("unavailable", str(error)) from error
        if len(content) > limit:
            raise Undeliverable("too_large", attachment.source)
        return content

    async def send(self, message: OutboundMessage, context: SendContext) -> Sent:
        """The terminal reads what is stored."""
        return Sent()

    async def typing(self, contact_external_id: str) -> None:
        """Nothing to show."""

    async def acknowledge(self, message: InboundMessage) -> None:
        """Nothing waits for it."""

    async def close(self) -> None:
        """Nothing is open."""


def _read(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit)
