"""Jobs that need not wait for all turns: found by indexes of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_OPEN = "state IN ('new', 'running') AND kind"


def upgrade() -> None:
    for name, which in (("ix_job_urgent", "<> 'turn'"), ("ix_job_turn", "= 'turn'")):
        where = sa.text(f"{_OPEN} {which}")
        op.create_index(name, "job", ["id"], postgresql_where=where, sqlite_where=where)
