"""The log is append-only, and its chain tells what was altered all the same."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from backend.audit import rules, service
from backend.audit.models import audit_entry, audit_head, protect
from backend.audit.service import Note
from backend.kit.actor import SYSTEM, Actor, Role
from backend.kit.clock import FixedClock
from backend.kit.db import Database, Tx

MEI = Actor("account", "a1", "梅", Role.MANAGER)


def write_three(tx: Tx) -> None:
    service.record(tx, MEI, "ticket.opened", "ticket:AS1", {"amount": 5900, "to": "林晓"})
    service.record_many(
        tx,
        SYSTEM,
        [Note("refund.approved", "ticket:AS1", {}), Note("ticket.opened", "ticket:AS2", {})],
    )


async def test_entries_are_chained_and_read_by_subject(database: Database) -> None:
    await database.tx(write_three)
    history = await database.read(service.history_of, "ticket:AS1")
    assert [(one.seq, one.action, one.actor_name) for one in history] == [
        (1, "ticket.opened", "梅"),
        (2, "refund.approved", "Aftercare"),
    ]
    assert history[0].prev_hash == rules.GENESIS
    assert history[1].prev_hash == history[0].hash
    assert history[0].data == {"amount": 5900, "to": "林晓"}
    assert await database.read(service.verify_chain) is None


async def test_an_empty_log_is_intact(database: Database) -> None:
    assert await database.read(service.verify_chain) is None


async def test_entries_of_concurrent_transactions_make_one_chain(database: Database) -> None:
    async def write(number: int) -> None:
        await database.tx(service.record, MEI, "ticket.opened", f"ticket:{number}", {})

    await asyncio.gather(*(write(number) for number in range(25)))
    assert await database.read(service.verify_chain) is None
    assert await database.read(count) == 25


def count(tx: Tx) -> int:
    number: int = tx.conn.execute(sa.select(sa.func.count()).select_from(audit_entry)).scalar_one()
    return number


async def test_an_entry_vanishes_with_its_transaction(database: Database) -> None:
    def fail(tx: Tx) -> None:
        service.record(tx, MEI, "ticket.opened", "ticket:AS1", {})
        raise RuntimeError("something else went wrong")

    with pytest.raises(RuntimeError):
        await database.tx(fail)
    assert await database.read(count) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'nothing'",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET seq = 1",
        "UPDATE audit_head SET hash = 'x'",
    ],
)
async def test_the_database_refuses_changes(database: Database, statement: str) -> None:
    await database.tx(write_three)
    with pytest.raises(DBAPIError, match="append-only"):
        await database.tx(lambda tx: tx.conn.execute(sa.text(statement)))
    assert await database.read(count) == 3


async def test_replacing_and_truncating_are_refused_too(database: Database) -> None:
    await database.tx(write_three)

    def erase(tx: Tx) -> None:
        if tx.is_postgres:
            tx.conn.execute(sa.text("TRUNCATE audit_entry"))
        else:
            tx.conn.execute(
                sa.text(
                    "INSERT OR REPLACE INTO audit_entry SELECT seq, at, actor_kind, actor_id, "
                    "'nobody', action, subject, data, prev_hash, hash FROM audit_entry"
                )
            )

    with pytest.raises(DBAPIError, match="append-only"):
        await database.tx(erase)


async def test_a_migration_can_put_the_triggers_there(database: Database) -> None:
    await database.tx(write_three)

    def anew(tx: Tx) -> None:
        tx.conn.execute(sa.text("DROP TABLE audit_entry"))
        tx.conn.execute(sa.text("DROP TABLE audit_head"))
        for table in (audit_entry, audit_head):
            tx.conn.execute(sa.schema.CreateTable(table))  # as Alembic does, without events
        protect(tx.conn)
        service.record(tx, MEI, "ticket.opened", "ticket:AS1", {})

    await database.tx(anew)
    with pytest.raises(DBAPIError, match="append-only"):
        await database.tx(lambda tx: tx.conn.execute(sa.text("DELETE FROM audit_entry")))
    assert await database.read(service.verify_chain) is None


def without_triggers(tx: Tx, statement: str) -> None:
    """What somebody does who owns the database."""
    if tx.is_postgres:
        for table in ("audit_entry", "audit_head"):
            tx.conn.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
    else:
        names = tx.conn.execute(
            sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'")
        )
        for name in list(names.scalars()):
            tx.conn.execute(sa.text(f"DROP TRIGGER {name}"))
    tx.conn.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit_entry SET actor_name = 'somebody else' WHERE seq = 2", 2),
        ("UPDATE audit_entry SET at = '2020-01-01 00:00:00.000000' WHERE seq = 1", 1),
        ("DELETE FROM audit_entry WHERE seq = 2", 2),
        ("DELETE FROM audit_entry WHERE seq = 1", 1),
        ("DELETE FROM audit_entry WHERE seq = 3", 3),
        ("DELETE FROM audit_entry", 1),
        ("UPDATE audit_head SET hash = 'x'", 3),
        ("UPDATE audit_head SET seq = 2", 3),
    ],
)
async def test_the_chain_tells_what_was_altered(
    database: Database, statement: str, broken: int
) -> None:
    await database.tx(write_three)
    await database.tx(without_triggers, statement)
    assert await database.read(service.verify_chain) == broken


async def test_a_rewritten_entry_with_a_fitting_hash_breaks_the_next(database: Database) -> None:
    await database.tx(write_three)

    def forge(tx: Tx) -> None:
        row = dict(tx.conn.execute(sa.select(audit_entry).limit(1)).mappings().one())
        row["data"] = {"amount": 1}
        row["hash"] = rules.entry_hash(row)
        without_triggers(tx, "SELECT 1")
        tx.conn.execute(
            sa.update(audit_entry)
            .where(audit_entry.c.seq == 1)
            .values(data=row["data"], hash=row["hash"])
        )

    await database.tx(forge)
    assert await database.read(service.verify_chain) == 2


async def test_texts_no_database_stores_are_mended_before_hashing(
    database: Database, clock: FixedClock
) -> None:
    data = {"typed": "LL\x0010042\ud800", "when": clock.now(), "list": [1, None, True]}
    actor = Actor("customer", "c" * 100, "x" * 500)
    await database.tx(service.record, actor, "order.verification_failed", "contact:\x00", data)
    (entry,) = await database.read(service.history_of, "contact:\ufffd")
    assert entry.data["typed"] == "LL\ufffd10042?"
    assert entry.data["when"] == "2026-05-20T04:00:00+00:00"
    assert await database.read(service.verify_chain) is None


async def test_floats_are_refused(database: Database) -> None:
    with pytest.raises(TypeError, match="float"):
        await database.tx(service.record, MEI, "refund.approved", "ticket:AS1", {"amount": 59.0})


async def test_a_head_appears_once_however_many_begin(database: Database) -> None:
    await asyncio.gather(*(database.tx(write_three) for _ in range(5)))
    heads = await database.read(lambda tx: tx.conn.execute(sa.select(audit_head)).all())
    assert [(head.id, head.seq) for head in heads] == [(1, 15)]
