"""The only SQL on orders, products, grants and failed verifications."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.customers.models import contact, customer
from backend.kit.db import Tx
from backend.orders.entities import DeliveryEvent, Order, OrderItem, Payment
from backend.orders.models import (
    delivery_event,
    failed_verification,
    order,
    order_grant,
    order_item,
    payment,
    product,
)

Row = Mapping[str, Any]
T = TypeVar("T")
MANY = 10_000
"""Parameters of one statement: both databases refuse more than about 32,000."""
_PARTS = ("items", "withdrawn", "payments", "events")
_ORDER_COLUMNS = [order.c[name] for name in Order.__dataclass_fields__ if name not in _PARTS]


@dataclass(frozen=True, slots=True)
class Product:
    """What items take from their product."""

    sku: str
    titles: Mapping[str, str]
    returnable: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """Enough of a stored order to see whether an import says anything new."""

    id: str
    number: str
    number_key: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What a second factor is compared with."""

    order_id: str
    email: str | None
    phone: str | None


# Reading


def load_orders(tx: Tx, where: sa.ColumnElement[bool], limit: int | None = None) -> list[Order]:
    """Whole orders, newest first."""
    query = sa.select(*_ORDER_COLUMNS).where(where)
    query = query.order_by(order.c.placed_at.desc(), order.c.id.desc()).limit(limit)
    rows = tx.conn.execute(query).all()
    ids = [row.id for row in rows]
    if not ids:
        return []
    items, payments, events = _items_of(tx, ids), _payments_of(tx, ids), _events_of(tx, ids)
    return [
        Order(
            **row._mapping,
            items=tuple(item for item in items[row.id] if item.quantity),
            withdrawn=tuple(item for item in items[row.id] if not item.quantity),
            payments=tuple(payments[row.id]),
            events=tuple(events[row.id]),
        )
        for row in rows
    ]


def orders_by_id(tx: Tx, ids: Sequence[str]) -> Mapping[str, Order]:
    return {one.id: one for one in load_orders(tx, order.c.id.in_(ids))}


def lock_order(tx: Tx, order_id: str) -> None:
    """Hold the order's row until the commit."""
    tx.conn.execute(sa.select(order.c.id).where(order.c.id == order_id).with_for_update())


def orders_of_customer(tx: Tx, customer_id: str, limit: int) -> Sequence[Order]:
    return load_orders(tx, order.c.customer_id == customer_id, limit)


def order_by_key(tx: Tx, key: str) -> Order | None:
    return next(iter(load_orders(tx, order.c.number_key == key)), None)


def stored_by_key(tx: Tx, keys: Sequence[str]) -> Mapping[str, Stored]:
    """The known ones of these orders, by normalised number; their rows are locked in order of id,
    so that two imports can't block each other."""
    columns = [order.c[name] for name in Stored.__dataclass_fields__]
    query = sa.select(*columns).where(order.c.number_key.in_(keys)).order_by(order.c.id)
    rows = tx.conn.execute(query.with_for_update())
    return {row.number_key: Stored(**row._mapping) for row in rows}


def products_by_sku(tx: Tx, skus: Iterable[str]) -> Mapping[str, Product]:
    found: dict[str, Product] = {}
    for some in _batches(sorted(set(skus))):
        query = sa.select(product.c.sku, product.c.titles, product.c.returnable)
        rows = tx.conn.execute(query.where(product.c.sku.in_(some)))
        found |= {row.sku: Product(**row._mapping) for row in rows}
    return found


def owners_of_payments(tx: Tx, refs: Iterable[str]) -> Mapping[tuple[str, str], str]:
    """(provider, reference) -> number of the order the payment is stored with."""
    found: dict[tuple[str, str], str] = {}
    for some in _batches(sorted(set(refs))):
        query = sa.select(payment.c.provider, payment.c.provider_ref, order.c.number_key)
        query = query.join(order).where(payment.c.provider_ref.in_(some))
        rows = tx.conn.execute(query)
        found |= {(row.provider, row.provider_ref): row.number_key for row in rows}
    return found


def _items_of(tx: Tx, ids: Sequence[str]) -> Mapping[str, list[OrderItem]]:
    query = (
        sa.select(order_item, product.c.aliases, product.c.image, product.c.category)
        .join(product, product.c.sku == order_item.c.sku, isouter=True)
        .where(order_item.c.order_id.in_(ids))
        .order_by(order_item.c.line)
    )
    return _by_order(
        tx, query, lambda row: OrderItem(**row | {"aliases": tuple(row["aliases"] or ())})
    )


def _payments_of(tx: Tx, ids: Sequence[str]) -> Mapping[str, list[Payment]]:
    query = sa.select(payment).where(payment.c.order_id.in_(ids))
    return _by_order(
        tx, query.order_by(payment.c.paid_at, payment.c.id), lambda row: Payment(**row)
    )


def _events_of(tx: Tx, ids: Sequence[str]) -> Mapping[str, list[DeliveryEvent]]:
    columns = [delivery_event.c[name] for name in ("order_id", "code", "at", "place")]
    query = sa.select(*columns).where(delivery_event.c.order_id.in_(ids))
    query = query.order_by(delivery_event.c.at, delivery_event.c.id)
    return _by_order(tx, query, lambda row: DeliveryEvent(**row))


def _by_order(
    tx: Tx, query: sa.Select[Any], make: Callable[[dict[str, Any]], T]
) -> Mapping[str, list[T]]:
    grouped: dict[str, list[T]] = defaultdict(list)
    for row in tx.conn.execute(query).mappings():
        values = dict(row)
        grouped[values.pop("order_id")].append(make(values))
    return grouped


# Writing


def insert_orders(tx: Tx, rows: Sequence[Row]) -> set[str]:
    """Add orders; returns the ids of those nobody else added meanwhile."""
    insert = postgresql.insert if tx.is_postgres else sqlite.insert
    statement = insert(order).on_conflict_do_nothing(index_elements=["number_key"])
    return set(tx.conn.execute(statement.returning(order.c.id), list(rows)).scalars())


def insert_parts(
    tx: Tx, items: Sequence[Row], payments: Sequence[Row], events: Sequence[Row]
) -> None:
    """Add rows of orders that are there."""
    for table, rows in ((order_item, items), (payment, payments), (delivery_event, events)):
        if rows:
            tx.conn.execute(sa.insert(table), list(rows))


def update_order(tx: Tx, order_id: str, values: Row) -> None:
    tx.conn.execute(sa.update(order).where(order.c.id == order_id).values(**values))


def update_item(tx: Tx, item_id: str, values: Row) -> None:
    tx.conn.execute(sa.update(order_item).where(order_item.c.id == item_id).values(**values))


def update_payment(tx: Tx, payment_id: str, values: Row) -> None:
    tx.conn.execute(sa.update(payment).where(payment.c.id == payment_id).values(**values))


def delete_events(tx: Tx, order_id: str) -> None:
    tx.conn.execute(sa.delete(delivery_event).where(delivery_event.c.order_id == order_id))


def upsert_products(tx: Tx, rows: Sequence[Row]) -> None:
    """Add products, or overwrite those with the same SKU."""
    insert = postgresql.insert if tx.is_postgres else sqlite.insert
    statement = insert(product)
    fresh = {column.name: statement.excluded[column.name] for column in product.c}
    tx.conn.execute(statement.on_conflict_do_update(index_elements=["sku"], set_=fresh), list(rows))


# Who may hear about which order


def orders_of_contact(tx: Tx, contact_id: str, limit: int) -> Sequence[Order]:
    return load_orders(tx, _belongs_to(contact_id), limit)


def order_of_contact(tx: Tx, contact_id: str, order_id: str) -> Order | None:
    found = load_orders(tx, sa.and_(order.c.id == order_id, _belongs_to(contact_id)))
    return next(iter(found), None)


def order_of_contact_by_key(tx: Tx, contact_id: str, key: str) -> Order | None:
    found = load_orders(tx, sa.and_(order.c.number_key == key, _belongs_to(contact_id)))
    return next(iter(found), None)


def _belongs_to(contact_id: str) -> sa.ColumnElement[bool]:
    owner = sa.select(contact.c.customer_id).where(contact.c.id == contact_id).scalar_subquery()
    granted = sa.select(order_grant.c.order_id).where(order_grant.c.contact_id == contact_id)
    return sa.or_(order.c.customer_id == owner, order.c.id.in_(granted))


def proof_of(tx: Tx, key: str) -> Proof | None:
    """What proves the order with this number: its own e-mail and phone, else its customer's."""
    query = sa.select(
        order.c.id.label("order_id"),
        sa.func.coalesce(order.c.email, customer.c.email).label("email"),
        sa.func.coalesce(order.c.phone, customer.c.phone).label("phone"),
    )
    row = tx.conn.execute(query.join(customer).where(order.c.number_key == key)).one_or_none()
    return None if row is None else Proof(**row._mapping)


def failures_of_contact(tx: Tx, contact_id: str, since: datetime) -> int:
    return _failures(tx, failed_verification.c.contact_id == contact_id, since)


def failures_of_number(tx: Tx, key: str, since: datetime) -> int:
    return _failures(tx, failed_verification.c.number_key == key, since)


def _failures(tx: Tx, where: sa.ColumnElement[bool], since: datetime) -> int:
    query = sa.select(sa.func.count()).where(where, failed_verification.c.at > since)
    return tx.conn.execute(query).scalar_one()


def insert_failure(tx: Tx, contact_id: str, key: str) -> None:
    values = {"contact_id": contact_id, "number_key": key, "at": tx.now}
    tx.conn.execute(sa.insert(failed_verification).values(**values))


def insert_grant(tx: Tx, contact_id: str, order_id: str) -> bool:
    """Whether the grant is new."""
    insert = postgresql.insert if tx.is_postgres else sqlite.insert
    values = {"contact_id": contact_id, "order_id": order_id, "granted_at": tx.now}
    statement = insert(order_grant).values(**values).on_conflict_do_nothing()
    return tx.conn.execute(statement.returning(order_grant.c.order_id)).first() is not None


def delete_grants(tx: Tx, order_id: str) -> None:
    tx.conn.execute(sa.delete(order_grant).where(order_grant.c.order_id == order_id))


def _batches(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[at : at + MANY] for at in range(0, len(values), MANY))
