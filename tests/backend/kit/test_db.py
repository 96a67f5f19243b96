"""One transaction shape on both databases."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

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
        tx.defer(lambda late, kinds: _add(late, "+".join(kinds), fail=fail), ["deferred"])

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
        told.extend(hint for hint in hints if hint.topic == "news")
        if told:
            arrived.set()

    database.listen(listener)
    with pytest.raises(ValueError, match="lost"):
        await database.tx(_hint_and, "lost", fail=True)
    await database.tx(_hint_and, "news", fail=False)
    await asyncio.wait_for(arrived.wait(), 5)
    assert told == [Hint("news", 7)]


def _hint_and(tx: Tx, topic: str, *, fail: bool) -> None:
    tx.hint(topic, 7)
    _add(tx, topic, fail=fail)


async def test_a_full_disk_loses_nothing_that_was_told_to_be_stored(
    migrated_sqlite: Path, tmp_path: Path, clock: FixedClock
) -> None:
    database = open_at(str(shutil.copy(migrated_sqlite, tmp_path / "full.db")), clock)

    def shrink_disk(tx: Tx) -> None:
        pages = tx.conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.conn.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}")

    def hold_the_writer(_tx: Tx) -> None:
        time.sleep(0.2)

    def too_much(tx: Tx) -> None:
        for number in range(100):
            enqueue(tx, "big", {"text": "x" * 4_000, "number": number})

    await database.tx(shrink_disk)
    outcomes = await asyncio.gather(
        database.tx(hold_the_writer),  # so that the others make a group
        database.tx(_add, "before"),
        database.tx(too_much),
        database.tx(_add, "behind"),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [
        *(type(None),) * 2,
        sa.exc.OperationalError,
        type(None),
    ]
    assert await database.read(_kinds) == ["before", "behind"]
    await database.close()


async def test_a_closed_database_refuses_instead_of_never_answering(
    migrated_sqlite: Path, tmp_path: Path, clock: FixedClock
) -> None:
    database = open_at(str(shutil.copy(migrated_sqlite, tmp_path / "closed.db")), clock)
    await database.close()
    with pytest.raises(RuntimeError, match="closed"):
        await asyncio.wait_for(database.tx(_kinds), 5)


async def test_an_errors_text_holds_no_parameters(database: Database) -> None:
    def stumble(tx: Tx) -> None:
        tx.conn.execute(sa.text("INSERT INTO nowhere VALUES (:it)"), {"it": "a secret"})

    with pytest.raises(sa.exc.DBAPIError) as error:
        await database.tx(stumble)
    assert "a secret" not in str(error.value)
