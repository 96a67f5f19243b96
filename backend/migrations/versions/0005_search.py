"""Lists and search of tickets and conversations that stay fast with a million of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from backend.conversations import search_models as conversations
from backend.kit.schema import BigId
from backend.kit.search.models import Watch, epoch, index_ddl, watch_ddl
from backend.tickets import search_models as tickets

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _search(tickets.SUBJECT, tickets.WATCHES)
    _search(conversations.SUBJECT, conversations.WATCHES)
    # With the id: rows of one moment come in order without being sorted.
    op.drop_index("ix_ticket_state_created", "ticket")
    op.create_index("ix_ticket_state_created", "ticket", ["state", "created_at", "id"])
    op.drop_index("ix_refund_state_requested", "refund")
    op.create_index("ix_refund_state_requested", "refund", ["state", "requested_at", "id"])
    op.drop_index("ix_conversation_updated", "conversation")
    op.create_index(
        "ix_conversation_status_updated", "conversation", ["status", "updated_at", "id"]
    )


def _search(subject: str, watches: tuple[Watch, ...]) -> None:
    dialect = op.get_bind().dialect.name
    op.create_table(
        f"{subject}_change",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("owner_id", sa.String(length=32), nullable=False),
        sa.Column(
            "at", sa.BigInteger(), nullable=False, comment="seconds since 1970, database time"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{subject}_change")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        f"{subject}_terms",
        sa.Column("seq", BigId, autoincrement=True, nullable=False),
        sa.Column("owner_id", sa.String(length=32), nullable=False),
        sa.Column(
            "terms", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f(f"pk_{subject}_terms")),
        sa.UniqueConstraint("owner_id", name=op.f(f"uq_{subject}_terms_owner_id")),
        sqlite_autoincrement=True,
    )
    for statement in (*index_ddl(dialect, subject), *watch_ddl(dialect, subject, watches)):
        op.execute(sa.text(statement.replace(":", "\\:")))
    # What is there already is indexed by the job, oldest first.
    op.execute(
        f"INSERT INTO {subject}_change (owner_id, at) "  # noqa: S608 - names of our own
        f"SELECT id, {epoch(dialect)} FROM {subject} ORDER BY created_at, id"
    )
