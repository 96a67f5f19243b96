"""A made-up vendor in this process: a house that is reached by it, and answers that go wrong."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import httpx
from fastapi import FastAPI

from backend.house import House, open_house
from backend.kit.clock import Clock
from backend.settings import Settings
from bot.channels.base import (
    AccountStatus,
    BadSignature,
    Capabilities,
    ChannelAccount,
    ChannelError,
    SendContext,
    Sent,
    Undeliverable,
    WebhookRequest,
)
from bot.channels.registry import CHANNELS, AdapterFactory
from bot.messages import Attachment, InboundKind, InboundMessage, OutboundMessage, Sender
from bot.understanding.base import Understanding
from tests.support.houses import application

ACCOUNT = ChannelAccount("shop-line", "line", "The shop's line", {})
HOOK = "/webhooks/line/shop-line"
SECRET = {"x-line-secret": "s"}


@dataclass
class FakeVendor:
    """An adapter and its vendor in one. `failure` is raised by whatever is asked next and on."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    failure: ChannelError | None = None
    status: AccountStatus = field(default_factory=lambda: AccountStatus("@shop"))

    capabilities = Capabilities(
        buttons=False,
        pickers=False,
        photos_in=False,
        photos_out=False,
        typing=False,
        edits=False,
        idempotent_send=True,
        max_text=4_000,
        max_options=0,
    )

    def verify(self, request: WebhookRequest) -> None:
        if request.headers.get("x-line-secret") != "s":
            raise BadSignature("wrong_secret")

    def parse(self, request: WebhookRequest, now: datetime) -> Sequence[InboundMessage]:
        said = json.loads(request.body)
        return [
            InboundMessage(
                said["id"],
                Sender(said["from"], "Lin", "en"),
                InboundKind.TEXT,
                now,
                int(said["id"].removeprefix("m")),
                text=said["text"],
            )
        ]

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        raise Undeliverable("unavailable")

    async def send(self, message: OutboundMessage, context: SendContext) -> Sent:
        self._fail()
        self.sent.append((context.idempotency_key, message.text))
        return Sent()

    async def check(self) -> AccountStatus:
        self._fail()
        return self.status

    async def set_webhook(self, url: str) -> None:
        self._fail()

    async def typing(self, contact_external_id: str) -> None:
        """Nothing shows."""

    async def acknowledge(self, message: InboundMessage) -> None:
        """Nothing waits."""

    async def close(self) -> None:
        """Nothing is open."""

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


@dataclass
class Line:
    """A house with one account at the vendor."""

    house: House
    http: httpx.AsyncClient
    vendor: FakeVendor
    app: FastAPI

    async def says(self, number: int, text: str = "hello", **headers: str) -> httpx.Response:
        """The customer's message `number`, as the vendor's webhook call."""
        said = {"id": f"m{number}", "from": "lin", "text": text}
        return await self.http.post(HOOK, json=said, headers={**SECRET, **headers})


@asynccontextmanager
async def open_line(
    settings: Settings,
    clock: Clock,
    understanding: Understanding | None = None,
    accounts: Sequence[ChannelAccount] = (),
    factories: Mapping[str, AdapterFactory] = CHANNELS,
) -> AsyncIterator[Line]:
    """The real composition, HTTP without a socket."""
    vendor = FakeVendor()
    house = open_house(
        settings,
        [ACCOUNT, *accounts],
        clock=clock,
        understanding=understanding,
        factories={**CHANNELS, **factories, "line": lambda _: vendor},
    )
    await house.prepare()

    app = application(house)
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Line(house, client, vendor, app)
    await house.close()
