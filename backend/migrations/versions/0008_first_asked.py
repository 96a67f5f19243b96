"""Since when a source is asked: what is older is not ours to answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.kit.schema import UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "pull_cursor",
        sa.Column("asked_at", UtcTime(), comment="when the vendor first said there was something"),
    )
