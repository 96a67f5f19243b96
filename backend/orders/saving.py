"""Take orders in: add new ones, bring known ones up to date, say what is wrong with the others."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from backend.audit import service as audit
from backend.catalog import service as catalog
from backend.customers import service as customers
from backend.kit.actor import Actor, Role, require
from backend.kit.db import Tx
from backend.kit.errors import FieldError, Invalid
from backend.orders import repository
from backend.orders.checks import check_order, check_update, content_hash, pair_items
from backend.orders.entities import Order, OrderItem
from backend.orders.repository import Row
from backend.orders.rules import BY_CHANGE, number_key
from backend.orders.schemas import ItemIn, OrderIn

Outcome = Literal["created", "updated", "unchanged", "refused"]
UNTOLD_LOCALE = "und"
"""The locale of a title that came without one (BCP 47: undetermined)."""
_LOGGED = ("status", "discount", "shipping_fee", "paid", "delivered_at", "customer_id")
"""Columns an update's log entry tells with old and new value; of others it tells the name."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of an order; `errors` says why it was refused."""

    outcome: Outcome
    errors: tuple[FieldError, ...] = ()


def put_order(tx: Tx, actor: Actor, order: OrderIn) -> Saved:
    """Add or update one order. Raises: Forbidden below manager, Invalid with the faulty fields."""
    (saved,) = save_orders(tx, actor, [order])
    if saved.outcome == "refused":
        raise Invalid("bad_order", "the order is not correct", errors=saved.errors)
    return saved


def save_orders(tx: Tx, actor: Actor, orders: Sequence[OrderIn]) -> list[Saved]:
    """Add or update orders, at most some hundred; one that is refused keeps no other back.

    Returns what became of each, in their order. An order that says nothing new is left alone.
    Raises: Forbidden below manager; ValueError when one number comes twice.
    """
    require(actor, Role.MANAGER)
    by_key = {number_key(order.number): order for order in orders}
    if len(by_key) < len(orders):
        raise ValueError("each order once")
    done: dict[str, Saved] = {}
    # Again for orders that another import added between our look and our insert.
    while rest := {key: order for key, order in by_key.items() if key not in done}:
        done |= _Batch(tx, actor, rest).save()
    return [done[key] for key in by_key]


class _Batch:
    """Orders by key, and all the house knows that they refer to, read at once."""

    def __init__(self, tx: Tx, actor: Actor, orders: Mapping[str, OrderIn]) -> None:
        self.tx = tx
        self.actor = actor
        self.hashes = {key: content_hash(order) for key, order in orders.items()}
        stored = repository.stored_by_key(tx, list(orders))
        self.unchanged = [
            key for key, one in stored.items() if one.content_hash == self.hashes[key]
        ]
        self.orders = {key: one for key, one in orders.items() if key not in self.unchanged}
        ids = [stored[key].id for key in self.orders if key in stored]
        self.known = {one.number_key: one for one in repository.orders_by_id(tx, ids).values()}
        items = [item for order in self.orders.values() for item in order.items]
        self.products = catalog.titles_of(tx, {item.sku for item in items})
        self.payment_owners = self._payment_owners()

    def save(self) -> dict[str, Saved]:
        """What became of each; those another import was faster with are left out."""
        done = {key: Saved("unchanged") for key in self.unchanged}
        for key, order in self.orders.items():
            if errors := self._faults(key, order):
                done[key] = Saved("refused", tuple(errors))
        good = {key: order for key, order in self.orders.items() if key not in done}
        if not good:
            return done
        people = [order.customer for order in good.values()]
        owners = customers.upsert_customers(self.tx, self.actor, people)
        rows = {
            key: self._order_row(key, order, owners[order.customer.external_id].id)
            for key, order in good.items()
        }
        created = self._create({key: row for key, row in rows.items() if key not in self.known})
        notes = [self._update(self.known[key], rows[key]) for key in rows if key in self.known]
        notes += [_note("order.created", rows[key]) for key in created]
        audit.record_many(self.tx, self.actor, notes)
        done |= {key: Saved("created") for key in created}
        return done | {key: Saved("updated") for key in rows if key in self.known}

    def _payment_owners(self) -> Mapping[tuple[str, str], str]:
        told = {
            (payment.provider, payment.ref): key
            for key, order in reversed(self.orders.items())  # the first of two keeps it
            for payment in order.payments
        }
        stored = repository.owners_of_payments(self.tx, {ref for _provider, ref in told})
        return {**told, **stored}

    def _faults(self, key: str, order: OrderIn) -> list[FieldError]:
        errors = check_order(order, self.tx.now)
        if key in self.known:
            errors += check_update(self.known[key], order)
        for i, item in enumerate(order.items):
            if not (item.title or item.titles or item.sku in self.products):
                errors.append(FieldError(f"items.{i}.title", "required: the SKU is not known"))
        for i, payment in enumerate(order.payments):
            if self.payment_owners[payment.provider, payment.ref] != key:
                errors.append(FieldError(f"payments.{i}.ref", "belongs to another order"))
        return errors

    def _create(self, rows: Mapping[str, Row]) -> list[str]:
        """Insert orders with their parts; the keys of those nobody else added meanwhile."""
        if not rows:
            return []
        ordered = [rows[key] for key in sorted(rows)]
        inserted = repository.insert_orders(self.tx, ordered)
        created = [key for key, row in rows.items() if row["id"] in inserted]
        items: list[Row] = []
        payments: list[Row] = []
        events: list[Row] = []
        for key in created:
            order, order_id = self.orders[key], rows[key]["id"]
            items += [
                self._new_item(order_id, line, item) for line, item in enumerate(order.items, 1)
            ]
            payments += self._new_payments(order_id, order, ())
            events += _event_rows(order_id, order)
        repository.insert_parts(self.tx, items, payments, events)
        return created

    def _update(self, old: Order, row: Row) -> audit.Note:
        tx, order = self.tx, self.orders[old.number_key]
        values = {name: value for name, value in row.items() if name != "id"}
        repository.update_order(tx, old.id, values)
        if values["customer_id"] != old.customer_id:
            repository.delete_grants(tx, old.id)  # they proved what no longer holds
        known_payments = {(one.provider, one.provider_ref): one for one in old.payments}
        for payment in order.payments:
            known = known_payments.get((payment.provider, payment.ref))
            if known is not None and known.amount != payment.amount_minor:
                repository.update_payment(tx, known.id, {"amount": payment.amount_minor})
        repository.delete_events(tx, old.id)
        items = self._update_items(old, order)
        payments = self._new_payments(old.id, order, known_payments)
        repository.insert_parts(tx, items, payments, _event_rows(old.id, order))
        if any(one.returned or one.provider == BY_CHANGE for one in old.payments):
            repository.count_paid(tx, old.id)  # the shop's sum knows nothing of changes
        return _note("order.updated", row, old)

    def _update_items(self, old: Order, order: OrderIn) -> list[Row]:
        """Change stored lines in place, empty those taken out; returns the rows of new ones."""
        known = old.items + old.withdrawn
        last_line = max((item.line for item in known), default=0)
        new: list[Row] = []
        for item, told in pair_items(known, order.items):
            if told is None:
                if item is not None and item.quantity:
                    repository.update_item(self.tx, item.id, {"quantity": 0})
            elif item is None:
                new.append(self._new_item(old.id, last_line + len(new) + 1, told))
            elif changes := _differences(item, self._item_values(told)):
                repository.update_item(self.tx, item.id, changes)
        return new

    def _order_row(self, key: str, order: OrderIn, customer_id: str) -> Row:
        return {
            "id": self.tx.ids.new(),
            "number": order.number,
            "number_key": key,
            "customer_id": customer_id,
            "business": order.business,
            "status": order.status,
            "currency": order.currency,
            "country": order.country,
            "cross_border": order.cross_border,
            "discount": order.discount_minor,
            "shipping_fee": order.shipping_fee_minor,
            "paid": sum(payment.amount_minor for payment in order.payments),
            "email": order.email,
            "phone": order.phone,
            "carrier": order.carrier,
            "tracking_number": order.tracking_number,
            "placed_at": order.placed_at,
            "delivered_at": order.delivered_at,
            "ship_to": order.address.model_dump() if order.address else None,
            "content_hash": self.hashes[key],
            "updated_at": self.tx.now,
        }

    def _new_item(self, order_id: str, line: int, item: ItemIn) -> Row:
        values = self._item_values(item)
        return {"id": self.tx.ids.new(), "order_id": order_id, "line": line, **values}

    def _item_values(self, item: ItemIn) -> dict[str, Any]:
        product = self.products.get(item.sku)
        titles = item.titles or ({UNTOLD_LOCALE: item.title} if item.title else None)
        returnable = item.returnable
        if returnable is None:
            returnable = product.returnable if product else True
        return {
            "sku": item.sku,
            "titles": dict(titles or (product.titles if product else {})),
            "quantity": item.quantity,
            "unit_price": item.unit_price_minor,
            "returnable": returnable,
        }

    def _new_payments(
        self, order_id: str, order: OrderIn, known: Container[tuple[str, str]]
    ) -> list[Row]:
        return [
            {
                "id": self.tx.ids.new(),
                "order_id": order_id,
                "provider": payment.provider,
                "provider_ref": payment.ref,
                "method": payment.method,
                "amount": payment.amount_minor,
                "paid_at": payment.paid_at,
                "method_id": payment.method_id,
            }
            for payment in order.payments
            if (payment.provider, payment.ref) not in known
        ]


def _event_rows(order_id: str, order: OrderIn) -> list[Row]:
    return [
        {"order_id": order_id, "code": event.code, "at": event.at, "place": event.place}
        for event in order.events
    ]


def _differences(item: OrderItem, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if getattr(item, name) != value}


def _note(action: str, row: Row, old: Order | None = None) -> audit.Note:
    """A log nobody can erase from holds no addresses or numbers of people."""
    if old is None:
        data = {name: row[name] for name in _LOGGED}
    else:
        ignored = ("id", "content_hash", "updated_at")
        changed = [name for name in row if name not in ignored and getattr(old, name) != row[name]]
        data = {"fields": sorted(changed)}
        data |= {name: [getattr(old, name), row[name]] for name in _LOGGED if name in changed}
    return audit.Note(action, f"order:{row['number']}", {**data, "content": row["content_hash"]})
