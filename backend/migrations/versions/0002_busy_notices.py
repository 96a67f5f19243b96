"""Who was told that answers take longer than usual."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.kit.schema import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "busy_notice",
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("told_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_busy_notice_conversation_id"),
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_busy_notice")),
        comment="who was told that answers take longer; emptied when it is calm again",
    )
