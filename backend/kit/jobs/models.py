"""The job table."""

from __future__ import annotations

import sqlalchemy as sa

from backend.kit.schema import BigId, Json, UtcTime, metadata

job = sa.Table(
    "job",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("key", sa.String(96), comment="jobs of one key run one after another, by id"),
    sa.Column("lane", sa.String(80), comment="whom outside it waits for; bounded in each worker"),
    sa.Column("uniq", sa.String(160), unique=True, comment="enqueued once, however often asked"),
    sa.Column("payload", Json, nullable=False),
    sa.Column("state", sa.String(8), nullable=False, comment="new, running, done, dead"),
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
    sa.Column(
        "failures", sa.Integer, nullable=False, server_default="0", comment="tries that failed"
    ),
    sa.Column(
        "lost",
        sa.Integer,
        nullable=False,
        server_default="0",
        comment="claims nobody ended, in a row",
    ),
    sa.Column("owner", sa.String(64)),
    sa.Column("lease_until", UtcTime),
    sa.Column("last_error", sa.String(500)),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("finished_at", UtcTime),
    sqlite_autoincrement=True,
)
_open = sa.text("state IN ('new', 'running')")
sa.Index("ix_job_due", job.c.due_at, postgresql_where=_open, sqlite_where=_open)
sa.Index("ix_job_key", job.c.key, job.c.id, postgresql_where=_open, sqlite_where=_open)
_urgent = sa.text("state IN ('new', 'running') AND kind <> 'turn'")
sa.Index("ix_job_urgent", job.c.id, postgresql_where=_urgent, sqlite_where=_urgent)
_turn = sa.text("state IN ('new', 'running') AND kind = 'turn'")
sa.Index("ix_job_turn", job.c.id, postgresql_where=_turn, sqlite_where=_turn)
sa.Index("ix_job_state", job.c.state, job.c.id)
