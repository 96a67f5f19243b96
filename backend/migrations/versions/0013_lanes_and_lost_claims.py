"""A job tells whom outside it waits for, and how many of its claims were lost in a row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "job",
        sa.Column(
            "lane", sa.String(80), comment="whom outside it waits for; bounded in each worker"
        ),
    )
    op.add_column(
        "job",
        sa.Column(
            "lost",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="claims nobody ended, in a row",
        ),
    )
