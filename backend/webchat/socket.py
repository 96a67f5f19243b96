"""The chat API's live side: one WebSocket a visitor; see docs/chat-api.md.

Push is only a hint: what a socket misses is read by number, so nothing can be skipped. An idle
socket costs one waiting coroutine: what it is sent is written by a task that lives only meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from backend.house import House
from backend.kit.errors import DomainError, Unauthorized
from backend.kit.presence import VISITOR
from backend.problems import problem_of
from backend.webchat import service
from backend.webchat.feeds import Feeds, feeds_of, message_frame

log = logging.getLogger(__name__)

HELLO_WITHIN = 10.0
TAKES_WITHIN = 20.0
"""Seconds a client may leave a frame lying before its socket is cut."""
MOST_WAITING = 32
"""Frames kept for a slow client; what is more it reads by number once it has taken these."""
PAGE = 50
TYPING_EVERY = 2.0
MAX_FRAME = 64 * 1024
BAD_FRAME, UNKNOWN_TOKEN = 4400, 4401
_READY = '{"type": "ready", "last_seq": %d}'
_PONG = '{"type": "pong"}'


class BadFrame(Exception):
    """The client does not speak the protocol."""


class Straight:
    """ASGI middleware that takes visitors' sockets before the framework's layers around an
    endpoint: for as long as a socket is open, they would keep 10 KB each for what it does not need.
    """

    path = "/api/chat/v1/ws"

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == self.path:
            await chat(WebSocket(scope, receive, send))
        else:
            await self.app(scope, receive, send)


async def chat(socket: WebSocket) -> None:
    """One visitor's live connection."""
    house: House = socket.app.state.house
    await socket.accept()
    try:
        token, after = _hello(await asyncio.wait_for(_frame(socket), HELLO_WITHIN))
        visitor = await house.db.read(service.visitor_of, house, token)
    except Unauthorized:
        await socket.close(UNKNOWN_TOKEN)
    except (BadFrame, TimeoutError):
        await socket.close(BAD_FRAME)
    except WebSocketDisconnect:
        pass
    else:
        await Connection(house, feeds_of(socket.app.state), socket, visitor, after).run()


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


class Connection:
    """A visitor's open socket (a `Member` of his feed).

    `_shown` is the number of the last message put on its way. `_behind`: some were left out, to be
    read by number when the client has taken what waits.
    """

    __slots__ = (
        "_behind",
        "_feed",
        "_feeds",
        "_house",
        "_is_cut",
        "_sending_since",
        "_shown",
        "_socket",
        "_task",
        "_typed_at",
        "_visitor",
        "_waiting",
        "_writing",
    )

    def __init__(
        self, house: House, feeds: Feeds, socket: WebSocket, visitor: service.Visitor, after: int
    ) -> None:
        self._house = house
        self._feeds = feeds
        self._feed = feeds.join(visitor.conversation_id, visitor.last_seq, self)
        self._socket = socket
        self._visitor = visitor
        self._shown = after
        self._behind = True
        self._is_cut = False
        self._sending_since: float | None = None
        self._typed_at = 0.0
        self._task = asyncio.current_task()
        self._waiting: deque[str] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until either side ends."""
        try:
            self._put(_READY % self._visitor.last_seq)
            await self._hear()
        except BadFrame:
            await self._close(BAD_FRAME)
        except WebSocketDisconnect:
            pass
        except asyncio.CancelledError:
            if not self._is_cut:
                raise
        finally:
            self._feeds.leave(self._feed, self)
            self._stop_writing()

    def offer(self, seq: int, frame: str) -> None:
        if self._behind or seq <= self._shown:
            return
        if len(self._waiting) >= MOST_WAITING:
            self._behind = True
        else:
            self._shown = seq
            self._put(frame)

    def mention(self, frame: str) -> None:
        if len(self._waiting) < MOST_WAITING:
            self._put(frame)

    def check(self) -> None:
        since = self._sending_since
        if since is not None and time.monotonic() - since > TAKES_WITHIN:
            self._cut()

    def _put(self, frame: str) -> None:
        self._waiting.append(frame)
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        """Send what waits; then what was left out."""
        try:
            while True:
                while self._waiting:
                    self._sending_since = time.monotonic()
                    await self._socket.send_text(self._waiting.popleft())
                self._sending_since = None
                if not self._behind:
                    return
                await self._catch_up()
        except (WebSocketDisconnect, RuntimeError):  # it is closed: who hears is told as well
            pass
        except Exception:  # the database is away: the client comes again and asks by number
            log.warning("a connection could not be caught up", exc_info=True)
            self._cut()
        finally:
            self._writing = None

    def _stop_writing(self) -> None:
        self._waiting.clear()
        self._behind = False
        # One that reads ends by itself: a cancelled read would cost the database a connection.
        if self._writing is not None and self._sending_since is not None:
            self._writing.cancel()

    async def _catch_up(self) -> None:
        """Put the next page on its way, straight from the database."""
        offered = self._feed.seq
        messages = await self._house.db.read(
            service.messages_after, self._visitor.conversation_id, self._shown, PAGE
        )
        for message in messages:
            self._waiting.append(message_frame(message))
            self._shown = message["seq"]
        if not self._behind:  # it has ended meanwhile
            self._waiting.clear()
        # Nothing after it, and the feed offered nothing meanwhile: from here on it is heard live.
        if not messages and self._feed.seq == offered:
            self._behind = False

    async def _hear(self) -> None:
        while True:
            if self._writing is not None and len(self._waiting) >= MOST_WAITING:
                await asyncio.wait({self._writing})  # who takes no answers asks no more questions
            frame = await _frame(self._socket)
            kind = frame.get("type")
            if kind == "send":
                await self._accept(frame)
            elif kind == "ping":
                self._put(_PONG)
            elif kind == "typing":
                await self._types()
            else:
                raise BadFrame

    async def _accept(self, frame: Mapping[str, Any]) -> None:
        sent = {name: value for name, value in frame.items() if name != "type"}
        client_id = sent.get("client_id")
        try:
            accepted = await service.send(self._house, self._visitor, sent)
        except DomainError as error:
            self._answer(
                {
                    "type": "error",
                    "client_id": client_id,
                    "problem": problem_of(error),
                    "retry_after": error.params.get("retry_after"),
                }
            )
            return
        self._answer(
            {
                "type": "ack",
                "client_id": client_id,
                "id": accepted.message.id,
                "seq": accepted.message.seq,
                "duplicate": accepted.duplicate,
            }
        )
        if not accepted.duplicate and accepted.by_bot:
            self._feeds.bot_types(self._visitor.conversation_id)

    async def _types(self) -> None:
        now = time.monotonic()
        if now - self._typed_at >= TYPING_EVERY:
            self._typed_at = now
            await self._house.presence.types(self._visitor.conversation_id, VISITOR)

    def _answer(self, frame: Mapping[str, Any]) -> None:
        self._put(json.dumps(frame, ensure_ascii=False))

    def _cut(self) -> None:
        self._is_cut = True
        if self._task is not None:
            self._task.cancel()

    async def _close(self, code: int) -> None:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await self._socket.close(code)
