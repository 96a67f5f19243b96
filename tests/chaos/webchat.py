"""Customers of the web chat: HTTP and WebSocket, resending by client id, reconnecting by number."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime
from typing import Any

import aiohttp

from bot.channels.identity import sign_identity
from tests.chaos.phone import Calls
from tests.chaos.photos import photo
from tests.chaos.record import Connection, Customer, Record, Sent
from tests.chaos.screen import ScreenPhone
from tests.chaos.scripts import Photos, Press, Saying, Start, Text

ACCOUNT = "chaos-web"
SECRET = "a shop server's secret"
CHANNELS_YML = f"""
- id: {ACCOUNT}
  channel: webchat
  settings: {{identity_secret: "{SECRET}"}}
"""
API = "/api/chat/v1"
ACK_WITHIN = 5.0
RECONNECT_AFTER = 0.3
CAUGHT_UP_WITHIN = 20.0
"""Seconds a socket is given for what is there already, while hundreds come back at once."""


class WebPhone(ScreenPhone):
    """A signed-in customer's browser. It listens by WebSocket, or now and then by polling."""

    def __init__(
        self, customer: Customer, record: Record, calls: Calls, rng: random.Random, locale: str
    ) -> None:
        super().__init__(customer, record, calls, rng)
        self._locale = locale
        self._polls = rng.random() < 0.25
        self._token = ""
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._acks: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._listening: asyncio.Task[None] | None = None

    async def open(self) -> None:
        session = await self._calls.until_done(
            "POST", f"{API}/sessions", json=self._hello(), cut=self._draws("cut")
        )
        self._token = session["token"]
        listen = self._poll if self._polls else self._listen
        self._listening = asyncio.create_task(listen())

    async def close(self) -> None:
        """Ends after all of the conversation was shown: what is missing at the end is missing."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await self._read_page()

    async def come_back(self) -> None:
        """By the way he listens: a socket has to bring all that is there, without being asked for
        it in another way."""
        if self._polls:
            await super().come_back()
            return
        there = {message["seq"] for message in (await self._page())["messages"]}
        listening = asyncio.create_task(self._listen())
        deadline = asyncio.get_running_loop().time() + CAUGHT_UP_WITHIN
        while not there <= self.customer.seen.keys():
            if asyncio.get_running_loop().time() > deadline:
                break  # never shown: the checker says so
            await asyncio.sleep(0.05)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)

    async def _utter(self, sent: Sent, saying: Saying) -> None:
        body: dict[str, Any] = {"client_id": sent.external_id.rpartition(":")[2]}
        match saying:
            case Text(_):
                body["text"] = sent.text
            case Press(label):
                body |= {"choice": sent.text, "label": label}
            case Photos(count):
                body["attachments"] = [await self._upload(number) for number in range(count)]
            case Start(_):
                body |= {"kind": "start", "text": sent.text}
        await self._hand_over(sent, body)

    async def _first(self, sent: Sent, body: dict[str, Any]) -> dict[str, Any]:
        """By the socket if there is one and it answers; else, and as often as needed, by HTTP."""
        if self._socket is not None and self.rng.random() < 0.6:
            sent.tries += 1
            answered: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
            self._acks[body["client_id"]] = answered
            try:
                await self._socket.send_str(json.dumps({"type": "send", **body}))
                ack: dict[str, Any] = await asyncio.wait_for(answered, ACK_WITHIN)
            except (TimeoutError, aiohttp.ClientError, ConnectionError):
                self.record.refused("socket no ack")
            else:
                self.accepted(sent)
                return ack
            finally:
                self._acks.pop(body["client_id"], None)
        return await self._post(sent, body)

    async def _post(self, sent: Sent, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = await self._calls.until_done(
            "POST",
            f"{API}/messages",
            json=body,
            token=self._token,
            cut=self._draws("cut"),
            tried=lambda: self.tried(sent),
        )
        self.accepted(sent)
        return answer

    async def _upload(self, number: int) -> str:
        form = {"name": f"photo{number}.jpg", "content": photo(self.customer.contact, number)}
        stored = await self._calls.until_done(
            "POST", f"{API}/attachments", upload=form, token=self._token
        )
        return str(stored["id"])

    async def _listen(self) -> None:
        """Connect, hear, and connect again from the last number seen."""
        pause = RECONNECT_AFTER
        while True:
            try:
                url = f"{self._calls.base()}{API}/ws"
                async with self._calls.http.ws_connect(url, timeout=_CLOSE) as socket:
                    await self._hear(socket)
                    pause = RECONNECT_AFTER
            except (aiohttp.ClientError, OSError, TimeoutError):
                pause = min(2.0, pause * 2)
            finally:
                self._socket = None
            await asyncio.sleep(pause * self.rng.uniform(0.5, 1.5))

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        connection = Connection(self.last_seq)
        hello = {"type": "hello", "token": self._token, "after": connection.after}
        await socket.send_str(json.dumps(hello))
        self.customer.connections.append(connection)
        async for frame in socket:
            if frame.type != aiohttp.WSMsgType.TEXT:
                continue
            told = json.loads(frame.data)
            if told["type"] == "ready":
                self._socket = socket
            elif told["type"] == "message":
                connection.pushed.append(told["message"]["seq"])
                self._show(told["message"])
            elif told["type"] == "ack" and told["client_id"] in self._acks:
                answered = self._acks[told["client_id"]]
                if not answered.done():
                    answered.set_result(told)
            elif told["type"] == "error":
                self.record.refused(f"socket {told['problem']['status']}")

    async def _page(self) -> dict[str, Any]:
        path = f"{API}/messages?after={self.last_seq}&limit=200"
        page: dict[str, Any] = await self._calls.until_done("GET", path, token=self._token)
        return page

    async def _poll(self) -> None:
        while True:
            await self._read_page()
            await asyncio.sleep(self.rng.uniform(0.5, 1.5))

    def _hello(self) -> dict[str, Any]:
        issued_at = int(datetime.now(UTC).timestamp())
        signature = sign_identity(SECRET, ACCOUNT, self.customer.name, issued_at)
        return {
            "channel": ACCOUNT,
            "locale": self._locale,
            "identity": {
                "customer_id": self.customer.name,
                "issued_at": issued_at,
                "signature": signature,
            },
        }


_CLOSE = aiohttp.ClientWSTimeout(ws_close=1.0)
