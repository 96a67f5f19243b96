"""Processes, channel status, and finding what waits for delivery."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.kit.schema import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_PENDING = sa.text("delivery = 'pending'")


def upgrade() -> None:
    op.create_table(
        "service_process",
        sa.Column("name", sa.String(length=64), nullable=False, comment="host:process id"),
        sa.Column("role", sa.String(length=16), nullable=False, comment="all, web, worker"),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False, comment="written every few seconds"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_service_process")),
    )
    op.create_table(
        "channel_status",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False, comment="ok, degraded, down"),
        sa.Column(
            "error_code", sa.String(length=64), comment="our word for the vendor's complaint"
        ),
        sa.Column(
            "error_detail",
            sa.String(length=300),
            comment="the vendor's own words, without secrets",
        ),
        sa.Column("since", UtcTime(), nullable=False, comment="in this state since"),
        sa.Column("judged_at", UtcTime(), comment="when the vendor's last answer came"),
        sa.Column("last_in_at", UtcTime()),
        sa.Column("last_out_at", UtcTime()),
        sa.Column("checked_at", UtcTime(), comment="the vendor was last asked about the account"),
        sa.Column("identity", sa.String(length=120), comment="the account's name at the vendor"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_channel_status")),
    )
    op.create_index(
        "ix_message_pending",
        "message",
        ["channel_account", "sent_at"],
        postgresql_where=_PENDING,
        sqlite_where=_PENDING,
    )
