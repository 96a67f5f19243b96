"""A small shop whose orders may be changed, and a customer of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backend.catalog.schemas import ProductIn
from backend.catalog.service import upsert_products
from backend.changes import service as changes
from backend.changes.policy import ChangePolicy
from backend.customers import profile
from backend.customers import service as customers
from backend.kit.actor import SYSTEM, Actor, Role
from backend.kit.db import Tx
from backend.kit.money import Money
from backend.orders import repository as order_rows
from backend.orders.entities import Order
from backend.orders.rules import number_key
from backend.orders.saving import put_order
from backend.orders.schemas import OrderIn
from backend.rules.service import ensure_defaults
from backend.tickets import service as tickets

ZONE = "Asia/Shanghai"
SUE = Actor("account", "account-sue", "Sue", Role.SUPERVISOR)
POLICY = ChangePolicy.model_validate(
    {
        "identity": ["email", "name_postal_code"],
        "one_request": True,
        "changes": {
            "cancel": {"statuses": ["paid"], "reasons": {"by_mistake": {"en": "By mistake"}}},
            "address": {"statuses": ["paid"]},
            "payment": {"statuses": ["paid"]},
            "items": {"statuses": ["paid"], "final": True},
            "return": {
                "statuses": ["delivered"],
                "refund_to": ["original", "gift_card"],
                "within_days": 30,
            },
            "exchange": {"statuses": ["delivered"]},
            "default_address": {},
        },
    }
)
HOME = {
    "line1": "1 Pier Road",
    "line2": "",
    "city": "Dalian",
    "region": "Liaoning",
    "postal_code": "116001",
    "country": "CN",
}


def by_person(kind: str) -> ChangePolicy:
    """The policy, but a person decides on this kind."""
    told = POLICY.model_dump(by_alias=True)
    told["changes"][kind]["decided_by"] = "person"
    return ChangePolicy.model_validate(told)


@dataclass(frozen=True, slots=True)
class Shop:
    """The customer's contact, in the house."""

    contact_id: str
    customer_id: str

    @property
    def actor(self) -> Actor:
        return Actor("customer", self.contact_id, "Lin")


def build(tx: Tx) -> Shop:
    """Products in variants, one customer known to be himself, an unsent and a delivered order."""
    ensure_defaults(tx)
    upsert_products(tx, SYSTEM, [_coat(), _cap()])
    for number, status in (("C-1", "paid"), ("C-2", "delivered"), ("C-3", "shipped")):
        put_order(tx, SYSTEM, OrderIn.model_validate(order_document(tx, number, status)))
    put_order(tx, SYSTEM, OrderIn.model_validate(_strangers(tx)))
    contact = customers.lock_contact(tx, "web", "lin", "Lin", None)
    bound = customers.bind_locked(tx, contact, "K1")
    return Shop(bound.id, bound.customer_id or "")


def order_document(tx: Tx, number: str, status: str, **more: Any) -> dict[str, Any]:
    """Two coats and a cap, ¥250.00, paid by card."""
    placed = tx.now.replace(microsecond=0).isoformat()
    document = {
        "number": number,
        "customer": {
            "external_id": "K1",
            "name": "Lin Xiao",
            "email": "lin@example.com",
            "address": HOME,
            "payment_methods": [
                {"id": "card-1", "kind": "credit_card", "last_four": "1111"},
                {"id": "paypal-1", "kind": "paypal"},
                {"id": "gift-1", "kind": "gift_card", "balance_minor": 4000, "currency": "CNY"},
            ],
        },
        "business": "fashion",
        "status": status,
        "currency": "CNY",
        "country": "CN",
        "cross_border": False,
        "address": HOME,
        "items": [
            {"sku": "COAT-RED", "quantity": 2, "unit_price_minor": 10_000},
            {"sku": "CAP-S", "quantity": 1, "unit_price_minor": 5_000},
        ],
        "payments": [
            {
                "provider": "demo",
                "ref": f"pay-{number}",
                "method": "card",
                "method_id": "card-1",
                "amount_minor": 25_000,
                "paid_at": placed,
            }
        ],
        "placed_at": placed,
    }
    if status == "delivered":
        document["delivered_at"] = placed
    return document | more


def order_of(tx: Tx, number: str) -> Order:
    found = order_rows.order_by_key(tx, number_key(number))
    assert found is not None
    return found


def ask(
    tx: Tx,
    shop: Shop,
    number: str,
    wish: changes.Wish,
    key: str = "k",
    *,
    policy: ChangePolicy = POLICY,
    expected: Money | None = None,
    actor: Actor | None = None,
) -> changes.Change:
    """Ask for a change as the customer (or as `actor`)."""
    request = changes.ChangeRequest(
        order_of(tx, number).id, wish, key, expected, contact_id=shop.contact_id
    )
    return changes.request_change(tx, request, actor or shop.actor, policy, ZONE)


def item(tx: Tx, number: str, sku: str) -> str:
    """The id of an order's line."""
    return next(one.id for one in order_of(tx, number).items if one.sku == sku)


def balance(tx: Tx, shop: Shop) -> int:
    """What is on his gift card."""
    methods = profile.methods_of(tx, shop.customer_id)
    return next(one.balance or 0 for one in methods if one.id == "gift-1")


def ticket_number(tx: Tx, change: changes.Change) -> str:
    """The number of a change's ticket."""
    assert change.ticket_id is not None
    return tickets.get_ticket(tx, change.ticket_id).number


def _coat() -> ProductIn:
    prices = {"RED": 10_000, "BLUE": 12_000, "GREY": 7_000, "GOLD": 90_000, "PINK": 10_000}
    return ProductIn.model_validate(
        {
            "id": "COAT",
            "business": "fashion",
            "category": "coats",
            "titles": {"en": "Coat"},
            "variants": [
                {
                    "sku": f"COAT-{name}",
                    "options": {"colour": name.lower()},
                    "prices_minor": {"CNY": price},
                    "available": name != "PINK",
                }
                for name, price in prices.items()
            ],
        }
    )


def _cap() -> ProductIn:
    return ProductIn.model_validate(
        {
            "id": "CAP",
            "business": "fashion",
            "category": "caps",
            "titles": {"en": "Cap"},
            "variants": [
                {"sku": f"CAP-{size}", "options": {"size": size}, "prices_minor": {"CNY": 5_000}}
                for size in ("S", "M")
            ],
        }
    )


def _strangers(tx: Tx) -> dict[str, Any]:
    document = order_document(tx, "D-1", "paid")
    document["customer"] = {
        "external_id": "K2",
        "name": "Somebody Else",
        "payment_methods": [{"id": "card-2", "kind": "credit_card", "last_four": "2222"}],
    }
    document["payments"][0]["method_id"] = "card-2"
    return document
