"""The only SQL on processes, and on jobs as people see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.kit.db import Tx
from backend.kit.jobs.models import job
from backend.operations.models import service_process


@dataclass(frozen=True, slots=True)
class Process:
    """A process of this installation. `seconds` ago it was last seen, by the database's clock."""

    name: str
    role: str
    version: str
    started_at: datetime
    seen_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class JobCount:
    """How many jobs of a kind are in a state: new, running, dead."""

    kind: str
    state: str
    number: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job that was given up. `last_error` is why."""

    id: int
    kind: str
    key: str | None
    payload: Mapping[str, Any]
    attempt: int
    created_at: datetime
    finished_at: datetime | None
    last_error: str | None


def beat(tx: Tx, name: str, role: str, version: str, *, starting: bool) -> None:
    """Note that a process lives; `starting`: it has just come up under this name."""
    insert: Any = postgresql.insert if tx.is_postgres else sqlite.insert
    values = {"role": role, "version": version, "seen_at": tx.at()}
    changes = {**values, "started_at": tx.at()} if starting else values
    tx.conn.execute(
        insert(service_process)
        .values(name=name, started_at=tx.at(), **values)
        .on_conflict_do_update(index_elements=["name"], set_=changes)
    )


def leave(tx: Tx, name: str) -> None:
    """Forget a process that ended."""
    tx.conn.execute(sa.delete(service_process).where(service_process.c.name == name))


def forget_silent(tx: Tx, seconds: float) -> None:
    """Forget processes not seen for so long: they were killed."""
    tx.conn.execute(sa.delete(service_process).where(service_process.c.seen_at < tx.at(-seconds)))


def processes(tx: Tx) -> Sequence[Process]:
    """All known ones, by name."""
    now = moment(tx)
    rows = tx.conn.execute(sa.select(service_process).order_by(service_process.c.name)).all()
    return [
        Process(
            row.name,
            row.role,
            row.version,
            row.started_at,
            row.seen_at,
            max(0.0, (now - row.seen_at).total_seconds()),
        )
        for row in rows
    ]


def moment(tx: Tx) -> datetime:
    """Now, by the clock that due times are written by."""
    if not tx.db_clock:
        return tx.now
    now: datetime = tx.conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return now


def count_jobs(tx: Tx) -> Sequence[JobCount]:
    """Jobs that are not done, by kind and state."""
    rows = tx.conn.execute(
        sa.select(job.c.kind, job.c.state, sa.func.count().label("number"))
        .where(job.c.state.in_(("new", "running", "dead")))
        .group_by(job.c.kind, job.c.state)
        .order_by(job.c.kind, job.c.state)
    )
    return [JobCount(row.kind, row.state, row.number) for row in rows]


def dead_letters(tx: Tx, limit: int) -> Sequence[DeadLetter]:
    """The newest ones."""
    columns = [job.c[name] for name in DeadLetter.__dataclass_fields__]
    rows = tx.conn.execute(
        sa.select(*columns).where(job.c.state == "dead").order_by(job.c.id.desc()).limit(limit)
    )
    return [DeadLetter(**row._mapping) for row in rows]


def dead_letter(tx: Tx, job_id: int) -> DeadLetter | None:
    """One of them."""
    columns = [job.c[name] for name in DeadLetter.__dataclass_fields__]
    found = tx.conn.execute(
        sa.select(*columns).where(job.c.id == job_id, job.c.state == "dead")
    ).first()
    return DeadLetter(**found._mapping) if found else None


def schema_revision(tx: Tx) -> str | None:
    """Which migration the database stands at; None: it was never migrated."""
    if not sa.inspect(tx.conn).has_table("alembic_version"):
        return None
    found: str | None = tx.conn.execute(
        sa.text("SELECT version_num FROM alembic_version")
    ).scalar_one_or_none()
    return found
