"""What a vendor tells besides messages is taken once, however often its page is read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.kit.schema import UtcTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "taken_notice",
        sa.Column("channel_account", sa.String(64), nullable=False),
        sa.Column("external_id", sa.String(200), nullable=False, comment="the vendor's"),
        sa.Column("taken_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel_account", "external_id", name="pk_taken_notice"),
        comment="a page may be read twice; a session must not change twice",
    )
    op.create_index("ix_taken_notice_taken_at", "taken_notice", ["taken_at"])
