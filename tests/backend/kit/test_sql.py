"""Prebuilt statements mean the same as built ones, on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import asyncpg
import pytest
import sqlalchemy as sa

from backend.kit import jobs
from backend.kit.db import Database, Tx
from backend.kit.jobs.models import job
from backend.kit.sql import Upsert, insert_into, row, rows, run, run_each, update_by_id, value
from backend.tickets.models import ticket_counter

_COUNT = Upsert(
    ticket_counter,
    ["day", "last"],
    lambda insert: insert.on_conflict_do_update(
        index_elements=["day"], set_={"last": ticket_counter.c.last + 1}
    ).returning(ticket_counter.c.last),
)
_OPEN = (
    sa.select(job.c.id, job.c.payload, job.c.due_at, job.c.uniq)
    .where(job.c.kind == sa.bindparam("kind"), job.c.state.in_(("new", "running")))
    .order_by(job.c.id)
    .limit(sa.bindparam("limit"))
)
_HOW_MANY = sa.select(sa.func.count()).where(job.c.kind == sa.bindparam("kind"))
SAID = {"text": "你好 :body::JSONB", "n": [1, None, True]}
WHEN = datetime(2026, 3, 1, 12, 30, 0, 250_000, tzinfo=UTC)


def a_job(kind: str, **changes: object) -> dict[str, object]:
    times = {"due_at": WHEN, "created_at": WHEN}
    return {"kind": kind, "payload": SAID, "state": "new", **times, **changes}


async def test_a_conflict_is_resolved_and_gives_values(database: Database) -> None:
    def count(tx: Tx) -> int:
        found: int = value(tx, _COUNT, {"day": "20260301", "last": 7})
        return found

    assert [await database.tx(count) for _ in range(3)] == [7, 8, 9]


async def test_values_come_back_as_they_went(database: Database) -> None:
    def go(tx: Tx) -> object:
        run(tx, insert_into(job), a_job("one", uniq="once"))
        ((_id, *found),) = rows(tx, _OPEN, {"kind": "one", "limit": 5})
        return found

    assert await database.tx(go) == [SAID, WHEN, "once"]


async def test_one_statement_serves_many_values(database: Database) -> None:
    """What is compiled at the first use keeps none of its values."""

    def go(tx: Tx) -> object:
        run_each(tx, insert_into(job), [a_job("a"), a_job("a", state="running"), a_job("b")])
        run(tx, insert_into(job), a_job("b", state="done"))
        counted = [value(tx, _HOW_MANY, {"kind": kind}) for kind in ("a", "b", "c")]
        opened = [len(rows(tx, _OPEN, {"kind": kind, "limit": 9})) for kind in ("a", "b", "c")]
        return counted, opened, len(rows(tx, _OPEN, {"kind": "a", "limit": 1}))

    assert await database.tx(go) == ([2, 2, 0], [2, 1, 0], 1)


async def test_an_update_sets_what_it_is_given(database: Database) -> None:
    def go(tx: Tx) -> object:
        job_id = jobs.enqueue(tx, "one", {})
        run(tx, update_by_id(job), {"row_id": job_id, "payload": SAID})
        run(tx, update_by_id(job), {"row_id": job_id, "uniq": "u"})
        found = row(tx, _OPEN, {"kind": "one", "limit": 1})
        assert found is not None
        return found[1], found[3]

    assert await database.tx(go) == (SAID, "u")


async def test_an_error_is_the_usual_one_and_quotes_no_value(database: Database) -> None:
    def go(tx: Tx) -> None:
        run(tx, insert_into(job), a_job("one", uniq="a customer's words"))
        run(tx, insert_into(job), a_job("one", uniq="a customer's words"))

    with pytest.raises(sa.exc.IntegrityError) as failed:
        await database.tx(go)
    assert "a customer's words" not in str(failed.value).partition("DETAIL")[0]


async def test_what_always_gives_a_row_must(database: Database) -> None:
    with pytest.raises(LookupError):
        await database.read(value, _OPEN, {"kind": "none", "limit": 1})


@pytest.mark.parametrize(
    "when",
    [
        datetime(1999, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
        datetime(2026, 3, 1, 0, 0, tzinfo=timezone(timedelta(hours=8))),
    ],
)
async def test_times_are_written_as_the_column_type_writes_them(
    database: Database, when: datetime
) -> None:
    def go(tx: Tx) -> object:
        run(tx, insert_into(job), a_job("one", due_at=when))
        built = sa.insert(job).values(**a_job("one", due_at=when))
        tx.conn.execute(built)
        fast = [found[2] for found in rows(tx, _OPEN, {"kind": "one", "limit": 5})]
        plain = tx.conn.execute(sa.select(job.c.due_at)).scalars().all()
        equal = sa.select(sa.func.count(sa.distinct(job.c.due_at)))
        return fast, plain, tx.conn.execute(equal).scalar_one()

    assert await database.tx(go) == ([when, when], [when, when], 1)


async def test_a_naive_time_is_refused(database: Database) -> None:
    naive = datetime(2026, 3, 1)  # noqa: DTZ001
    with pytest.raises((ValueError, sa.exc.StatementError), match="naive"):
        await database.tx(run, insert_into(job), a_job("one", due_at=naive))


async def test_a_list_of_the_callers_is_refused_not_kept(database: Database) -> None:
    several = sa.select(job.c.id).where(job.c.kind.in_(sa.bindparam("kinds", expanding=True)))

    def go(tx: Tx) -> None:
        if tx.is_postgres:  # there it is SQLAlchemy's own affair
            raise ValueError("a list of the caller's")
        rows(tx, several, {"kinds": ["a"]})

    with pytest.raises(ValueError, match="a list of the caller's"):
        await database.read(go)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_plan_that_a_migration_made_stale_is_made_anew(
    database: Database, database_url: str
) -> None:
    """A later version's migration, run while processes of this one go on."""
    async with asyncio.TaskGroup() as many:  # on several connections
        for _ in range(3):
            many.create_task(database.read(_count_slowly))
    admin = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    await admin.execute("ALTER TABLE job ALTER COLUMN uniq TYPE text")
    await admin.close()
    for _ in range(6):
        assert await database.read(rows, _OPEN, {"kind": "one", "limit": 1}) == []
        assert await database.tx(rows, _OPEN, {"kind": "one", "limit": 1}) == []


def _count_slowly(tx: Tx) -> None:
    rows(tx, _OPEN, {"kind": "one", "limit": 1})
    tx.conn.execute(sa.text("SELECT pg_sleep(0.2)"))
