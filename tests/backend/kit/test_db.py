"""One transaction shape on both databases."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from backend.kit.clock import FixedClock
from backend.kit.db import Database, Hint, Tx
from backend.kit.events import Event
from backend.kit.jobs import enqueue
from backend.kit.jobs.models import job
from tests.support.databases import open_at


def _add(tx: Tx, kind: str, *, fail: bool = False) -> None:
    enqueue(tx, kind, {})
    if fail:
        raise ValueError(kind)


def _kinds(tx: Tx) -> list[str]:
    return list(tx.conn.execute(sa.select(job.c.kind).order_by(job.c.kind)).scalars())


async def test_a_failing_function_takes_no_other_along(database: Database) -> None:
    outcomes = await asyncio.gather(
        *(database.tx(_add, f"k{n}", fail=n % 3 == 0) for n in range(9)), return_exceptions=True
    )
    assert [isinstance(outcome, ValueError) for outcome in outcomes] == [
        n % 3 == 0 for n in range(9)
    ]
    assert await database.read(_kinds) == ["k1", "k2", "k4", "k5", "k7", "k8"]


async def test_reads_write_nothing(database: Database) -> None:
    with contextlib.suppress(sa.exc.DBAPIError):  # Postgres refuses, SQLite rolls back
        await database.read(_add, "sneaked in")
    assert await database.read(_kinds) == []


@dataclass(frozen=True)
class Happened(Event):
    kind: str


async def test_reactions_share_the_transaction(database_url: str, clock: FixedClock) -> None:
    def react(tx: Tx, event: Event) -> None:
        assert isinstance(event, Happened)
        enqueue(tx, f"reaction to {event.kind}", {})

    def act(tx: Tx, *, fail: bool) -> None:
        tx.emit(Happened("act"))
        tx.defer(lambda late: _add(late, "deferred", fail=fail))

    database = open_at(database_url, clock, react)
    await database.tx(act, fail=False)
    with pytest.raises(ValueError, match="deferred"):
        await database.tx(act, fail=True)
    assert await database.read(_kinds) == ["deferred", "reaction to act"]
    await database.close()


async def test_a_savepoint_undoes_events_too(database_url: str, clock: FixedClock) -> None:
    seen: list[Event] = []

    def act(tx: Tx) -> None:
        tx.emit(Happened("kept"))
        try:
            with tx.savepoint():
                _add(tx, "undone")
                tx.emit(Happened("undone"))
                raise KeyError
        except KeyError:
            pass

    database = open_at(database_url, clock, lambda _tx, event: seen.append(event))
    await database.tx(act)
    assert seen == [Happened("kept")]
    assert await database.read(_kinds) == []
    await database.close()


async def test_hints_come_after_the_commit(database: Database) -> None:
    told: list[Hint] = []
    arrived = asyncio.Event()

    def listener(hints: Iterable[Hint]) -> None:
        told.extend(hints)
        arrived.set()

    database.listen(listener)
    await asyncio.sleep(0.3)  # Postgres needs a moment to LISTEN
    with pytest.raises(ValueError, match="lost"):
        await database.tx(_hint_and, "lost", fail=True)
    await database.tx(_hint_and, "news", fail=False)
    await asyncio.wait_for(arrived.wait(), 5)
    assert [hint for hint in told if hint.topic != "jobs"] == [Hint("news", 7)]


def _hint_and(tx: Tx, topic: str, *, fail: bool) -> None:
    tx.hint(topic, 7)
    _add(tx, topic, fail=fail)
