"""The same bot in the terminal: the whole pipeline, only the channel is a keyboard."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

import typer

from backend.conversations import repository
from backend.customers import service as customers
from backend.demo import load_demo
from backend.house import House, open_house
from backend.kit.db import Tx
from backend.kit.jobs import listing
from backend.pipeline import inbox
from backend.serve import accounts_of, prepare
from backend.settings import Settings
from bot.channels.terminal import TERMINAL
from bot.messages import (
    Attachment,
    AttachmentKind,
    InboundKind,
    InboundMessage,
    Sender,
    VerifiedIdentity,
)

HELP = "Type a message; /photo FILE sends a photo, /quit leaves."
PATIENCE = 30.0
"""Seconds to wait for an answer, also from a service that works on the same folder."""


async def converse(settings: Settings, locale: str, customer: str) -> None:
    """Read lines, print answers, until /quit or the input's end."""
    # A service may be running on the same folder: whoever claims a job first does it.
    await asyncio.to_thread(prepare, settings)
    house = open_house(settings, accounts_of(settings))
    await house.prepare()
    try:
        await load_demo(house.db, house.clock)
        await _Conversation(house, locale, customer).run()
    finally:
        await house.close()


class _Conversation:
    def __init__(self, house: House, locale: str, customer: str) -> None:
        self.house = house
        self.worker = house.worker()
        self.shown = 0
        visitor = f"customer:{customer}" if customer else f"visitor:{secrets.token_hex(6)}"
        identity = VerifiedIdentity(customer) if customer else None
        self.sender = Sender(visitor, locale_hint=locale, identity=identity)
        self.conversation_id = ""

    async def run(self) -> None:
        typer.echo(HELP)
        if not await self.house.db.read(self._find_earlier):
            await self._say(InboundKind.START, "")
        while True:
            try:
                line = (await asyncio.to_thread(input, "> ")).strip()
            except EOFError:
                return
            if line == "/quit":
                return
            if line.startswith("/photo "):
                await self._say(InboundKind.MEDIA, "", line.removeprefix("/photo ").strip())
            elif line:
                await self._say(InboundKind.TEXT, line)

    def _find_earlier(self, tx: Tx) -> bool:
        """Whether the customer's conversation goes on from another day; what was said then is not
        shown again."""
        contact = customers.find_contact(tx, TERMINAL.id, self.sender.external_id)
        earlier = repository.open_of_contact(tx, contact.id) if contact else None
        if earlier is not None:
            self.conversation_id, self.shown = earlier.id, earlier.last_seq
        return earlier is not None

    async def _say(self, kind: InboundKind, text: str, photo: str = "") -> None:
        if photo and not await asyncio.to_thread(Path(photo).is_file):
            typer.echo(f"there is no file {photo}", err=True)
            return
        now = self.house.clock.now()
        attachment = Attachment(AttachmentKind.IMAGE, source=photo, name=Path(photo).name)
        message = InboundMessage(
            external_id=f"{self.sender.external_id}:{secrets.token_hex(8)}",
            sender=self.sender,
            kind=kind,
            sent_at=now,
            order=int(now.timestamp() * 1_000_000),
            text=text,
            attachments=(attachment,) if photo else (),
        )
        locale = self.sender.locale_hint or self.house.settings.shop_locale
        accepted = await self.house.db.tx(inbox.accept, TERMINAL, message, locale)
        self.conversation_id = accepted.message.conversation_id
        await self._work()
        await self._show()

    async def _work(self) -> None:
        """Work until nothing is to be done any more; a payment may take a second look. What comes
        by the clock has nothing to do with us, and never ends beside a service."""
        by_the_clock = {cron.kind for cron in self.worker.crons}
        until = asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < until:
            await self.worker.run_until_idle()
            counts = await self.house.db.read(listing.count_by_state, by_the_clock)
            if not counts.get("new") and not counts.get("running"):
                return
            await asyncio.sleep(0.1)

    async def _show(self) -> None:
        rows = await self.house.db.read(
            repository.page_after, self.conversation_id, self.shown, 200
        )
        for row in rows:
            self.shown = row.seq
            if row.author != "customer":
                typer.echo(_indented(row.body))


def _indented(body: Any) -> str:
    return "\n".join(f"  {line}" for line in str(body["text"]).splitlines()) + "\n"
