"""A web-chat visitor whose socket and whose POSTs may go to different processes."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from backend.settings import DEMO_CHANNEL

API = "/api/chat/v1"
PATIENCE = 40.0


class Visitor:
    """Keeps what its socket showed it, by number."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._headers: dict[str, str] = {}
        self._token = ""
        self._socket: ClientConnection | None = None
        self._listening: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()
        self.conversation_id = ""
        self.shown: dict[int, dict[str, Any]] = {}
        self.typing: list[str] = []
        self.repeated: list[int] = []

    async def open(self, base: str) -> None:
        """Open a session by one process."""
        asked = {"channel": DEMO_CHANNEL, "locale": "en"}
        answer = await self._http.post(f"{base}{API}/sessions", json=asked)
        assert answer.status_code == 201, answer.text
        self._token = answer.json()["token"]
        self.conversation_id = answer.json()["conversation_id"]
        self._headers = {"Authorization": f"Bearer {self._token}"}

    async def listen(self, base: str) -> None:
        """Connect the socket to one process, going on where the last one ended."""
        await self.hang_up()
        self._socket = await connect(base.replace("http", "ws") + f"{API}/ws", compression=None)
        after = max(self.shown, default=0)
        hello = {"type": "hello", "token": self._token, "after": after}
        await self._socket.send(json.dumps(hello))
        self._listening = asyncio.create_task(self._hear(self._socket))

    async def say(self, base: str, client_id: str, text: str) -> int:
        """POST a message to one process; its number."""
        sent = {"client_id": client_id, "text": text}
        answer = await self._http.post(f"{base}{API}/messages", json=sent, headers=self._headers)
        assert answer.status_code == 202, answer.text
        return int(answer.json()["seq"])

    async def answered(self, seq: int) -> float:
        """Wait until the socket has shown the bot's answer to message `seq`; seconds waited."""
        began = time.monotonic()
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(
                lambda: any(n > seq and one["from"] == "bot" for n, one in self.shown.items())
            )
        return time.monotonic() - began

    async def history(self, base: str) -> list[dict[str, Any]]:
        """All messages, by number."""
        url = f"{base}{API}/messages?after=0&limit=200"
        answer = await self._http.get(url, headers=self._headers)
        return list(answer.json()["messages"])

    async def caught_up(self, base: str) -> None:
        """Wait until the socket has shown all there is."""
        last = (await self.history(base))[-1]["seq"]
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: last in self.shown)

    async def hang_up(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            await self._socket.close()
        if self._listening is not None:
            await asyncio.gather(self._listening, return_exceptions=True)

    async def _hear(self, socket: ClientConnection) -> None:
        async for raw in socket:
            frame = json.loads(raw)
            async with self._news:
                if frame["type"] == "message":
                    seq = frame["message"]["seq"]
                    if seq in self.shown:
                        self.repeated.append(seq)
                    self.shown[seq] = frame["message"]
                elif frame["type"] == "typing":
                    self.typing.append(frame["from"])
                self._news.notify_all()
