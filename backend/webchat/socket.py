"""The chat API's live side: one WebSocket a visitor; see docs/chat-api.md.

Push is only a hint: each connection reads what it misses by number, so nothing can be skipped.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from backend.conversations.service import topic
from backend.house import House
from backend.kit.errors import DomainError, Unauthorized
from backend.problems import problem_of
from backend.webchat import service

router = APIRouter()
HELLO_WITHIN = 10.0
LOOK_EVERY = 10.0
"""Seconds between looks when no hint comes: a lost hint delays, it never loses."""
MAX_FRAME = 64 * 1024
BAD_FRAME, UNKNOWN_TOKEN = 4400, 4401


class BadFrame(Exception):
    """The client does not speak the protocol."""


@router.websocket("/api/chat/v1/ws")
async def chat(socket: WebSocket) -> None:
    """One visitor's live connection."""
    house: House = socket.app.state.house
    await socket.accept()
    try:
        token, after = _hello(await asyncio.wait_for(_frame(socket), HELLO_WITHIN))
        visitor = await house.db.read(service.visitor_of, house, token)
    except Unauthorized:
        await socket.close(UNKNOWN_TOKEN)
        return
    except (BadFrame, TimeoutError):
        await socket.close(BAD_FRAME)
        return
    except WebSocketDisconnect:
        return
    await _Connection(house, socket, visitor, after).run()


async def _frame(socket: WebSocket) -> Mapping[str, Any]:
    """The next JSON object of the client. Raises: BadFrame."""
    try:
        raw = await socket.receive_text()
    except KeyError as error:  # starlette finds no text in a binary frame
        raise BadFrame from error
    if len(raw) > MAX_FRAME:
        raise BadFrame
    try:
        frame = json.loads(raw)
        # Half a surrogate pair, told by an escape, is text that nothing can store or send back.
        json.dumps(frame, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadFrame from error
    if not isinstance(frame, dict):
        raise BadFrame
    return frame


def _hello(frame: Mapping[str, Any]) -> tuple[str, int]:
    """Token and `after` of the first frame. Raises: BadFrame."""
    token, after = frame.get("token", ""), frame.get("after", 0)
    if frame.get("type") != "hello" or not isinstance(token, str) or not isinstance(after, int):
        raise BadFrame
    if not 0 <= after <= service.LAST_SEQ:
        raise BadFrame
    return token, after


@dataclass(slots=True)
class _Connection:
    """A visitor's open socket. `shown` is the number of the last message sent to it."""

    house: House
    socket: WebSocket
    visitor: service.Visitor
    shown: int
    _sending: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> None:
        """Until either side ends."""
        with self.house.live.subscribe(topic(self.visitor.conversation_id)) as news:
            await self._send({"type": "ready", "last_seq": self.visitor.last_seq})
            tasks = [
                asyncio.create_task(self._show_news(news)),
                asyncio.create_task(self._hear()),
            ]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        if any(isinstance(outcome, BadFrame) for outcome in outcomes):
            await self._close(BAD_FRAME)

    async def _show_news(self, news: asyncio.Event) -> None:
        while True:
            news.clear()
            messages, _ = await self.house.db.read(
                service.page, self.visitor, after=self.shown, before=None, limit=service.PAGE
            )
            for message in messages:
                await self._send({"type": "message", "message": message})
                self.shown = message["seq"]
            if messages:
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), LOOK_EVERY)

    async def _hear(self) -> None:
        while True:
            frame = await _frame(self.socket)
            kind = frame.get("type")
            if kind == "send":
                await self._accept(frame)
            elif kind == "ping":
                await self._send({"type": "pong"})
            elif kind != "typing":
                raise BadFrame

    async def _accept(self, frame: Mapping[str, Any]) -> None:
        sent = {name: value for name, value in frame.items() if name != "type"}
        client_id = sent.get("client_id")
        try:
            accepted = await service.send(self.house, self.visitor, sent)
        except DomainError as error:
            problem = problem_of(error)
            await self._send({"type": "error", "client_id": client_id, "problem": problem})
            return
        await self._send(
            {
                "type": "ack",
                "client_id": client_id,
                "id": accepted.message.id,
                "seq": accepted.message.seq,
                "duplicate": accepted.duplicate,
            }
        )
        if not accepted.duplicate:
            await self._send({"type": "typing", "from": "bot"})

    async def _send(self, frame: Mapping[str, Any]) -> None:
        async with self._sending:
            await self.socket.send_text(json.dumps(frame, ensure_ascii=False))

    async def _close(self, code: int) -> None:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await self.socket.close(code)
