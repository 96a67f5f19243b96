"""The only SQL on orders, products, grants and failed verifications."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.catalog.models import product
from backend.customers.models import contact, customer
from backend.kit.db import Tx
from backend.kit.sql import insert_into, rows, update_by_id, value
from backend.orders.entities import DeliveryEvent, Order, OrderItem, Payment
from backend.orders.models import (
    delivery_event,
    failed_verification,
    order,
    order_grant,
    order_item,
    payment,
)

Row = Mapping[str, Any]
T = TypeVar("T")
MANY = 10_000
"""Parameters of one statement: both databases refuse more than about 32,000."""
_OF_PRODUCT = ("aliases", "image", "category", "product_id", "options")
_PARTS = ("items", "withdrawn", "payments", "events")
_ORDER_COLUMNS = [order.c[name] for name in Order.__dataclass_fields__ if name not in _PARTS]
_ORDER_NAMES = [column.name for column in _ORDER_COLUMNS]
_ITEM_COLUMNS = [
    product.c[name] if name in _OF_PRODUCT else order_item.c[name]
    for name in OrderItem.__dataclass_fields__
]

# Built once: a turn reads orders.
_order_id: sa.BindParameter[str] = sa.bindparam("order_id")
_contact_id: sa.BindParameter[str] = sa.bindparam("contact_id")
_key: sa.BindParameter[str] = sa.bindparam("key")
_limit: sa.BindParameter[int] = sa.bindparam("limit")
_ids: sa.BindParameter[Sequence[str]] = sa.bindparam("ids", expanding=True)
_orders = sa.select(*_ORDER_COLUMNS).order_by(order.c.placed_at.desc(), order.c.id.desc())
_his = sa.or_(
    order.c.customer_id
    == sa.select(contact.c.customer_id).where(contact.c.id == _contact_id).scalar_subquery(),
    order.c.id.in_(
        sa.select(order_grant.c.order_id).where(order_grant.c.contact_id == _contact_id)
    ),
)
_BY_IDS = _orders.where(order.c.id.in_(_ids))
_BY_ID = _orders.where(order.c.id == _order_id)
_BY_ID_LOCKED = _BY_ID.with_for_update()
_BY_KEY = _orders.where(order.c.number_key == _key)
_OF_CUSTOMER = _orders.where(order.c.customer_id == sa.bindparam("customer_id")).limit(_limit)
_HIS = _orders.where(_his).limit(_limit)
_HIS_BY_ID = _BY_ID.where(_his)
_HIS_BY_KEY = _BY_KEY.where(_his)
_IS_HIS = sa.select(order.c.id).where(order.c.id == _order_id, _his)


def _parts(
    columns: Sequence[sa.ColumnElement[Any]],
    table: sa.FromClause,
    source: sa.FromClause,
    *by: sa.ColumnElement[Any],
) -> tuple[sa.Select[Any], sa.Select[Any]]:
    """A part's query for one order and for several."""
    query = sa.select(table.c.order_id, *columns).select_from(source).order_by(*by)
    return query.where(table.c.order_id == _order_id), query.where(table.c.order_id.in_(_ids))


_ITEMS = _parts(
    _ITEM_COLUMNS,
    order_item,
    order_item.outerjoin(product, product.c.sku == order_item.c.sku),
    order_item.c.line,
)
_PAYMENTS = _parts(
    [payment.c[name] for name in Payment.__dataclass_fields__],
    payment,
    payment,
    payment.c.paid_at,
    payment.c.id,
)
_EVENTS = _parts(
    [delivery_event.c[name] for name in DeliveryEvent.__dataclass_fields__],
    delivery_event,
    delivery_event,
    delivery_event.c.at,
    delivery_event.c.id,
)


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


def _load(tx: Tx, query: sa.Select[Any], values: Mapping[str, object]) -> list[Order]:
    """Whole orders, in the query's order."""
    found = [dict(zip(_ORDER_NAMES, each, strict=True)) for each in rows(tx, query, values)]
    return _with_parts(tx, found)


def _with_parts(tx: Tx, found: Sequence[dict[str, Any]]) -> list[Order]:
    ids = [each["id"] for each in found]
    if not ids:
        return []
    items = _of_orders(tx, _ITEMS, ids, _item)
    payments = _of_orders(tx, _PAYMENTS, ids, Payment)
    events = _of_orders(tx, _EVENTS, ids, DeliveryEvent)
    return [
        Order(
            **each,
            items=tuple(item for item in items[each["id"]] if item.quantity),
            withdrawn=tuple(item for item in items[each["id"]] if not item.quantity),
            payments=tuple(payments[each["id"]]),
            events=tuple(events[each["id"]]),
        )
        for each in found
    ]


def _of_orders(
    tx: Tx,
    queries: tuple[sa.Select[Any], sa.Select[Any]],
    ids: Sequence[str],
    make: Callable[..., T],
) -> Mapping[str, list[T]]:
    """A part of these orders, by order id."""
    one, several = queries
    found: Iterable[Sequence[Any]]
    if len(ids) == 1:
        found = rows(tx, one, {"order_id": ids[0]})
    else:
        found = tx.conn.execute(several, {"ids": ids})
    grouped: dict[str, list[T]] = defaultdict(list)
    for order_id, *values in found:
        grouped[order_id].append(make(*values))
    return grouped


def _item(*values: Any) -> OrderItem:
    item = OrderItem(*values)
    return replace(item, aliases=tuple(item.aliases or ()), options=item.options or {})


def orders_by_id(tx: Tx, ids: Sequence[str]) -> Mapping[str, Order]:
    found = [dict(each) for each in tx.conn.execute(_BY_IDS, {"ids": ids}).mappings()]
    return {one.id: one for one in _with_parts(tx, found)}


def order_by_id(tx: Tx, order_id: str, *, lock: bool = False) -> Order | None:
    """One order; `lock` holds its row until the commit."""
    found = _load(tx, _BY_ID_LOCKED if lock else _BY_ID, {"order_id": order_id})
    return next(iter(found), None)


def orders_of_customer(tx: Tx, customer_id: str, limit: int) -> Sequence[Order]:
    return _load(tx, _OF_CUSTOMER, {"customer_id": customer_id, "limit": limit})


def order_by_key(tx: Tx, key: str) -> Order | None:
    return next(iter(_load(tx, _BY_KEY, {"key": key})), None)


def stored_by_key(tx: Tx, keys: Sequence[str]) -> Mapping[str, Stored]:
    """The known ones of these orders, by normalised number; their rows are locked in order of id,
    so that two imports can't block each other."""
    columns = [order.c[name] for name in Stored.__dataclass_fields__]
    query = sa.select(*columns).where(order.c.number_key.in_(keys)).order_by(order.c.id)
    rows = tx.conn.execute(query.with_for_update())
    return {row.number_key: Stored(**row._mapping) for row in rows}


def owners_of_payments(tx: Tx, refs: Iterable[str]) -> Mapping[tuple[str, str], str]:
    """(provider, reference) -> number of the order the payment is stored with."""
    found: dict[tuple[str, str], str] = {}
    for some in _batches(sorted(set(refs))):
        query = sa.select(payment.c.provider, payment.c.provider_ref, order.c.number_key)
        query = query.join(order).where(payment.c.provider_ref.in_(some))
        rows = tx.conn.execute(query)
        found |= {(row.provider, row.provider_ref): row.number_key for row in rows}
    return found


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
    for table, parts in ((order_item, items), (payment, payments), (delivery_event, events)):
        if parts:
            tx.conn.execute(insert_into(table), list(parts))


def update_order(tx: Tx, order_id: str, values: Row) -> None:
    tx.conn.execute(update_by_id(order), {"row_id": order_id, **values})


def update_item(tx: Tx, item_id: str, values: Row) -> None:
    tx.conn.execute(update_by_id(order_item), {"row_id": item_id, **values})


def update_payment(tx: Tx, payment_id: str, values: Row) -> None:
    tx.conn.execute(update_by_id(payment), {"row_id": payment_id, **values})


def add_returned(tx: Tx, payment_id: str, amount: int) -> bool:
    """Whether the payment held that much."""
    statement = (
        sa.update(payment)
        .where(payment.c.id == payment_id, payment.c.amount - payment.c.returned >= amount)
        .values(returned=payment.c.returned + amount)
    )
    return tx.conn.execute(statement).rowcount == 1


def count_paid(tx: Tx, order_id: str) -> None:
    """Bring the order's sum of payments up to date."""
    held = sa.func.coalesce(sa.func.sum(payment.c.amount - payment.c.returned), 0)
    query = sa.select(held).where(payment.c.order_id == order_id).scalar_subquery()
    tx.conn.execute(sa.update(order).where(order.c.id == order_id).values(paid=query))


def next_line(tx: Tx, order_id: str) -> int:
    query = sa.select(sa.func.max(order_item.c.line)).where(order_item.c.order_id == order_id)
    return int(tx.conn.execute(query).scalar_one() or 0) + 1


def delete_events(tx: Tx, order_id: str) -> None:
    tx.conn.execute(sa.delete(delivery_event).where(delivery_event.c.order_id == order_id))


# Who may hear about which order


def orders_of_contact(tx: Tx, contact_id: str, limit: int) -> Sequence[Order]:
    return _load(tx, _HIS, {"contact_id": contact_id, "limit": limit})


def order_of_contact(tx: Tx, contact_id: str, order_id: str) -> Order | None:
    found = _load(tx, _HIS_BY_ID, {"contact_id": contact_id, "order_id": order_id})
    return next(iter(found), None)


def order_of_contact_by_key(tx: Tx, contact_id: str, key: str) -> Order | None:
    return next(iter(_load(tx, _HIS_BY_KEY, {"contact_id": contact_id, "key": key})), None)


def is_of_contact(tx: Tx, contact_id: str, order_id: str) -> bool:
    values = {"contact_id": contact_id, "order_id": order_id}
    return bool(rows(tx, _IS_HIS, values))


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
    values = {"contact_id": contact_id, "since": since}
    return int(value(tx, _FAILURES_OF_CONTACT, values))


def failures_of_number(tx: Tx, key: str, since: datetime) -> int:
    return int(value(tx, _FAILURES_OF_NUMBER, {"key": key, "since": since}))


_since: sa.BindParameter[datetime] = sa.bindparam("since", type_=failed_verification.c.at.type)
_FAILURES = sa.select(sa.func.count()).where(failed_verification.c.at > _since)
_FAILURES_OF_CONTACT = _FAILURES.where(failed_verification.c.contact_id == _contact_id)
_FAILURES_OF_NUMBER = _FAILURES.where(failed_verification.c.number_key == _key)


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
