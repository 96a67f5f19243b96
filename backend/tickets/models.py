"""Tickets: promises with a clock, about units of an order's items. Amounts: minor units."""

from __future__ import annotations

import sqlalchemy as sa

from backend.kit.schema import UtcTime, metadata

ticket = sa.Table(
    "ticket",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("number", sa.String(32), nullable=False, unique=True, comment="AS20260520-1286"),
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("state", sa.String(24), nullable=False),
    sa.Column("order_id", sa.ForeignKey("order.id"), nullable=False, index=True),
    sa.Column("customer_id", sa.ForeignKey("customer.id"), index=True),
    sa.Column("contact_id", sa.ForeignKey("contact.id")),
    sa.Column("conversation_id", sa.ForeignKey("conversation.id"), index=True),
    sa.Column("reason", sa.String(32), nullable=False),
    sa.Column("comment", sa.String(2000), nullable=False),
    sa.Column("amount", sa.Integer, comment="what it is about, if money"),
    sa.Column("currency", sa.String(3)),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("closed_at", UtcTime, comment="when it reached its end"),
)
sa.Index("ix_ticket_state_created", ticket.c.state, ticket.c.created_at, ticket.c.id)
sa.Index("ix_ticket_created", ticket.c.created_at, ticket.c.id)
sa.Index("ix_ticket_contact_created", ticket.c.contact_id, ticket.c.created_at)

ticket_counter = sa.Table(
    "ticket_counter",
    metadata,
    sa.Column("day", sa.String(8), primary_key=True, comment="yyyymmdd where the shop is"),
    sa.Column("last", sa.Integer, nullable=False),
)

ticket_item = sa.Table(
    "ticket_item",
    metadata,
    sa.Column("ticket_id", sa.ForeignKey("ticket.id"), primary_key=True),
    sa.Column("order_item_id", sa.ForeignKey("order_item.id"), primary_key=True),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("amount", sa.Integer, comment="price less discount share of these units"),
)

claimed_unit = sa.Table(
    "claimed_unit",
    metadata,
    # The primary key is the last guard against two tickets for one unit: whatever a lock misses,
    # the second insert fails.
    sa.Column("order_item_id", sa.ForeignKey("order_item.id"), primary_key=True),
    sa.Column("unit", sa.Integer, primary_key=True, comment="0 … quantity − 1"),
    sa.Column("ticket_id", sa.ForeignKey("ticket.id"), nullable=False, index=True),
)

ticket_evidence = sa.Table(
    "ticket_evidence",
    metadata,
    sa.Column("ticket_id", sa.ForeignKey("ticket.id"), primary_key=True),
    sa.Column("attachment_id", sa.ForeignKey("attachment.id"), primary_key=True),
)
