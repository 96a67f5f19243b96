"""Jobs within transactions: enqueue with the data they belong to, finish with their effect.

A job is claimed under a lease and fenced by owner + attempt: a worker that lost its lease (it was
slow, or thought dead) cannot commit any more. A row is eligible only while no lower id of the same
key is open, so the jobs of one conversation keep their order, across processes and retries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.kit.db import Tx
from backend.kit.jobs.models import job

TOPIC = "jobs"


class LostLease(Exception):
    """Another worker has taken the job over: roll back, it is not ours to finish."""


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job. `attempt` counts from 1."""

    id: int
    kind: str
    key: str | None
    payload: Mapping[str, Any]
    attempt: int
    owner: str


def enqueue(
    tx: Tx,
    kind: str,
    payload: Mapping[str, Any],
    *,
    key: str | None = None,
    uniq: str | None = None,
    delay: float = 0.0,
) -> int | None:
    """Add a job in this transaction; due `delay` seconds from now.

    Returns its id, or None when `uniq` was enqueued before (by now done or not).
    """
    insert = postgresql.insert if tx.is_postgres else sqlite.insert
    values = {
        "kind": kind,
        "key": key,
        "uniq": uniq,
        "payload": dict(payload),
        "state": "new",
        "due_at": tx.at(delay),
        "created_at": tx.at(),
    }
    # .returning(), not rowcount: drivers disagree on rowcount after DO NOTHING.
    statement = insert(job).values(values).on_conflict_do_nothing(index_elements=["uniq"])
    job_id = tx.conn.execute(statement.returning(job.c.id)).scalar_one_or_none()
    if job_id is not None:
        tx.hint(TOPIC)
    return job_id


def postpone(tx: Tx, uniq: str, delay: float) -> bool:
    """Move a waiting job to `delay` seconds from now (debounce). False: it is not waiting."""
    moved = tx.conn.execute(
        sa.update(job)
        .where(job.c.uniq == uniq, job.c.state == "new")
        .values(due_at=tx.at(delay))
        .returning(job.c.id)
    ).first()
    return moved is not None


def claim(tx: Tx, owner: str, *, limit: int, lease: float) -> Sequence[Job]:
    """Take up to `limit` due jobs for `lease` seconds, in order of id.

    Running jobs whose lease ran out are taken over as well.
    """
    ahead = job.alias("ahead")
    blocked = sa.exists().where(
        ahead.c.key == job.c.key, ahead.c.id < job.c.id, ahead.c.state.in_(("new", "running"))
    )
    eligible = (
        sa.select(job.c.id)
        .where(
            job.c.state.in_(("new", "running")),
            job.c.due_at <= tx.at(),
            sa.or_(job.c.state == "new", job.c.lease_until < tx.at()),
            sa.or_(job.c.key.is_(None), ~blocked),
        )
        .order_by(job.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = tx.conn.execute(eligible).scalars().all()
    if not ids:
        return ()
    rows = tx.conn.execute(
        sa.update(job)
        .where(job.c.id.in_(ids))
        .values(
            state="running",
            owner=owner,
            attempt=job.c.attempt + 1,
            lease_until=tx.at(lease),
        )
        .returning(job.c.id, job.c.kind, job.c.key, job.c.payload, job.c.attempt)
    ).all()
    return [
        Job(row.id, row.kind, row.key, row.payload, row.attempt, owner)
        for row in sorted(rows, key=lambda row: row.id)
    ]


def _fenced(claimed: Job) -> sa.ColumnElement[bool]:
    return sa.and_(
        job.c.id == claimed.id,
        job.c.owner == claimed.owner,
        job.c.attempt == claimed.attempt,
        job.c.state == "running",
    )


def _close(tx: Tx, claimed: Job, **values: object) -> None:
    closed = tx.conn.execute(
        sa.update(job).where(_fenced(claimed)).values(**values).returning(job.c.id)
    ).first()
    if closed is None:
        raise LostLease(f"{claimed.kind} {claimed.id}")
    if claimed.key is not None:
        tx.hint(TOPIC)  # the next one of this key has become eligible


def finish(tx: Tx, claimed: Job) -> None:
    """Done, in the same transaction as the job's effect. Raises: LostLease."""
    _close(tx, claimed, state="done", finished_at=tx.at(), lease_until=None, last_error=None)


def retry(tx: Tx, claimed: Job, *, after: float, error: str, free: bool = False) -> None:
    """Try again in `after` seconds; `free`: this try does not count. Raises: LostLease."""
    _close(
        tx,
        claimed,
        state="new",
        attempt=claimed.attempt - free,
        due_at=tx.at(after),
        lease_until=None,
        last_error=error[:500],
    )


def bury(tx: Tx, claimed: Job, *, error: str) -> None:
    """Give up: a dead letter, listed and replayed by hand. Raises: LostLease."""
    _close(tx, claimed, state="dead", finished_at=tx.at(), lease_until=None, last_error=error[:500])


def heartbeat(tx: Tx, owner: str, ids: Sequence[int], lease: float) -> None:
    """Keep the leases of jobs still being worked on."""
    tx.conn.execute(
        sa.update(job)
        .where(job.c.id.in_(ids), job.c.owner == owner, job.c.state == "running")
        .values(lease_until=tx.at(lease))
    )


def release_all(tx: Tx) -> int:
    """Free every running job: only for a process that knows it is the only one (embedded form)."""
    rows = tx.conn.execute(
        sa.update(job)
        .where(job.c.state == "running")
        .values(state="new", lease_until=None)
        .returning(job.c.id)
    ).all()
    return len(rows)


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


def count_by_state(tx: Tx) -> Mapping[str, int]:
    """How many jobs are in each state."""
    query = sa.select(job.c.state, sa.func.count().label("number")).group_by(job.c.state)
    return {row.state: row.number for row in tx.conn.execute(query)}


def replay(tx: Tx, job_id: int) -> bool:
    """Put a dead letter back in its place, with fresh attempts. False: there is no such one."""
    row = tx.conn.execute(
        sa.update(job)
        .where(job.c.id == job_id, job.c.state == "dead")
        .values(state="new", attempt=0, due_at=tx.at(), finished_at=None)
        .returning(job.c.id)
    ).first()
    if row is not None:
        tx.hint(TOPIC)
    return row is not None


def prune(tx: Tx, older_than: float) -> int:
    """Delete done jobs finished more than `older_than` seconds ago; dead letters stay."""
    rows = tx.conn.execute(
        sa.delete(job)
        .where(job.c.state == "done", job.c.finished_at < tx.at(-older_than))
        .returning(job.c.id)
    ).all()
    return len(rows)
