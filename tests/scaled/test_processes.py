"""Two web and two worker processes on Postgres and Redis, as real processes.

They all start at once on an empty database, so the migrations race; what is said to one process is
shown by the other; Redis and workers go away in between and nothing is lost or shown twice.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import redis.asyncio as redis

from backend.kit.redis_push import CHANNEL, open_redis
from tests.scaled.processes import Service
from tests.scaled.visitor import Visitor
from tests.support.process import free_port
from tests.support.redis import run_redis

WEBS, WORKERS = ("web-a", "web-b"), ("worker-a", "worker-b")
QUESTION = "what is your return policy?"


class RedisServer:
    """A Redis on one address that can go away and come back."""

    def __init__(self) -> None:
        self._port = free_port()
        self._running = ExitStack()
        self.url = ""

    def start(self) -> None:
        self.url = self._running.enter_context(run_redis(self._port, "of-a-test"))

    def stop(self) -> None:
        self._running.close()
        self._running = ExitStack()


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def service(
    postgres_database: str, redis_server: RedisServer, tmp_path: Path
) -> AsyncIterator[Service]:
    """All four processes, started at once on an empty database."""
    running = Service(
        {
            "AFTERCARE_DATABASE_URL": postgres_database,
            "AFTERCARE_REDIS_URL": redis_server.url,
            "AFTERCARE_DATA_DIR": str(tmp_path),
            "AFTERCARE_DEMO": "1",
            "AFTERCARE_UNDERSTANDING": "rules",
            "AFTERCARE_SECRET": "of a test",
            "AFTERCARE_JOB_LEASE": "3",
            "AFTERCARE_MESSAGE_RATE": "10000/minute",
        },
        tmp_path,
    )
    await running.start(*WEBS, *WORKERS)
    try:
        await running.until_ready(*WEBS)
        yield running
    finally:
        await running.stop()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30) as client:
        yield client


async def _subscribers(client: redis.Redis) -> int:
    ((_channel, number),) = await client.pubsub_numsub(CHANNEL)
    return int(number)


async def _until_heard_by_redis(client: redis.Redis, number: int) -> None:
    async with asyncio.timeout(20):
        while await _subscribers(client) < number:  # noqa: ASYNC110  # Redis tells nobody
            await asyncio.sleep(0.05)


async def _published(client: redis.Redis, visitor: Visitor, talk: asyncio.Task[float]) -> bool:
    """Whether Redis carries a hint of this conversation while `talk` goes on."""
    async with client.pubsub() as subscription:
        await subscription.subscribe(CHANNEL)
        while True:
            message = await subscription.get_message(ignore_subscribe_messages=True, timeout=0.1)
            if message is not None and visitor.conversation_id in message["data"]:
                return True
            if talk.done() and message is None:
                return False


async def _shows_all_once(visitor: Visitor, base: str) -> None:
    """The socket showed every message, each once, and the numbers have no gap."""
    await visitor.caught_up(base)
    history = await visitor.history(base)
    assert [message["seq"] for message in history] == list(range(1, len(history) + 1))
    assert sorted(visitor.shown) == [message["seq"] for message in history]
    assert visitor.repeated == []


@pytest.mark.timeout(300)
async def test_push_goes_across_processes_with_and_without_redis(
    service: Service, redis_server: RedisServer, http: httpx.AsyncClient
) -> None:
    a, b = service.base("web-a"), service.base("web-b")
    await service.end("worker-a")  # so that it is the other one that answers
    visitor = Visitor(http)
    await visitor.open(b)
    await visitor.listen(a)
    client = open_redis(redis_server.url)
    await _until_heard_by_redis(client, 1)

    async def ask(client_id: str) -> float:
        return await visitor.answered(await visitor.say(b, client_id, QUESTION))

    await ask("warm-up")
    with_redis = await ask("with-redis")
    talk = asyncio.create_task(ask("seen-in-redis"))
    assert await _published(client, visitor, talk)
    await talk
    assert "bot" in visitor.typing, "the socket's process is told by the one that took the message"

    redis_server.stop()
    without = [await ask(f"without-{number}") for number in range(3)]
    redis_server.start()
    await _until_heard_by_redis(client, 1)
    await asyncio.sleep(1.5)  # who failed to publish leaves Redis alone for a second
    talk = asyncio.create_task(ask("again"))
    assert await _published(client, visitor, talk)
    again = await talk
    await _shows_all_once(visitor, a)
    print(f"\nwith redis {with_redis:.3f} s, without {without}, again {again:.3f} s")  # noqa: T201
    assert max(with_redis, again) < 5
    assert "redis is away" in service.log("web-a")
    assert "redis is back" in service.log("web-a")
    await client.aclose()
    await visitor.hang_up()


@pytest.mark.timeout(300)
async def test_a_rolling_deploy_strands_no_work(service: Service, http: httpx.AsyncClient) -> None:
    a, b = service.base("web-a"), service.base("web-b")
    visitors = [Visitor(http) for _ in range(6)]
    for visitor, base in zip(visitors, itertools.cycle([a, b]), strict=False):
        await visitor.open(base)
        await visitor.listen(base)
    names = itertools.count()
    replaced = asyncio.Event()

    async def talk(visitor: Visitor) -> int:
        said = 0
        while not replaced.is_set() or said < 5:
            base = service.base("web-b") if said % 2 else service.base("web-c")
            await visitor.answered(await visitor.say(base, f"c{next(names)}", QUESTION))
            said += 1
        return said

    async def deploy() -> None:
        """New processes come up beside the old ones, which then go one by one, in mid-work."""
        await service.start("worker-c", "worker-d")
        for old in WORKERS:
            await asyncio.sleep(1)
            assert await service.end(old) == 0
        for visitor in visitors[::2]:  # who was on the old process comes again elsewhere
            await visitor.listen(service.base("web-c"))
        assert await service.end("web-a") == 0
        replaced.set()

    await service.start("web-c")
    await service.until_ready("web-c")
    deployed = asyncio.create_task(deploy())
    said = await asyncio.gather(*(talk(visitor) for visitor in visitors))
    await deployed
    assert min(said) >= 5
    for visitor in visitors:
        await _shows_all_once(visitor, service.base("web-c"))
        await visitor.hang_up()
    history = [await visitor.history(service.base("web-b")) for visitor in visitors]
    for messages, number in zip(history, said, strict=True):
        assert sum(message["from"] == "customer" for message in messages) == number
