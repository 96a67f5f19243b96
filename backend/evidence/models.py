"""What is known of a photo: how it looks, what was read from it, whose evidence it was before."""

from __future__ import annotations

import sqlalchemy as sa

from backend.kit.schema import Json, UtcTime, metadata

photo = sa.Table(
    "photo",
    metadata,
    sa.Column("attachment_id", sa.ForeignKey("attachment.id"), primary_key=True),
    sa.Column("print", sa.String(32), nullable=False, comment="perceptual hash, 128 bits in hex"),
    sa.Column("grey", sa.LargeBinary, nullable=False, comment="64 x 64 grey values, row by row"),
    sa.Column("state", sa.String(12), nullable=False, comment="waiting, done, failed, plain"),
    sa.Column("found", Json, comment="what was read: numbers of orders, parcels; amounts"),
    sa.Column("nudity", sa.Float, comment="0 to 1, where it was looked for"),
    sa.Column("opened_at", UtcTime, comment="when a person chose to see what was hidden"),
    sa.Column("opened_by", sa.String(120)),
)

photo_word = sa.Table(
    "photo_word",
    metadata,
    # Only photos that are a ticket's evidence have words: those are what others are compared with.
    sa.Column("word", sa.Integer, primary_key=True, comment="16 bits of the print, and which"),
    sa.Column("attachment_id", sa.ForeignKey("attachment.id"), primary_key=True),
)

photo_reuse = sa.Table(
    "photo_reuse",
    metadata,
    sa.Column("ticket_id", sa.ForeignKey("ticket.id"), primary_key=True),
    sa.Column("attachment_id", sa.ForeignKey("attachment.id"), primary_key=True),
    sa.Column(
        "seen_in", sa.ForeignKey("ticket.id"), primary_key=True, comment="whose evidence it was"
    ),
    sa.Column("seen_attachment_id", sa.ForeignKey("attachment.id"), primary_key=True),
    sa.Index("ix_photo_reuse_seen_in", "seen_in"),
)
