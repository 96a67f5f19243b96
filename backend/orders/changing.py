"""Write what a change makes of an order. Whoever calls this holds the order's lock."""

from __future__ import annotations

from collections.abc import Mapping

from backend.catalog.service import Variant
from backend.kit.db import Tx
from backend.orders import repository
from backend.orders.entities import Order, OrderItem
from backend.orders.rules import BY_CHANGE


def set_status(tx: Tx, order: Order, status: str) -> None:
    """One of rules.STATUSES."""
    repository.update_order(tx, order.id, {"status": status, "updated_at": tx.now})


def set_address(tx: Tx, order: Order, address: Mapping[str, str]) -> None:
    """Where it goes."""
    repository.update_order(tx, order.id, {"ship_to": dict(address), "updated_at": tx.now})


def swap_units(tx: Tx, order: Order, item: OrderItem, units: int, to: Variant, price: int) -> None:
    """Make `units` of a line units of the article `to` at `price` (minor units). A line that keeps
    some stays, and a new one holds the others."""
    values = {
        "sku": to.sku,
        "titles": dict(to.titles),
        "unit_price": price,
        "returnable": to.returnable,
    }
    if units == item.quantity:
        repository.update_item(tx, item.id, values)
        return
    repository.update_item(tx, item.id, {"quantity": item.quantity - units})
    line = repository.next_line(tx, order.id)
    row = {"id": tx.ids.new(), "order_id": order.id, "line": line, "quantity": units}
    repository.insert_parts(tx, [{**row, **values}], (), ())


def add_payment(tx: Tx, order: Order, ref: str, method_id: str, kind: str, amount: int) -> None:
    """Put on record that he paid `amount` by a saved method. `ref` names it once for ever."""
    row = {
        "id": tx.ids.new(),
        "order_id": order.id,
        "provider": BY_CHANGE,
        "provider_ref": ref,
        "method": kind,
        "amount": amount,
        "paid_at": tx.now,
        "method_id": method_id,
    }
    repository.insert_parts(tx, (), [row], ())
    repository.count_paid(tx, order.id)


def give_back(tx: Tx, order: Order, payment_id: str, amount: int) -> None:
    """Put on record that `amount` of a payment went back. Raises: ValueError when it holds less."""
    if not repository.add_returned(tx, payment_id, amount):
        raise ValueError(f"payment {payment_id} does not hold {amount}")
    repository.count_paid(tx, order.id)
