"""The processes of this installation."""

from __future__ import annotations

import sqlalchemy as sa

from backend.kit.schema import UtcTime, metadata

service_process = sa.Table(
    "service_process",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True, comment="host:process id"),
    sa.Column("role", sa.String(16), nullable=False, comment="all, web, worker"),
    sa.Column("version", sa.String(32), nullable=False),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("seen_at", UtcTime, nullable=False, comment="written every few seconds"),
)
