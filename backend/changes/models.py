"""Changes of orders, and the money they move. Amounts: minor units."""

from __future__ import annotations

import sqlalchemy as sa

from backend.kit.schema import Json, UtcTime, metadata

order_change = sa.Table(
    "order_change",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("key", sa.String(128), nullable=False, unique=True, comment="the same wish once"),
    sa.Column("ticket_id", sa.ForeignKey("ticket.id"), unique=True),
    sa.Column("order_id", sa.ForeignKey("order.id"), index=True, comment="none: of his profile"),
    sa.Column("customer_id", sa.ForeignKey("customer.id"), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False, comment="cancel, address, items …"),
    sa.Column("state", sa.String(24), nullable=False),
    sa.Column("wish", Json, nullable=False, comment="what was asked for, to be quoted again"),
    sa.Column("difference", sa.Integer, nullable=False, comment="he pays; below 0 he gets"),
    sa.Column("currency", sa.String(3)),
    sa.Column("requested_by_kind", sa.String(16), nullable=False),
    sa.Column("requested_by_id", sa.String(64), nullable=False),
    sa.Column("requested_at", UtcTime, nullable=False),
    sa.Column("finished_at", UtcTime),
)

change_transfer = sa.Table(
    "change_transfer",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True, comment="the idempotency key"),
    sa.Column("change_id", sa.ForeignKey("order_change.id"), nullable=False, index=True),
    sa.Column("place", sa.Integer, nullable=False, comment="within its change, from 1"),
    sa.Column("method_id", sa.String(64), comment="a saved method; none: as he paid"),
    sa.Column("payment_id", sa.ForeignKey("payment.id"), comment="what it gives back of"),
    sa.Column("amount", sa.Integer, nullable=False, comment="he pays; below 0 he gets"),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("state", sa.String(12), nullable=False, comment="planned, due, settled, dropped"),
    sa.Column("settled_at", UtcTime),
)
sa.Index("ix_change_transfer_state", change_transfer.c.state, change_transfer.c.id)
