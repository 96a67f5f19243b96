"""Carries a scenario's writes out by the product's services, as the customer's own wishes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.changes import service as changes
from backend.customers import service as customers
from backend.kit.actor import Actor
from backend.kit.db import Tx
from backend.orders import repository as order_rows
from backend.orders.entities import Order
from backend.orders.rules import number_key
from bench.retail.data import Write
from bench.retail.shop import address_of

TIMEZONE = "America/New_York"
REASONS = {
    "no longer needed": "no_longer_needed",
    "ordered by mistake": "ordered_by_mistake",
}


@dataclass(frozen=True, slots=True)
class Asker:
    """A customer's contact."""

    contact_id: str
    customer_id: str

    @property
    def actor(self) -> Actor:
        return Actor("customer", self.contact_id, "")


def asker(tx: Tx, user_id: str) -> Asker:
    """The user's contact, made and tied to him if it isn't there."""
    contact = customers.lock_contact(tx, "bench", user_id, "", None)
    bound = customers.bind_locked(tx, contact, user_id)
    return Asker(contact.id, bound.customer_id or "")


def order_of(tx: Tx, number: str) -> Order:
    """An order of the shop. Raises: LookupError."""
    found = order_rows.order_by_key(tx, number_key(number))
    if found is None:
        raise LookupError(number)
    return found


def carry_out(tx: Tx, who: Asker, write: Write, key: str, policy: changes.ChangePolicy) -> None:
    """Raises: DomainError where the product refuses."""
    if write.name == "modify_user_address":
        changes.change_default_address(
            tx,
            who.customer_id,
            address_of(write.told),
            key,
            who.actor,
            policy,
            contact_id=who.contact_id,
        )
        return
    order = order_of(tx, write.told["order_id"])
    request(tx, who, order, wish_of(order, write), key, policy)


def request(
    tx: Tx,
    who: Asker,
    order: Order,
    wish: changes.Wish,
    key: str,
    policy: changes.ChangePolicy,
    **more: Any,
) -> changes.Change:
    """Raises: DomainError where the product refuses."""
    asked = changes.ChangeRequest(order.id, wish, key, contact_id=who.contact_id, **more)
    return changes.request_change(tx, asked, who.actor, policy, TIMEZONE)


def wish_of(order: Order, write: Write) -> changes.Wish:
    """The write in the product's words."""
    told: Mapping[str, Any] = write.told
    method = told.get("payment_method_id", "")
    match write.name:
        case "cancel_pending_order":
            return changes.Cancel(REASONS.get(told["reason"], told["reason"]))
        case "modify_pending_order_address":
            return changes.ChangeAddress(address_of(told))
        case "modify_pending_order_payment":
            return changes.ChangePayment(method)
        case "return_delivered_order_items":
            lines = tuple(changes.Wanted(item) for item in _lines(order, told["item_ids"]))
            return changes.Return(lines, method)
        case name:
            old = _lines(order, told["item_ids"])
            swaps = tuple(
                changes.Swap(item, sku) for item, sku in zip(old, told["new_item_ids"], strict=True)
            )
            exchange = name == "exchange_delivered_order_items"
            return (changes.Exchange if exchange else changes.ChangeItems)(swaps, method)


def _lines(order: Order, skus: list[str]) -> list[str]:
    """The lines of these articles; one named twice is two lines."""
    left = [(item.sku, item.id) for item in order.items]
    found = []
    for sku in skus:
        match = next(one for one in left if one[0] == sku)
        left.remove(match)
        found.append(match[1])
    return found
