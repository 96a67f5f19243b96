"""Orders as the shop imported them, and who was shown to own them. Amounts: minor units."""

from __future__ import annotations

import sqlalchemy as sa

from backend.kit.schema import BigId, Json, UtcTime, metadata

order = sa.Table(
    "order",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("number", sa.String(64), nullable=False, comment="as the shop writes it"),
    sa.Column("number_key", sa.String(64), nullable=False, unique=True, comment="normalised"),
    sa.Column("customer_id", sa.ForeignKey("customer.id"), nullable=False),
    sa.Column(
        "business", sa.String(32), nullable=False, comment="beauty_food, appliances, fashion"
    ),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("country", sa.String(2), nullable=False, comment="delivered to, ISO 3166"),
    sa.Column("cross_border", sa.Boolean, nullable=False),
    sa.Column("discount", sa.Integer, nullable=False, comment="off all items together, ≥ 0"),
    sa.Column("shipping_fee", sa.Integer, nullable=False),
    sa.Column("paid", sa.Integer, nullable=False, comment="sum of captured payments"),
    sa.Column("email", sa.String(254)),
    sa.Column("phone", sa.String(32)),
    sa.Column("carrier", sa.String(64), nullable=False, server_default=""),
    sa.Column("tracking_number", sa.String(64), nullable=False, server_default=""),
    sa.Column("placed_at", UtcTime, nullable=False),
    sa.Column("delivered_at", UtcTime),
    sa.Column("ship_to", Json, comment="where it goes: a postal address, if the shop told"),
    sa.Column("content_hash", sa.String(64), nullable=False, comment="a repeated import is seen"),
    sa.Column("updated_at", UtcTime, nullable=False),
)
sa.Index("ix_order_customer_placed", order.c.customer_id, order.c.placed_at)

order_item = sa.Table(
    "order_item",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("order_id", sa.ForeignKey("order.id"), nullable=False, index=True),
    sa.Column("line", sa.Integer, nullable=False, comment="its place in the order, from 1"),
    sa.Column("sku", sa.String(64), nullable=False),
    sa.Column("titles", Json, nullable=False),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("unit_price", sa.Integer, nullable=False, comment="before discount"),
    sa.Column("returnable", sa.Boolean, nullable=False),
    sa.UniqueConstraint("order_id", "line"),
)

payment = sa.Table(
    "payment",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("order_id", sa.ForeignKey("order.id"), nullable=False, index=True),
    sa.Column("provider", sa.String(32), nullable=False, comment="demo, stripe"),
    sa.Column("provider_ref", sa.String(128), nullable=False),
    sa.Column("method", sa.String(32), nullable=False, comment="wechat_pay, alipay, card, paypal"),
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("paid_at", UtcTime, nullable=False),
    sa.Column("method_id", sa.String(64), comment="the customer's saved method, if it was one"),
    sa.Column(
        "returned",
        sa.Integer,
        nullable=False,
        server_default="0",
        comment="given back by changes of the order; refunds count by themselves",
    ),
    sa.UniqueConstraint("provider", "provider_ref"),
)

delivery_event = sa.Table(
    "delivery_event",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("order_id", sa.ForeignKey("order.id"), nullable=False, index=True),
    sa.Column("code", sa.String(32), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("place", sa.String(120), nullable=False, server_default=""),
)

order_grant = sa.Table(
    "order_grant",
    metadata,
    sa.Column("contact_id", sa.ForeignKey("contact.id"), primary_key=True),
    sa.Column("order_id", sa.ForeignKey("order.id"), primary_key=True),
    sa.Column("granted_at", UtcTime, nullable=False),
)

failed_verification = sa.Table(
    "failed_verification",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("contact_id", sa.ForeignKey("contact.id"), nullable=False),
    sa.Column("number_key", sa.String(64), nullable=False, comment="what he typed, normalised"),
    sa.Column("at", UtcTime, nullable=False),
)
sa.Index("ix_failed_verification_contact", failed_verification.c.contact_id)
sa.Index(
    "ix_failed_verification_number", failed_verification.c.number_key, failed_verification.c.at
)
