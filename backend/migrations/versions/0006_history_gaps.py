"""What a vendor forgot before it was fetched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.kit.schema import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "pull_cursor",
        sa.Column("gap_from", UtcTime(), comment="nothing was fetched since, and is gone"),
    )
    op.add_column(
        "pull_cursor", sa.Column("gap_until", UtcTime(), comment="what is later was fetched")
    )
