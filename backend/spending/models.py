"""Tokens a language model used, and what they cost."""

from __future__ import annotations

import sqlalchemy as sa

from backend.kit.schema import metadata

model_use = sa.Table(
    "model_use",
    metadata,
    # A row for each conversation: turns of different ones never wait for each other's count.
    sa.Column("day", sa.String(8), primary_key=True, comment="yyyymmdd, UTC"),
    sa.Column("conversation_id", sa.ForeignKey("conversation.id"), primary_key=True),
    sa.Column("currency", sa.String(3), primary_key=True),
    sa.Column("questions", sa.Integer, nullable=False),
    sa.Column("tokens_in", sa.BigInteger, nullable=False),
    sa.Column("tokens_out", sa.BigInteger, nullable=False),
    sa.Column("cost", sa.BigInteger, nullable=False, comment="millionths of the currency's unit"),
)
