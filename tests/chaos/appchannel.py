"""Users of a shop's own app: its server passes on what they write, and is answered in one call."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from tests.chaos.phone import Calls
from tests.chaos.photos import photo
from tests.chaos.record import Customer, Record, Sent, Shown
from tests.chaos.screen import ScreenPhone
from tests.chaos.scripts import Photos, Press, Saying, Start, Text

ACCOUNT = "chaos-app"
KEY = "a key of the shop's own app"
CHANNELS_YML = f"""
- id: {ACCOUNT}
  channel: app
  settings: {{api_key: "{KEY}"}}
"""
API = "/api/app/v1"
WAIT = 2
"""Seconds a call waits for the answer; what comes later is fetched by number."""


class AppPhone(ScreenPhone):
    """A user who is signed in to the app."""

    def __init__(
        self, customer: Customer, record: Record, calls: Calls, rng: random.Random, locale: str
    ) -> None:
        super().__init__(customer, record, calls, rng)
        self._locale = locale
        self._looking: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self._looking = asyncio.create_task(self._look())

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await self._read_page()

    async def _utter(self, sent: Sent, saying: Saying) -> None:
        body: dict[str, Any] = {
            "sender": self.customer.contact,
            "message_id": sent.external_id.rpartition(":")[2],
            "customer": self.customer.name,
            "locale": self._locale,
        }
        match saying:
            case Text(_):
                body["message"] = sent.text
            case Press(_):
                body["choice"] = sent.text
            case Photos(count):
                body["attachments"] = [await self._upload(number) for number in range(count)]
            case Start(_):
                raise TypeError("an app is not opened by a link")
        await self._hand_over(sent, body)

    async def _first(self, sent: Sent, body: dict[str, Any]) -> dict[str, Any]:
        return await self._post(sent, body)

    async def _post(self, sent: Sent, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self._calls.until_done(
            "POST",
            f"{API}/messages?wait={WAIT}",
            json=body,
            token=KEY,
            cut=self._draws("cut"),
            tried=lambda: self.tried(sent),
        )
        self.accepted(sent)
        self.customer.told += [
            (reply["seq"], Shown(reply["id"], reply["text"])) for reply in answer["replies"]
        ]
        return {"id": answer["message_id"], **answer}

    async def _page(self) -> dict[str, Any]:
        path = f"{API}/messages?sender={self.customer.contact}&after={self.last_seq}&limit=200"
        page: dict[str, Any] = await self._calls.until_done("GET", path, token=KEY)
        return page

    async def _look(self) -> None:
        while True:
            await self._read_page()
            await asyncio.sleep(self.rng.uniform(0.3, 1.0))

    async def _upload(self, number: int) -> str:
        path = f"{API}/attachments?sender={self.customer.contact}"
        form = {"name": f"photo{number}.jpg", "content": photo(self.customer.contact, number)}
        stored = await self._calls.until_done("POST", path, upload=form, token=KEY)
        return str(stored["id"])
