"""The job table as people and timers look at it: what waits, what was given up; and tidying up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend.kit.db import Tx
from backend.kit.jobs.models import job
from backend.kit.jobs.queue import TOPIC

SLICE = 1_000
"""Done jobs that are looked at in one transaction: a few hundredths of a second of writing."""


def next_due(tx: Tx) -> datetime | None:
    """When the next waiting job is due; None when none waits."""
    due: datetime | None = tx.conn.execute(
        sa.select(sa.func.min(job.c.due_at)).where(job.c.state == "new")
    ).scalar_one()
    return due


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as `aftercare jobs` lists it."""

    id: int
    kind: str
    key: str | None
    state: str
    attempt: int
    due_at: datetime
    created_at: datetime
    last_error: str | None
    payload: Mapping[str, Any]


def list_jobs(tx: Tx, state: str | None, limit: int = 100) -> Sequence[JobRow]:
    """The newest jobs, of one state if given."""
    query = sa.select(*[job.c[name] for name in JobRow.__dataclass_fields__])
    if state is not None:
        query = query.where(job.c.state == state)
    rows = tx.conn.execute(query.order_by(job.c.id.desc()).limit(limit)).all()
    return [JobRow(**row._mapping) for row in rows]


def count_by_state(tx: Tx, without: Collection[str] = ()) -> Mapping[str, int]:
    """How many jobs are in each state, those of the kinds `without` left out."""
    query = sa.select(job.c.state, sa.func.count().label("number")).group_by(job.c.state)
    if without:
        query = query.where(job.c.kind.not_in(without))
    return {row.state: row.number for row in tx.conn.execute(query)}


def replay(tx: Tx, job_id: int) -> bool:
    """Put a dead letter back in its place, with fresh attempts. False: there is no such one."""
    row = tx.conn.execute(
        sa.update(job)
        .where(job.c.id == job_id, job.c.state == "dead")
        .values(state="new", failures=0, due_at=tx.at(), finished_at=None)
        .returning(job.c.id)
    ).first()
    if row is not None:
        tx.hint(TOPIC)
    return row is not None


def prune(tx: Tx, older_than: float, limit: int = SLICE) -> int:
    """Delete done jobs finished more than `older_than` seconds ago, of the first `limit` done ones;
    how many. Dead letters stay. Call it until it gives 0: others write in between."""
    first = (
        sa.select(job.c.id, job.c.finished_at)
        .where(job.c.state == "done")
        .order_by(job.c.id)
        .limit(limit)
        .subquery()
    )
    old = sa.select(first.c.id).where(first.c.finished_at < tx.at(-older_than))
    return len(tx.conn.execute(sa.delete(job).where(job.c.id.in_(old)).returning(job.c.id)).all())
