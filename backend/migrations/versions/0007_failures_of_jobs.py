"""Jobs count what failed apart from what was claimed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column(
        "failures", sa.Integer, nullable=False, server_default="0", comment="tries that failed"
    )
    op.add_column("job", column)
    op.execute("UPDATE job SET failures = attempt WHERE state <> 'done'")
