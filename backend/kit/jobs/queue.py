"""Jobs within transactions: enqueue with the data they belong to, finish with their effect.

A job is claimed under a lease and fenced by owner + attempt: a worker that lost its lease (it was
slow, or thought dead) cannot commit any more. A row is eligible only while no lower id of the same
key is open, so the jobs of one conversation keep their order, across processes and retries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from backend.kit.db import Tx
from backend.kit.jobs.models import job
from backend.kit.sql import Upsert, rows

TOPIC = "jobs"


class LostLease(Exception):
    """Another worker has taken the job over: roll back, it is not ours to finish."""


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job. `attempt` counts claims, from 1; `failures` the tries that ended in an error:
    one that ended with its process is nothing the job did. `known` is what the one who enqueued it
    in this process knows already, and the handler would otherwise look up."""

    id: int
    kind: str
    key: str | None
    payload: Mapping[str, Any]
    attempt: int
    owner: str
    known: Any = None
    failures: int = 0


_PLAIN = ("kind", "key", "uniq", "payload", "state", "attempt", "owner")


def _once(insert: Any) -> Any:
    # .returning(), not rowcount: drivers disagree on rowcount after DO NOTHING.
    return insert.on_conflict_do_nothing(index_elements=["uniq"]).returning(job.c.id)


def _by_database_clock(insert: Any) -> Any:
    times = {name: _from_now(f"{name}_in") for name in ("due_at", "lease_until")}
    return _once(insert.values(created_at=sa.func.clock_timestamp(), **times))


def _from_now(seconds: str) -> sa.ColumnElement[Any]:
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
    uniq: str | None = None,
    delay: float = 0.0,
) -> int | None:
    """Add a job in this transaction; due `delay` seconds from now.

    Returns its id, or None when `uniq` was enqueued before (by now done or not).
    """
    row = {"kind": kind, "key": key, "uniq": uniq, "payload": dict(payload)}
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
    row = {"kind": kind, "key": key, "uniq": None, "payload": dict(payload)}
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


def claim(tx: Tx, owner: str, *, limit: int, lease: float) -> Sequence[Job]:
    """Take up to `limit` due jobs for `lease` seconds, in order of id; turns with what is left of
    it: however many of them wait, what is said goes out, and money that is promised.

    Running jobs whose lease ran out are taken over as well.
    """
    now = {} if tx.db_clock else {"now": tx.now}
    ids = _find(tx, "ix_job_urgent", "<> 'turn'", {"limit": limit, **now})
    if len(ids) < limit:
        ids += _find(tx, "ix_job_turn", "= 'turn'", {"limit": limit - len(ids), **now})
    if not ids:
        return ()
    lease_end = {"lease": lease} if tx.db_clock else {"until": tx.now + timedelta(seconds=lease)}
    taken = {"ids": ids, "by": owner, **lease_end}
    taken_rows = tx.conn.execute(_taking(tx.db_clock), taken).all()
    return [
        Job(row.id, row.kind, row.key, row.payload, row.attempt, owner, failures=row.failures)
        for row in sorted(taken_rows, key=lambda row: int(row.id))
    ]


_FIND = """
    SELECT id FROM job {hint}
    WHERE state IN ('new', 'running') AND kind {kind} AND due_at <= {now}
      AND (state = 'new' OR lease_until < {now})
      AND (key IS NULL OR NOT EXISTS (
        SELECT 1 FROM job ahead
        WHERE ahead.key = job.key AND ahead.id < job.id AND ahead.state IN ('new', 'running')
      ))
    ORDER BY id LIMIT :limit {lock}
"""


@cache
def _finding(is_postgres: bool, db_clock: bool, index: str, kind: str) -> sa.TextualSelect:
    """What finds eligible jobs of a kind. SQLite is told the index, as it has no figures on how
    few jobs are open among all that were done."""
    words = _FIND.format(
        hint="" if is_postgres else f"INDEXED BY {index}",
        kind=kind,
        now="clock_timestamp()" if db_clock else ":now",
        lock="FOR UPDATE SKIP LOCKED" if is_postgres else "",
    )
    text = sa.text(words).bindparams(sa.bindparam("limit", type_=sa.Integer()))
    if not db_clock:
        text = text.bindparams(sa.bindparam("now", type_=job.c.due_at.type))
    return text.columns(job.c.id)


def _find(tx: Tx, index: str, kind: str, values: Mapping[str, Any]) -> list[int]:
    found = rows(tx, _finding(tx.is_postgres, tx.db_clock, index, kind), values)
    return [job_id for (job_id,) in found]


@cache
def _taking(db_clock: bool) -> sa.Executable:
    """What takes them."""
    until: Any = sa.bindparam("until", type_=job.c.due_at.type)
    return (
        sa.update(job)
        .where(job.c.id.in_(sa.bindparam("ids", expanding=True)))
        .values(
            state="running",
            owner=sa.bindparam("by"),
            attempt=job.c.attempt + 1,
            lease_until=_from_now("lease") if db_clock else until,
        )
        .returning(
            *(job.c[name] for name in ("id", "kind", "key", "payload", "attempt", "failures"))
        )
    )


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


def heartbeat(tx: Tx, owner: str, ids: Sequence[int], lease: float) -> None:
    """Keep the leases of jobs still being worked on."""
    tx.conn.execute(
        sa.update(job)
        .where(job.c.id.in_(ids), job.c.owner == owner, job.c.state == "running")
        .values(lease_until=tx.at(lease))
    )


def release(tx: Tx, claimed: Sequence[Job]) -> int:
    """Put back, at once and without counting a failure, what this process won't work any more; how
    many there were. One that ended or was taken over meanwhile is left alone."""
    released = [job for job in claimed if rows(tx, _RELEASE, _fence(job))]
    if released:
        tx.hint(TOPIC)
    return len(released)


def release_all(tx: Tx) -> int:
    """Free every running job: only for a process that knows it is the only one (embedded form)."""
    rows = tx.conn.execute(
        sa.update(job)
        .where(job.c.state == "running")
        .values(state="new", lease_until=None)
        .returning(job.c.id)
    ).all()
    return len(rows)
