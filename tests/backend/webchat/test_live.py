"""Live sockets: everything is shown once and in order, whatever the client's pace."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from backend.accounts import service as accounts
from backend.app import create_app
from backend.conversations import service as conversations
from backend.house import House
from backend.kit.actor import SYSTEM, Role
from backend.kit.clock import FixedClock
from backend.kit.db import Tx
from backend.kit.presence import AGENT, VISITOR
from backend.pipeline.pressure import Pressure, Thresholds
from backend.webchat import socket as sockets
from tests.support.houses import Hello

Frame = dict[str, Any]
BASE = "/api/chat/v1"
PATIENCE = 10.0


class Screen:
    """A client's end of one socket. While `stuck` it takes nothing that is sent."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.closed: int | None = None
        self._to_server: asyncio.Queue[Frame] = asyncio.Queue()
        self._free = asyncio.Event()
        self._free.set()
        self._news = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def connect(self, app: Any, token: str, after: int = 0) -> None:
        scope = {
            "type": "websocket",
            "path": f"{BASE}/ws",
            "query_string": b"",
            "headers": [],
            "subprotocols": [],
        }
        self._to_server.put_nowait({"type": "websocket.connect"})
        self.say({"type": "hello", "token": token, "after": after})
        self.task = asyncio.create_task(app(scope, self._to_server.get, self._take))

    def say(self, frame: Frame) -> None:
        self._to_server.put_nowait({"type": "websocket.receive", "text": json.dumps(frame)})

    def stuck(self, stuck: bool) -> None:
        (self._free.clear if stuck else self._free.set)()

    @property
    def numbers(self) -> list[int]:
        return [frame["message"]["seq"] for frame in self.frames if frame["type"] == "message"]

    async def until_any(self) -> None:
        await self.until(lambda: bool(self.frames))

    async def shows(self, seq: int) -> None:
        await self.until(lambda: seq in self.numbers)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not true():
                self._news.clear()
                await self._news.wait()

    async def leave(self) -> None:
        self._free.set()
        self._to_server.put_nowait({"type": "websocket.disconnect", "code": 1001})
        assert self.task is not None
        await asyncio.wait_for(self.task, PATIENCE)

    async def _take(self, frame: Frame) -> None:
        if frame["type"] == "websocket.send":
            await self._free.wait()
            self.frames.append(json.loads(frame["text"]))
            self._news.set()


class CountingReads:
    """A database that notes what is read."""

    def __init__(self, house: House) -> None:
        self._db = house.db
        self.reads: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    async def read(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        self.reads[fn.__name__] += 1
        return await self._db.read(fn, *args, **kwargs)


@pytest.fixture
def app(house: House) -> Any:
    async def opened() -> House:
        return house

    app = create_app(opened, works=False)
    app.state.house = house
    return app


@pytest.fixture
async def visitor(http: httpx.AsyncClient, hello: Hello, house: House) -> dict[str, Any]:
    """An open session whose greeting was given."""
    opened: dict[str, Any] = (await http.post(f"{BASE}/sessions", json=hello())).json()
    await house.worker().run_until_idle()
    return opened


@asynccontextmanager
async def screens(app: Any, *tokens: str) -> AsyncIterator[list[Screen]]:
    opened = [Screen() for _ in tokens]
    for screen, token in zip(opened, tokens, strict=True):
        screen.connect(app, token)
    for screen in opened:
        await screen.until_any()
    yield opened
    for screen in opened:
        await screen.leave()


def reply(tx: Tx, conversation_id: str, number: int = 1) -> None:
    bodies = [{"text": f"reply {count}"} for count in range(number)]
    conversation = conversations.get_conversation(tx, conversation_id, lock=True)
    conversations.add_outgoing(tx, conversation, bodies, author="agent", pulled=True)


async def test_all_sockets_of_a_visitor_show_everything_once(
    app: Any, house: House, visitor: dict[str, Any]
) -> None:
    async with screens(app, visitor["token"], visitor["token"]) as shown:
        for _ in range(5):
            await house.db.tx(reply, visitor["conversation_id"], 3)
        for screen in shown:
            await screen.shows(17)
            assert screen.numbers == list(range(1, 18))
            assert screen.frames[0] == {"type": "ready", "last_seq": 2}


async def test_news_of_many_are_read_together(
    app: Any, house: House, http: httpx.AsyncClient, hello: Hello
) -> None:
    opened = [(await http.post(f"{BASE}/sessions", json=hello())).json() for _ in range(20)]
    house.db = CountingReads(house)
    async with screens(app, *(one["token"] for one in opened)) as shown:
        for screen in shown:
            await screen.shows(1)
        house.db.reads.clear()

        def reply_to_all(tx: Tx) -> None:
            for one in opened:
                reply(tx, one["conversation_id"])

        await house.db.tx(reply_to_all)
        for screen in shown:
            await screen.shows(2)
        # A socket that has just opened may still look once for itself (`messages_after`).
        assert house.db.reads["messages_at"] <= 2, house.db.reads
        assert sum(house.db.reads.values()) < len(opened), house.db.reads


async def test_a_slow_client_costs_little_and_misses_nothing(
    app: Any, house: House, visitor: dict[str, Any]
) -> None:
    async with screens(app, visitor["token"]) as (screen,):
        await screen.until(lambda: len(screen.numbers) == 2)
        screen.stuck(True)
        (feed,) = app.state.feeds._feeds.values()
        (connection,) = feed.members
        for _ in range(4):
            await house.db.tx(reply, visitor["conversation_id"], 30)
            async with asyncio.timeout(PATIENCE):
                while feed.seq < feed.wanted:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        assert len(connection._waiting) <= sockets.MOST_WAITING
        screen.stuck(False)
        await screen.until(lambda: len(screen.numbers) >= 122)
        assert screen.numbers == list(range(1, 123))
        await house.db.tx(reply, visitor["conversation_id"])
        await screen.until(lambda: screen.numbers[-1] == 123)


async def test_a_client_that_takes_nothing_is_cut(
    app: Any, house: House, visitor: dict[str, Any]
) -> None:
    screen = Screen()
    screen.connect(app, visitor["token"])
    await screen.until(lambda: len(screen.numbers) == 2)
    screen.stuck(True)
    await house.db.tx(reply, visitor["conversation_id"])
    (feed,) = app.state.feeds._feeds.values()
    (connection,) = feed.members
    async with asyncio.timeout(PATIENCE):
        while connection._sending_since is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    connection.check()
    assert not connection._is_cut, "a moment is no reason"
    connection._sending_since -= sockets.TAKES_WITHIN + 1
    connection.check()
    assert screen.task is not None
    await asyncio.wait_for(screen.task, PATIENCE)
    assert not feed.members
    assert app.state.feeds.members == 0
    assert house.live.topics == 0


async def test_a_refused_send_says_when_to_come_again(
    app: Any, house: House, visitor: dict[str, Any], clock: FixedClock
) -> None:
    house.pressure = Pressure(house.db, house.notifier, Thresholds(1, 20, 100), look_every=0)
    async with screens(app, visitor["token"], visitor["token"]) as (screen, other):
        screen.say({"type": "send", "client_id": "a", "text": "hello"})
        await screen.until(lambda: any(frame["type"] == "ack" for frame in screen.frames))
        await other.until(lambda: {"type": "typing", "from": "bot"} in other.frames)
        clock.advance(seconds=30)
        screen.say({"type": "send", "client_id": "b", "text": "hello?"})
        await screen.until(lambda: any(frame["type"] == "error" for frame in screen.frames))
        (refused,) = [frame for frame in screen.frames if frame["type"] == "error"]
        assert (refused["client_id"], refused["retry_after"]) == ("b", 5)
        assert (refused["problem"]["status"], refused["problem"]["title"]) == (503, "overloaded")


async def test_people_and_visitors_see_one_another(
    app: Any,
    house: House,
    http: httpx.AsyncClient,
    visitor: dict[str, Any],
) -> None:
    _key, text = await house.db.tx(accounts.create_key, SYSTEM, "desk", Role.AGENT)
    agent = {"authorization": f"Bearer {text}"}
    conversation_id = visitor["conversation_id"]
    async with screens(app, visitor["token"]) as (screen,):
        typed = await http.post(f"/api/v1/conversations/{conversation_id}/typing", headers=agent)
        assert typed.status_code == 204, typed.text
        await screen.until(lambda: {"type": "typing", "from": "agent"} in screen.frames)
        screen.say({"type": "typing"})
        screen.say({"type": "ping"})
        await screen.until(lambda: {"type": "pong"} in screen.frames)
        assert {"type": "typing", "from": "visitor"} not in screen.frames
        assert await house.presence.typing([conversation_id]) == {
            conversation_id: ["agent", VISITOR]
        }
        url = f"/api/v1/presence?conversation={conversation_id}&conversation=unknown"
        here = (await http.get(url, headers=agent)).json()
    assert here["conversations"][0]["online"] is True
    assert here["conversations"][0]["typing"] == ["agent", "visitor"]
    assert here["conversations"][1] == {
        "id": "unknown",
        "online": False,
        "last_seen": None,
        "typing": [],
        "looking": [],
    }
    unknown = await http.post("/api/v1/conversations/nobody/typing", headers=agent)
    assert unknown.status_code == 404
    assert (await http.get("/api/v1/presence")).status_code == 401


async def test_people_who_say_so_are_here(house: House, http: httpx.AsyncClient) -> None:
    await house.db.tx(accounts.create_account, SYSTEM, "anna@example.com", "Anna", Role.AGENT, "x")
    (anna,) = await house.db.read(accounts.list_accounts, SYSTEM)
    _key, text = await house.db.tx(accounts.create_key, SYSTEM, "desk", Role.AGENT)
    program = {"authorization": f"Bearer {text}"}
    assert (await http.put("/api/v1/presence", headers=program)).status_code == 204
    here = (await http.get("/api/v1/presence", headers=program)).json()
    assert here == {"agents": [], "conversations": []}, "a program is nobody"
    await house.presence.beat(AGENT, [anna.id])
    here = (await http.get("/api/v1/presence", headers=program)).json()
    assert [(one["id"], one["name"]) for one in here["agents"]] == [(anna.id, "Anna")]
    await house.presence.looks("c1", anna.id)
    url = "/api/v1/presence?conversation=c1&conversation=c2"
    looked_at = (await http.get(url, headers=program)).json()["conversations"]
    assert [one["looking"] for one in looked_at] == [[{"id": anna.id, "name": "Anna"}], []]
