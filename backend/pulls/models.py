"""Cursors of channels whose vendor only says that there is something to fetch, and which of the
news found there were taken."""

from __future__ import annotations

import sqlalchemy as sa

from backend.kit.schema import UtcTime, metadata

pull_cursor = sa.Table(
    "pull_cursor",
    metadata,
    sa.Column("channel_account", sa.String(64), primary_key=True),
    sa.Column("source", sa.String(64), primary_key=True, comment="the vendor's: an open_kfid"),
    sa.Column("cursor", sa.String(200), nullable=False, server_default="", comment="the vendor's"),
    sa.Column(
        "generation", sa.Integer, nullable=False, comment="pulls begun; names the one that waits"
    ),
    sa.Column("pulled_at", UtcTime, comment="all was fetched up to then"),
    sa.Column("gap_from", UtcTime, comment="nothing was fetched since, and is gone"),
    sa.Column("gap_until", UtcTime, comment="what is later was fetched"),
    sa.Column("asked_at", UtcTime, comment="when the vendor first said there was something"),
)

taken_notice = sa.Table(
    "taken_notice",
    metadata,
    sa.Column("channel_account", sa.String(64), primary_key=True),
    sa.Column("external_id", sa.String(200), primary_key=True, comment="the vendor's"),
    sa.Column("taken_at", UtcTime, nullable=False, index=True),
    comment="a page may be read twice; a session must not change twice",
)
