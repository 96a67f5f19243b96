"""Versions of decision tables, and every decision made by them."""

from __future__ import annotations

import sqlalchemy as sa

from backend.kit.schema import Json, UtcTime, metadata

rule_table = sa.Table(
    "rule_table",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, comment="refund_approval, shipping_bearer"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("status", sa.String(12), nullable=False, comment="draft, published, retired"),
    sa.Column("content", Json, nullable=False, comment="a JDM decision table; never changed"),
    sa.Column("content_hash", sa.String(64), nullable=False, comment="names the compiled form"),
    sa.Column("author_id", sa.String(64), nullable=False),
    sa.Column("author_name", sa.String(120), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("published_by", sa.String(120)),
    sa.Column("published_at", UtcTime),
    sa.Column("retired_at", UtcTime),
    sa.UniqueConstraint("name", "version"),
)
_published = sa.text("status = 'published'")
sa.Index(
    "uq_rule_table_published",
    rule_table.c.name,
    unique=True,
    postgresql_where=_published,
    sqlite_where=_published,
)

decision = sa.Table(
    "decision",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    # No foreign key: tickets stand above rules and may not be known here.
    sa.Column("ticket_id", sa.String(32), nullable=False, index=True),
    sa.Column("rule_table", sa.String(64), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("row_id", sa.String(64), nullable=False),
    sa.Column("row_index", sa.Integer, nullable=False, comment="its place from 0"),
    sa.Column("inputs", Json, nullable=False),
    sa.Column("outputs", Json, nullable=False),
    sa.Column("decided_at", UtcTime, nullable=False),
)
sa.Index("ix_decision_table_decided", decision.c.rule_table, decision.c.decided_at)
