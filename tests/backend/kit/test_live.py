"""Hints reach other processes by Redis or by the database, and a lost one only delays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager

import pytest

from backend.kit.clock import FixedClock
from backend.kit.db import Hint, Tx, Wiring
from backend.kit.db_postgres import PostgresDatabase
from backend.kit.hints import MISSED, Courier, pack, unpack
from backend.kit.ids import TimeOrderedIds
from backend.kit.live import Live
from backend.kit.redis_push import RedisPush
from tests.support.postgres import PostgresServer
from tests.support.process import free_port
from tests.support.redis import run_redis

PATIENCE = 10.0


class Ear:
    """Notes what it is told, and waits for it."""

    def __init__(self) -> None:
        self.heard: list[Hint] = []
        self._news = asyncio.Event()

    def __call__(self, hint: Hint) -> None:
        self.heard.append(hint)
        self._news.set()

    def all(self, hints: Iterable[Hint]) -> None:
        for hint in hints:
            self(hint)

    async def until(self, wanted: Callable[[Hint], bool]) -> Hint:
        """The first hint that is wanted. Raises: TimeoutError."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for hint in self.heard:
                    if wanted(hint):
                        return hint
                self._news.clear()
                await self._news.wait()


async def until(true: Callable[[], bool]) -> None:
    """Wait for a state. Raises: TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110  # what is waited for tells nobody
            await asyncio.sleep(0.01)


def test_hints_go_in_few_payloads_and_our_own_are_left_out() -> None:
    hints = [Hint(f"conversation:{number:032}", number, "typing.bot") for number in range(100)]
    payloads = list(pack("me", hints, 1_000))
    assert all(len(payload) <= 1_000 for payload in payloads)
    assert len(payloads) < 15
    assert [hint for payload in payloads for hint in unpack(payload, "other")] == hints
    assert unpack(payloads[0], "me") == []


@pytest.mark.parametrize(
    "payload", ["no JSON", "[]", "5", '[["jobs", 0]]', '["me", [["jobs"]]]', '[["a", 1], ["b", 2]]']
)
def test_what_another_version_says_counts_as_something_missed(payload: str) -> None:
    assert unpack(payload, "me") == [MISSED]


async def test_what_comes_while_a_batch_is_under_way_goes_together() -> None:
    sent: list[Sequence[Hint]] = []
    go_on = asyncio.Event()

    async def send(hints: Sequence[Hint]) -> None:
        sent.append(hints)
        await go_on.wait()

    courier = Courier(send)
    courier.take([Hint("a", 1)])
    await asyncio.sleep(0)
    for seq in range(2, 50):
        courier.take([Hint("a", seq), Hint("b", 1)])
    go_on.set()
    await courier.close()
    assert [list(batch) for batch in sent] == [[Hint("a", 1)], [Hint("a", 49), Hint("b", 1)]]


async def test_numbers_are_looked_up_when_hints_may_have_been_missed() -> None:
    asked: list[list[str]] = []

    async def numbers(topics: Sequence[str]) -> Mapping[str, int]:
        asked.append(sorted(topics))
        return {"conversation:b": 7}

    live, ear = Live(numbers, look_every=(3_600, 3_600)), Ear()
    live.subscribe("conversation:a", ear)
    live.subscribe("conversation:b", ear)
    live.told([MISSED])
    await ear.until(lambda hint: hint == Hint("conversation:b", 7))
    assert asked == [["conversation:a", "conversation:b"]]
    live.unsubscribe("conversation:a", ear)
    live.unsubscribe("conversation:b", ear)
    assert live.topics == 0
    await live.close()


async def test_without_hints_the_numbers_are_looked_up_by_time_and_a_failure_is_survived() -> None:
    fails = iter([True, False])

    async def numbers(_topics: Sequence[str]) -> Mapping[str, int]:
        if next(fails, False):
            raise ConnectionError("the database is away")
        return {"conversation:a": 3}

    live, ear = Live(numbers, lambda: False, look_every=(3_600, 0.01)), Ear()
    live.subscribe("conversation:a", ear)
    await ear.until(lambda hint: hint == Hint("conversation:a", 3))
    await live.close()


def _hint(tx: Tx, topic: str, seq: int) -> None:
    tx.hint(topic, seq)


@asynccontextmanager
async def a_process(url: str, redis_url: str, clock: FixedClock) -> AsyncIterator[Process]:
    """What a process has for push, with a short pause between looks."""
    process = Process(url, redis_url, clock)
    try:
        yield process
    finally:
        await process.db.close()
        await process.push.close()


class Process:
    """A database with its carrier, and an ear on everything."""

    def __init__(self, url: str, redis_url: str, clock: FixedClock) -> None:
        self.ear = Ear()
        self.push = RedisPush(redis_url)
        self.db = PostgresDatabase(url, Wiring(clock, TimeOrderedIds()), carrier=self.push)
        self.db.listen(self.ear.all)
        self.push.listen(self.ear.all)

    async def listens(self) -> None:
        """Until both ways are open."""
        await until(lambda: self.db.is_listening and self.push.is_listening)


async def test_hints_go_by_redis_and_by_the_database_while_it_is_away(
    postgres_server: PostgresServer, migrated_postgres: str, clock: FixedClock
) -> None:
    url, port, password = postgres_server.url(migrated_postgres), free_port(), "of-a-test"
    with ExitStack() as servers:
        redis = servers.enter_context(ExitStack())
        redis_url = redis.enter_context(run_redis(port, password))
        async with a_process(url, redis_url, clock) as one, a_process(url, redis_url, clock) as two:
            await one.listens()
            await two.listens()
            await one.db.tx(_hint, "conversation:x", 1)
            await two.ear.until(lambda hint: hint == Hint("conversation:x", 1))
            assert one.ear.heard.count(Hint("conversation:x", 1)) == 1, "its own came back to it"

            redis.close()
            await until(lambda: not two.push.is_listening)
            await one.db.tx(_hint, "conversation:x", 2)
            await two.ear.until(lambda hint: hint == Hint("conversation:x", 2))

            two.ear.heard.clear()
            servers.enter_context(run_redis(port, password))
            await until(lambda: two.push.is_listening)
            assert MISSED in two.ear.heard, "who was cut off has to look"
            while not await one.push.publish([Hint("conversation:x", 3)]):  # noqa: ASYNC110
                await asyncio.sleep(0.1)  # one that failed is left alone for a moment
            await two.ear.until(lambda hint: hint == Hint("conversation:x", 3))


async def test_a_cut_database_connection_is_listened_to_again(
    postgres_server: PostgresServer, migrated_postgres: str, clock: FixedClock
) -> None:
    url = postgres_server.url(migrated_postgres)
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    async with a_process(url, nowhere, clock) as one, a_process(url, nowhere, clock) as two:
        await until(lambda: one.db.is_listening and two.db.is_listening)
        two.ear.heard.clear()
        postgres_server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        )
        await two.ear.until(lambda hint: hint == MISSED)
        await two.ear.until(lambda hint: hint.topic == "jobs")
        await until(lambda: one.db.is_listening and two.db.is_listening)
        await one.db.tx(_hint, "jobs", 0)
        await one.db.tx(_hint, "conversation:y", 4)
        await two.ear.until(lambda hint: hint == Hint("conversation:y", 4))
