"""Customers are people; contacts are their identities on a channel account."""

from __future__ import annotations

import sqlalchemy as sa

from backend.kit.schema import Json, UtcTime, metadata

customer = sa.Table(
    "customer",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("external_id", sa.String(64), nullable=False, unique=True, comment="the shop's id"),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("email", sa.String(254)),
    sa.Column("phone", sa.String(32)),
    sa.Column("locale", sa.String(16)),
    sa.Column("tier", sa.String(16), nullable=False, comment="standard, silver, gold, vip"),
    sa.Column("blacklisted", sa.Boolean, nullable=False),
    sa.Column("note", sa.String(500), nullable=False, server_default=""),
    sa.Column("address", Json, comment="where his orders go unless told"),
    sa.Column("created_at", UtcTime, nullable=False),
)

sa.Index("ix_customer_email", customer.c.email)
sa.Index("ix_customer_name", customer.c.name)

contact = sa.Table(
    "contact",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("channel_account", sa.String(64), nullable=False),
    sa.Column("external_id", sa.String(128), nullable=False),
    sa.Column("display_name", sa.String(120), nullable=False, server_default=""),
    sa.Column("locale", sa.String(16)),
    sa.Column(
        "customer_id",
        sa.ForeignKey("customer.id"),
        comment="set only by a proof of the channel (signed user, bound account)",
    ),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.UniqueConstraint("channel_account", "external_id"),
)

payment_method = sa.Table(
    "payment_method",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True, comment="the shop's id"),
    sa.Column("customer_id", sa.ForeignKey("customer.id"), nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False, comment="gift_card, paypal, credit_card"),
    sa.Column("last_four", sa.String(4), comment="of a card"),
    sa.Column("balance", sa.Integer, comment="of a gift card, minor units"),
    sa.Column("currency", sa.String(3), comment="of the balance"),
)
