"""Jobs within transactions: enqueue with the data they belong to, finish with their effect.

A job is claimed (`claiming`) under a lease and fenced by owner + attempt: a worker that lost its
lease (it was slow, or thought dead) cannot commit any more.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from backend.kit.db import Tx
from backend.kit.jobs.models import job
from backend.kit.sql import Upsert, rows

TOPIC = "jobs"


class LostLease(Exception):
    """Another worker has taken the job over: roll back, it is not ours to finish."""


@dataclass(slots=True)
class Lease:
    """Until when a job is ours, in seconds of this machine's own clock: rather too early than too
    late, as it is counted from before the database was asked. Worker's to prolong."""

    ends: float = math.inf

    def check(self) -> None:
        """Call it before what can't be undone, such as telling a customer something: a process that
        was stopped for long finds that another has gone on meanwhile. Raises: LostLease."""
        if time.monotonic() >= self.ends:
            raise LostLease("it ran out before the work was begun")


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job. `attempt` counts claims, from 1; `failures` the tries that ended in an error:
    one that ended with its process is nothing the job did, but `lost` counts those in a row.
    `lane` is whom outside it waits for, if
    anybody (a channel account, a payment provider). `known` is what the one who enqueued it
    in this process knows already, and the handler would otherwise look up."""

    id: int
    kind: str
    key: str | None
    payload: Mapping[str, Any]
    attempt: int
    owner: str
    known: Any = None
    failures: int = 0
    lost: int = 0
    lane: str | None = None
    lease: Lease = field(default_factory=Lease, compare=False)


_PLAIN = ("kind", "key", "lane", "uniq", "payload", "state", "attempt", "owner")


def _once(insert: Any) -> Any:
    # .returning(), not rowcount: drivers disagree on rowcount after DO NOTHING.
    return insert.on_conflict_do_nothing(index_elements=["uniq"]).returning(job.c.id)


def _by_database_clock(insert: Any) -> Any:
    times = {name: from_now(f"{name}_in") for name in ("due_at", "lease_until")}
    return _once(insert.values(created_at=sa.func.clock_timestamp(), **times))


def from_now(seconds: str) -> sa.ColumnElement[Any]:
    """The database's clock plus the parameter of this name, in seconds."""
    second: sa.ColumnElement[Any] = sa.literal_column("interval '1 second'")
    return sa.func.clock_timestamp() + second * sa.bindparam(seconds, type_=sa.Float())


_ADD = Upsert(job, [*_PLAIN, "due_at", "lease_until", "created_at"], _once)
_ADD_BY_DATABASE_CLOCK = Upsert(job, _PLAIN, _by_database_clock)
_key: sa.BindParameter[str] = sa.bindparam("key")
_IS_BUSY = sa.select(job.c.id).where(job.c.key == _key, job.c.state.in_(("new", "running")))


def enqueue(
    tx: Tx,
    kind: str,
    payload: Mapping[str, Any],
    *,
    key: str | None = None,
    lane: str | None = None,
    uniq: str | None = None,
    delay: float = 0.0,
) -> int | None:
    """Add a job in this transaction; due `delay` seconds from now.

    `key`: jobs of one run one after another. `lane`: whom outside it waits for; a worker works
    only a few of one lane at a time, so that nobody who hangs holds all its hands.

    Returns its id, or None when `uniq` was enqueued before (by now done or not).
    """
    row = {"kind": kind, "key": key, "lane": lane, "uniq": uniq, "payload": dict(payload)}
    job_id = _add(tx, {**row, "state": "new", "attempt": 0, "owner": None}, due=delay)
    if job_id is not None:
        tx.hint(TOPIC)
    return job_id


def enqueue_claimed(
    tx: Tx,
    kind: str,
    payload: Mapping[str, Any],
    *,
    key: str,
    owner: str,
    lease: float,
) -> Job | None:
    """Add a job that `owner`, of this process, begins right after the commit: nobody has to look
    for it. None, and nothing is added, while another job of the key is open.

    The caller holds a lock that whoever enqueues jobs of this key takes first.
    """
    if is_busy(tx, key):
        return None
    row = {"kind": kind, "key": key, "lane": None, "uniq": None, "payload": dict(payload)}
    begun = {**row, "state": "running", "attempt": 1, "owner": owner}
    job_id = _add(tx, begun, lease=lease)
    if job_id is None:
        raise RuntimeError("a job without `uniq` met another")
    return Job(job_id, kind, key, payload, 1, owner)


def _add(
    tx: Tx, row: dict[str, Any], *, due: float = 0.0, lease: float | None = None
) -> int | None:
    if tx.db_clock:
        seconds = {"due_at_in": due, "lease_until_in": lease}
        return _id_of(rows(tx, _ADD_BY_DATABASE_CLOCK, row | seconds))
    times = {
        "due_at": tx.now + timedelta(seconds=due),
        "lease_until": None if lease is None else tx.now + timedelta(seconds=lease),
        "created_at": tx.now,
    }
    return _id_of(rows(tx, _ADD, row | times))


def _id_of(added: Sequence[tuple[Any, ...]]) -> int | None:
    return int(added[0][0]) if added else None


def postpone(tx: Tx, uniq: str, delay: float) -> bool:
    """Move a waiting job to `delay` seconds from now (debounce). False: it is not waiting."""
    moved = tx.conn.execute(
        sa.update(job)
        .where(job.c.uniq == uniq, job.c.state == "new")
        .values(due_at=tx.at(delay))
        .returning(job.c.id)
    ).first()
    return moved is not None


_CLOSE = (
    sa.update(job)
    .where(
        job.c.id == sa.bindparam("of_id"),
        job.c.owner == sa.bindparam("of_owner"),
        job.c.attempt == sa.bindparam("of_attempt"),
        job.c.state == "running",
    )
    .returning(job.c.id)
)
_RELEASE = _CLOSE.values(state="new", lease_until=None)
_FINISH_BY_DATABASE_CLOCK = _CLOSE.values(finished_at=sa.func.clock_timestamp())


def _fence(claimed: Job) -> dict[str, Any]:
    return {"of_id": claimed.id, "of_owner": claimed.owner, "of_attempt": claimed.attempt}


def _close(tx: Tx, claimed: Job, statement: sa.Executable = _CLOSE, **values: object) -> None:
    closing = {**_fence(claimed), **values}
    if statement is _CLOSE:
        closed = bool(rows(tx, _CLOSE, closing))
    else:
        closed = tx.conn.execute(statement, closing).first() is not None
    if not closed:
        raise LostLease(f"{claimed.kind} {claimed.id}")
    if claimed.key is not None and (tx.is_postgres or is_busy(tx, claimed.key)):
        tx.hint(TOPIC)  # the next one of this key has become eligible


def is_busy(tx: Tx, key: str) -> bool:
    """Whether a job of this key is open."""
    return bool(rows(tx, _IS_BUSY, {"key": key}))


def finish(tx: Tx, claimed: Job) -> None:
    """Done, in the same transaction as the job's effect. Raises: LostLease."""
    values: dict[str, Any] = {"state": "done", "lease_until": None, "last_error": None}
    if tx.db_clock:
        _close(tx, claimed, _FINISH_BY_DATABASE_CLOCK, **values)
    else:
        _close(tx, claimed, finished_at=tx.now, **values)


def retry(tx: Tx, claimed: Job, *, after: float, error: str, free: bool = False) -> None:
    """Try again in `after` seconds; `free`: this try does not count. Raises: LostLease."""
    _close(
        tx,
        claimed,
        _CLOSE.values(due_at=tx.at(after)),
        state="new",
        failures=claimed.failures + (not free),
        lost=0,
        lease_until=None,
        last_error=error[:500],
    )


def bury(tx: Tx, claimed: Job, *, error: str) -> None:
    """Give up: a dead letter, listed and replayed by hand. Raises: LostLease."""
    _close(
        tx,
        claimed,
        _CLOSE.values(finished_at=tx.at()),
        state="dead",
        lease_until=None,
        last_error=error[:500],
    )


def heartbeat(tx: Tx, claimed: Collection[Job], lease: float) -> set[int]:
    """Keep the leases of jobs still being worked on; the ids of those that are still ours."""
    kept = tx.conn.execute(
        sa.update(job)
        .where(
            job.c.id.in_([one.id for one in claimed]),
            job.c.owner.in_({one.owner for one in claimed}),
            job.c.state == "running",
        )
        .values(lease_until=tx.at(lease))
        .returning(job.c.id, job.c.attempt)
    )
    ours = {(one.id, one.attempt) for one in claimed}
    return {job_id for job_id, attempt in kept if (job_id, attempt) in ours}


def release(tx: Tx, claimed: Sequence[Job]) -> int:
    """Put back, at once and without counting a failure, what this process won't work any more; how
    many there were. One that ended or was taken over meanwhile is left alone."""
    released = [job for job in claimed if rows(tx, _RELEASE, _fence(job))]
    if released:
        tx.hint(TOPIC)
    return len(released)


SUSPECT, LONGEST_REST = 5, 60.0
"""Lost claims in a row from which on a job rests before it is tried again, and for how long at
most, in seconds: one that kills its process kills no more than one a minute."""


def rest_of(lost: int) -> float:
    """Seconds a job rests after so many lost claims in a row."""
    return 0.0 if lost < SUSPECT else min(LONGEST_REST, 2.0 ** (lost - SUSPECT))


def let_rest(tx: Tx, claimed: Job) -> None:
    """Put back a job whose claims are lost again and again, for later. Raises: LostLease."""
    rests = _CLOSE.values(due_at=tx.at(rest_of(claimed.lost)))
    _close(tx, claimed, rests, state="new", lease_until=None)


def release_all(tx: Tx) -> int:
    """Free every running job: only for a process that knows it is the only one (embedded form)."""
    released = tx.conn.execute(
        sa.update(job)
        .where(job.c.state == "running")
        .values(state="new", lost=job.c.lost + 1, lease_until=None)
        .returning(job.c.id, job.c.lost)
    ).all()
    for job_id, lost in released:
        if rest := rest_of(lost):
            tx.conn.execute(sa.update(job).where(job.c.id == job_id).values(due_at=tx.at(rest)))
    return len(released)
