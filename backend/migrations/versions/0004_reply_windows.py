"""Reply windows, messages that wait for one, and cursors of channels that are pulled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.kit.schema import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_HELD = sa.text("delivery = 'held'")


def upgrade() -> None:
    op.create_table(
        "reply_window",
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column(
            "opened_at",
            UtcTime(),
            comment="the customer's latest message, by the vendor's clock",
        ),
        sa.Column("used", sa.Integer(), nullable=False, comment="messages sent to him since"),
        sa.Column(
            "session",
            sa.String(length=12),
            nullable=False,
            comment="ours, queued, servicer, ended",
        ),
        sa.Column(
            "servicer", sa.String(length=64), comment="who answers at the vendor's, if one does"
        ),
        sa.Column(
            "event_code",
            sa.String(length=200),
            comment="the vendor's permission to write first, once",
        ),
        sa.Column("event_code_at", UtcTime()),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_reply_window_contact_id")
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_reply_window")),
        comment="only for contacts of channels that limit when and how often we may write",
    )
    op.create_table(
        "pull_cursor",
        sa.Column("channel_account", sa.String(length=64), nullable=False),
        sa.Column(
            "source",
            sa.String(length=64),
            nullable=False,
            comment="the vendor's: an open_kfid",
        ),
        sa.Column(
            "cursor",
            sa.String(length=200),
            nullable=False,
            server_default="",
            comment="the vendor's",
        ),
        sa.Column(
            "generation",
            sa.Integer(),
            nullable=False,
            comment="pulls begun; names the one that waits",
        ),
        sa.Column("pulled_at", UtcTime(), comment="all was fetched up to then"),
        sa.PrimaryKeyConstraint("channel_account", "source", name=op.f("pk_pull_cursor")),
    )
    op.add_column(
        "message",
        sa.Column("sent_with", sa.String(length=32), comment="held: the message it goes out with"),
    )
    op.create_index(
        "ix_message_held",
        "message",
        ["conversation_id", "seq"],
        postgresql_where=_HELD,
        sqlite_where=_HELD,
    )
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        op.alter_column(
            "message",
            "delivery",
            existing_type=sa.String(length=12),
            comment="outbound: pending, sent, failed, held",
        )
