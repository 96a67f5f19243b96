"""Customers of the web chat: HTTP and WebSocket, resending by client id, reconnecting by number."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime
from typing import Any

import aiohttp

from bot.channels.identity import sign_identity
from tests.chaos.phone import Calls, Heard, Phone
from tests.chaos.photos import photo
from tests.chaos.record import Connection, Customer, Record, Sent
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


class WebPhone(Phone):
    """A signed-in customer's browser. It listens by WebSocket, or now and then by polling."""

    def __init__(
        self, customer: Customer, record: Record, calls: Calls, rng: random.Random, locale: str
    ) -> None:
        super().__init__(customer, record, rng)
        self._calls = calls
        self._locale = locale
        self._polls = rng.random() < 0.25
        self._token = ""
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._acks: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._listening: asyncio.Task[None] | None = None
        self._last_order = 0

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
        if self._draws("twice_at_once"):
            first, second = await asyncio.gather(self._post(sent, body), self._post(sent, body))
            if [first["duplicate"], second["duplicate"]].count(False) > 1:
                self.customer.complaints.append(f"{sent.external_id}: accepted anew twice")
            self._compare(sent, first, second)
            return
        accepted = await self._deliver(sent, body)
        if self._draws("again"):
            sent.again += 1
            repeated = await self._post(sent, body)
            if not repeated["duplicate"]:
                self.customer.complaints.append(f"{sent.external_id}: a resend was taken anew")
            self._compare(sent, accepted, repeated)

    def _compare(self, sent: Sent, one: dict[str, Any], other: dict[str, Any]) -> None:
        if (one["id"], one["seq"]) != (other["id"], other["seq"]):
            self.customer.complaints.append(f"{sent.external_id}: {one} is not {other}")

    async def _deliver(self, sent: Sent, body: dict[str, Any]) -> dict[str, Any]:
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
        form = {"name": f"photo{number}.jpg", "content": photo(number)}
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

    async def _poll(self) -> None:
        while True:
            await self._read_page()
            await asyncio.sleep(self.rng.uniform(0.5, 1.5))

    async def _read_page(self) -> None:
        page = await self._calls.until_done(
            "GET", f"{API}/messages?after={self.last_seq}&limit=200", token=self._token
        )
        for message in page["messages"]:
            self._show(message)

    @property
    def last_seq(self) -> int:
        """The highest number up to which nothing is missing."""
        return max(self.customer.seen, default=0)

    def _show(self, message: dict[str, Any]) -> None:
        known = self.customer.seen.setdefault(message["seq"], message["id"])
        if known != message["id"]:
            self.customer.complaints.append(f"number {message['seq']} was {known}, then another")
        if message["from"] == "bot":
            options = {option["label"]: option["value"] for option in message["options"]}
            self.hear(Heard(message["seq"], message["text"], options))

    def _name(self, step: str) -> tuple[str, int]:
        # The service numbers web chat messages itself, as it accepts them: one after another.
        self._last_order += 1
        client_id = f"{self.customer.name}-{step.replace('.', '-')}"
        return f"{self.customer.contact}:{client_id}", self._last_order

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
