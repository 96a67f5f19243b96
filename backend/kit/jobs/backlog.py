"""How much work waits: asked once a second by each process, so it looks at little."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from backend.kit.db import Tx
from backend.kit.jobs.models import job
from backend.kit.schema import UtcTime

_DUE = """
    FROM job {index}
    WHERE kind = :kind AND state = 'new' AND state IN ('new', 'running') AND due_at <= :now
"""
_OLDEST = f"""
    SELECT due_at {_DUE} AND (key IS NULL OR NOT EXISTS (
        SELECT 1 FROM job ahead
        WHERE ahead.key = job.key AND ahead.id < job.id AND ahead.state IN ('new', 'running')
    ))
    ORDER BY due_at LIMIT 1
"""  # noqa: S608  # of constants alone
_DEPTH = f"""
    SELECT count(*) FROM (
        SELECT DISTINCT key FROM (SELECT key {_DUE} LIMIT :rows) AS due LIMIT :most
    ) AS counted
"""  # noqa: S608
_ROWS = 5
"""Jobs looked at for each key that may be counted."""
_CLOCK = sa.select(sa.func.clock_timestamp())


@cache
def _statements(is_postgres: bool) -> tuple[sa.TextualSelect, sa.TextClause]:
    """Oldest and depth. SQLite has to be told its index: it would rather look at every waiting
    timer (50,000 of them: 32 ms instead of 0.5)."""
    index = "" if is_postgres else "INDEXED BY ix_job_due"
    now: sa.BindParameter[datetime] = sa.bindparam("now", type_=UtcTime)
    oldest, depth = (sa.text(words.format(index=index)) for words in (_OLDEST, _DEPTH))
    return oldest.bindparams(now).columns(job.c.due_at), depth.bindparams(now)


@dataclass(frozen=True, slots=True)
class Backlog:
    """`age`: seconds for which the oldest job that could run now has been due, 0.0 if none is.
    `depth`: keys that jobs are due of (conversations, for turns); counted no further than asked."""

    age: float
    depth: int


def look(tx: Tx, kind: str, *, most: int) -> Backlog:
    """The backlog of one kind of job; `depth` is counted up to `most`.

    A job that waits for an earlier one of its key says nothing about how busy the house is: one
    conversation whose vendor keeps us waiting, or that somebody fills for fun, must not make the
    others wait.
    """
    now: datetime = tx.conn.execute(_CLOCK).scalar_one() if tx.db_clock else tx.now
    asked = {"kind": kind, "now": now}
    find_oldest, count = _statements(tx.is_postgres)
    oldest: datetime | None = tx.conn.execute(find_oldest, asked).scalar_one_or_none()
    depth: int = tx.conn.execute(count, {**asked, "most": most, "rows": _ROWS * most}).scalar_one()
    return Backlog(max(0.0, (now - oldest).total_seconds()) if oldest else 0.0, depth)
