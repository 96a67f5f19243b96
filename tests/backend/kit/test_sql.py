"""Prebuilt statements mean the same as built ones, on both databases."""

from __future__ import annotations

import sqlalchemy as sa

from backend.audit.models import audit_head
from backend.kit import jobs
from backend.kit.db import Database, Tx
from backend.kit.jobs.models import job
from backend.kit.sql import Upsert, insert_into, update_by_id

_KEEP = Upsert(
    audit_head,
    ["id", "seq", "hash"],
    lambda insert: insert.on_conflict_do_update(
        index_elements=["id"], set_={"seq": audit_head.c.seq + 1}
    ).returning(audit_head.c.seq),
)


async def test_a_conflict_is_resolved_and_returns_values(database: Database) -> None:
    def keep(tx: Tx) -> int:
        found: int = tx.conn.execute(_KEEP(tx), {"id": 1, "seq": 7, "hash": "a"}).scalar_one()
        return found

    assert [await database.tx(keep) for _ in range(3)] == [7, 8, 9]


async def test_json_goes_in_and_out(database: Database) -> None:
    said = {"text": "你好 :body::JSONB", "n": [1, None]}

    def go(tx: Tx) -> object:
        job_id = jobs.enqueue(tx, "hello", said, uniq="once")
        assert jobs.enqueue(tx, "hello", said, uniq="once") is None
        return tx.conn.execute(sa.select(job.c.payload).where(job.c.id == job_id)).scalar_one()

    assert await database.tx(go) == said


async def test_an_update_sets_what_it_is_given(database: Database) -> None:
    def go(tx: Tx) -> tuple[int, str]:
        tx.conn.execute(insert_into(audit_head), {"id": 1, "seq": 3, "hash": "a"})
        tx.conn.execute(update_by_id(audit_head), {"row_id": 1, "hash": "b"})
        row = tx.conn.execute(sa.select(audit_head.c.seq, audit_head.c.hash)).one()
        return row.seq, row.hash

    assert await database.tx(go) == (3, "b")
