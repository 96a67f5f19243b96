"""The only SQL on products."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.catalog.models import product
from backend.kit.db import Tx

MANY = 10_000
"""Parameters of one statement: both databases refuse more than about 32,000."""


@dataclass(frozen=True, slots=True)
class Titles:
    """What items of orders take from their product."""

    sku: str
    titles: Mapping[str, str]
    returnable: bool


@dataclass(frozen=True, slots=True)
class Variant:
    """An article. `prices`: currency -> minor units; `options` in the shop's order."""

    sku: str
    product_id: str | None
    titles: Mapping[str, str]
    aliases: tuple[str, ...] = ()
    image: str | None = None
    returnable: bool = True
    options: Mapping[str, str] = field(default_factory=dict)
    prices: Mapping[str, int] = field(default_factory=dict)
    available: bool = True


_columns = [product.c[name] for name in Variant.__dataclass_fields__]


def titles_by_sku(tx: Tx, skus: Iterable[str]) -> Mapping[str, Titles]:
    found: dict[str, Titles] = {}
    for some in _batches(sorted(set(skus))):
        query = sa.select(product.c.sku, product.c.titles, product.c.returnable)
        rows = tx.conn.execute(query.where(product.c.sku.in_(some)))
        found |= {row.sku: Titles(**row._mapping) for row in rows}
    return found


def by_sku(tx: Tx, skus: Iterable[str]) -> Mapping[str, Variant]:
    found: dict[str, Variant] = {}
    for some in _batches(sorted(set(skus))):
        rows = tx.conn.execute(sa.select(*_columns).where(product.c.sku.in_(some)))
        found |= {row.sku: _variant(row) for row in rows}
    return found


def of_product(tx: Tx, product_id: str) -> Sequence[Variant]:
    """All variants of a product, by SKU."""
    query = sa.select(*_columns).where(product.c.product_id == product_id)
    return [_variant(row) for row in tx.conn.execute(query.order_by(product.c.sku))]


def raw_by_sku(tx: Tx, skus: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """Whole rows, to see what an import changes."""
    found: dict[str, Mapping[str, Any]] = {}
    for some in _batches(skus):
        rows = tx.conn.execute(sa.select(product).where(product.c.sku.in_(some)))
        found |= {row.sku: dict(row._mapping) for row in rows}
    return found


def upsert(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add articles, or overwrite those with the same SKU."""
    insert = postgresql.insert if tx.is_postgres else sqlite.insert
    statement = insert(product)
    fresh = {column.name: statement.excluded[column.name] for column in product.c}
    tx.conn.execute(statement.on_conflict_do_update(index_elements=["sku"], set_=fresh), list(rows))


def _variant(row: sa.Row[Any]) -> Variant:
    values = dict(row._mapping)
    values["aliases"] = tuple(values["aliases"] or ())
    return Variant(
        **{**values, "options": values["options"] or {}, "prices": values["prices"] or {}}
    )


def _batches(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[at : at + MANY] for at in range(0, len(values), MANY))
