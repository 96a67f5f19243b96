"""The job that keeps the search indexes up to date."""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.conversations import search as conversations
from backend.kit.db import Database, Tx
from backend.kit.jobs import Job
from backend.kit.jobs.kinds import Cron, Handler, Retry
from backend.kit.search.indexing import work_off
from backend.tickets import search as tickets

INDEX = "index"
EVERY = 4.0
"""Seconds between two looks for what changed."""
_HELD = timedelta(seconds=85)
"""How long one job comes back: by then the next minute's is there (workers look every 20 s)."""

CRONS = (Cron(INDEX, "* * * * *"),)
INDEXES = (tickets.INDEX, conversations.index_of(tickets.numbers_of_conversations))


async def index_all(db: Database) -> int:
    """Index what is due; how many rows that were."""
    return sum([await work_off(db, index) for index in INDEXES])


def indexer(db: Database) -> Handler:
    """Job `index`: indexes what is due, and comes back for more until its minute is over."""

    async def index(job: Job) -> bool:
        await index_all(db)
        ends = datetime.fromisoformat(str(job.payload["tick"])) + _HELD
        if await db.read(_now) < ends:
            raise Retry("looks again", after=EVERY, free=True)
        return False

    return index


def _now(tx: Tx) -> datetime:
    return tx.now
