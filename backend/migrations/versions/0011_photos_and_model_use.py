"""What is known of photos, and what a language model used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.kit.schema import Json, UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _photos()
    op.create_table(
        "model_use",
        sa.Column("day", sa.String(8), nullable=False, comment="yyyymmdd, UTC"),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("questions", sa.Integer, nullable=False),
        sa.Column("tokens_in", sa.BigInteger, nullable=False),
        sa.Column("tokens_out", sa.BigInteger, nullable=False),
        sa.Column(
            "cost", sa.BigInteger, nullable=False, comment="millionths of the currency's unit"
        ),
        sa.PrimaryKeyConstraint("day", "conversation_id", "currency", name="pk_model_use"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name="fk_model_use_conversation_id"
        ),
    )


def _photos() -> None:
    op.create_table(
        "photo",
        sa.Column("attachment_id", sa.String(32), nullable=False),
        sa.Column(
            "print", sa.String(32), nullable=False, comment="perceptual hash, 128 bits in hex"
        ),
        sa.Column(
            "grey", sa.LargeBinary, nullable=False, comment="64 x 64 grey values, row by row"
        ),
        sa.Column("state", sa.String(12), nullable=False, comment="waiting, done, failed, plain"),
        sa.Column("found", Json, comment="what was read: numbers of orders, parcels; amounts"),
        sa.Column("nudity", sa.Float, comment="0 to 1, where it was looked for"),
        sa.Column("opened_at", UtcTime, comment="when a person chose to see what was hidden"),
        sa.Column("opened_by", sa.String(120)),
        sa.PrimaryKeyConstraint("attachment_id", name="pk_photo"),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name="fk_photo_attachment_id"
        ),
    )
    op.create_table(
        "photo_word",
        sa.Column("word", sa.Integer, nullable=False, comment="16 bits of the print, and which"),
        sa.Column("attachment_id", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("word", "attachment_id", name="pk_photo_word"),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name="fk_photo_word_attachment_id"
        ),
    )
    op.create_table(
        "photo_reuse",
        sa.Column("ticket_id", sa.String(32), nullable=False),
        sa.Column("attachment_id", sa.String(32), nullable=False),
        sa.Column("seen_in", sa.String(32), nullable=False, comment="whose evidence it was"),
        sa.Column("seen_attachment_id", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint(
            "ticket_id", "attachment_id", "seen_in", "seen_attachment_id", name="pk_photo_reuse"
        ),
        sa.ForeignKeyConstraint(
            ["seen_attachment_id"],
            ["attachment.id"],
            name="fk_photo_reuse_seen_attachment_id",
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_photo_reuse_ticket_id"),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name="fk_photo_reuse_attachment_id"
        ),
        sa.ForeignKeyConstraint(["seen_in"], ["ticket.id"], name="fk_photo_reuse_seen_in"),
    )
    op.create_index("ix_photo_reuse_seen_in", "photo_reuse", ["seen_in"])
