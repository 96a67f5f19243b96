"""Who stops waiting leaves nothing behind: on Postgres the next one gets a connection as good as
new, on SQLite the work is done all the same."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from backend.kit.clock import FixedClock
from backend.kit.db import Database, Tx
from backend.kit.jobs import queue
from backend.kit.jobs.models import job
from tests.support.databases import open_at

STEPS = 60
"""Steps of the event loop after which a transaction is cancelled: one of them is its BEGIN."""


def kept(tx: Tx) -> set[str]:
    return set(tx.conn.scalars(sa.select(job.c.key)))


@pytest.mark.parametrize("reads", [True, False])
async def test_a_connection_is_as_good_as_new_after_a_cancellation(
    database: Database, database_url: str, clock: FixedClock, reads: bool
) -> None:
    def busy(tx: Tx) -> bool:
        return queue.is_busy(tx, "one")

    for steps in range(STEPS):
        cut_off = asyncio.create_task((database.read if reads else database.tx)(busy))
        for _ in range(steps):
            await asyncio.sleep(0)
        cut_off.cancel()
        await asyncio.gather(cut_off, return_exceptions=True)
        await database.tx(queue.enqueue, "work", {}, key=f"key {steps}")
        assert f"key {steps}" in await database.read(kept)
    other = open_at(database_url, clock)
    assert await other.read(kept) == {f"key {steps}" for steps in range(STEPS)}
    await other.close()
