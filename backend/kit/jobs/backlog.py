"""How much work waits: asked once a second by each process, so it looks at little."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from backend.kit.db import Tx
from backend.kit.jobs.models import job
from backend.kit.schema import UtcTime

_kind: sa.BindParameter[str] = sa.bindparam("kind")
_now: sa.BindParameter[datetime] = sa.bindparam("now", type_=UtcTime)
# The words of the partial indexes, for their sake.
_open = sa.text("job.state IN ('new', 'running')")
_due = (job.c.kind == _kind, job.c.state == "new", job.c.due_at <= _now, _open)
_ahead = job.alias("ahead")
_blocked = sa.exists().where(
    _ahead.c.key == job.c.key,
    _ahead.c.id < job.c.id,
    sa.text("ahead.state IN ('new', 'running')"),
)
_OLDEST = (
    sa.select(job.c.due_at)
    .where(*_due, sa.or_(job.c.key.is_(None), ~_blocked))
    .order_by(job.c.due_at)
    .limit(1)
)
_DEPTH = sa.select(sa.func.count()).select_from(
    sa.select(sa.literal(1)).where(*_due).limit(sa.bindparam("most")).subquery()
)
_CLOCK = sa.select(sa.func.clock_timestamp())


@dataclass(frozen=True, slots=True)
class Backlog:
    """`age`: seconds for which the oldest job that could run now has been due, 0.0 if none is.
    `depth`: jobs that are due, the blocked ones too; counted no further than asked."""

    age: float
    depth: int


def look(tx: Tx, kind: str, *, most: int) -> Backlog:
    """The backlog of one kind of job; `depth` is counted up to `most`.

    A job that waits for an earlier one of its key says nothing about how busy the house is: one
    conversation whose vendor keeps us waiting must not make the others wait.
    """
    now: datetime = tx.conn.execute(_CLOCK).scalar_one() if tx.db_clock else tx.now
    asked = {"kind": kind, "now": now}
    oldest: datetime | None = tx.conn.execute(_OLDEST, asked).scalar_one_or_none()
    depth: int = tx.conn.execute(_DEPTH, {**asked, "most": most}).scalar_one()
    return Backlog(max(0.0, (now - oldest).total_seconds()) if oldest else 0.0, depth)
