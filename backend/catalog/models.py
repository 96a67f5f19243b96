"""The shop's articles, one row a SKU. Variants of one product share its `product_id`."""

from __future__ import annotations

import sqlalchemy as sa

from backend.kit.schema import Json, metadata

product = sa.Table(
    "product",
    metadata,
    sa.Column("sku", sa.String(64), primary_key=True),
    sa.Column("business", sa.String(32), nullable=False),
    sa.Column("category", sa.String(64), nullable=False),
    sa.Column("titles", Json, nullable=False, comment="locale -> title"),
    sa.Column("aliases", Json, nullable=False, comment="other words customers use"),
    sa.Column("image", sa.String(300)),
    sa.Column("returnable", sa.Boolean, nullable=False, comment="no-reason returns allowed"),
    sa.Column("product_id", sa.String(64), index=True, comment="whose variant it is, if any"),
    sa.Column("options", Json, comment="option -> value, in the shop's order"),
    sa.Column("prices", Json, comment="currency -> price of one in minor units"),
    sa.Column("available", sa.Boolean, nullable=False, server_default=sa.true()),
)
