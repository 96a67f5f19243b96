"""Turns the public shop into files of our imports, and imports them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.catalog.importing import import_file as import_products
from backend.customers import service as customers
from backend.customers.schemas import CustomerIn
from backend.kit.actor import SYSTEM
from backend.kit.db import Database
from backend.orders.importing import import_file as import_orders
from bench.retail.data import cents

STATUS = {
    "pending": "paid",
    "processed": "shipped",
    "delivered": "delivered",
    "cancelled": "cancelled",
}
"""The data's word -> ours: its pending orders are paid and not yet sent."""
PLACED, DELIVERED = "2026-05-01T12:00:00+00:00", "2026-05-05T12:00:00+00:00"


async def load_shop(db: Database, shop: Mapping[str, Any], folder: Path) -> None:
    """Import products and orders, with their customers, by way of files in `folder`.

    Raises: ValueError if anything is refused.
    """
    people = [CustomerIn.model_validate(_customer(one)) for one in shop["users"].values()]
    await db.tx(customers.upsert_customers, SYSTEM, people)  # some never ordered anything
    products, orders = folder / "products.jsonl", folder / "orders.jsonl"
    _write(products, [_product(one) for one in shop["products"].values()])
    _write(orders, [_order(shop, one) for one in shop["orders"].values()])
    for report in (await import_products(db, products), await import_orders(db, orders)):
        if report.errors:
            raise ValueError(report.errors[:3])


def address_of(told: Mapping[str, str]) -> dict[str, str]:
    """The data's address as ours."""
    return {
        "line1": told["address1"],
        "line2": told["address2"],
        "city": told["city"],
        "region": told["state"],
        "postal_code": told["zip"],
        "country": told["country"].replace("USA", "US"),
    }


def _write(file: Path, rows: list[dict[str, Any]]) -> None:
    file.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")


def _product(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": one["product_id"],
        "business": "retail",
        "category": "retail",
        "titles": {"en": one["name"]},
        "variants": [
            {
                "sku": variant["item_id"],
                "options": variant["options"],
                "prices_minor": {"USD": cents(variant["price"])},
                "available": variant["available"],
            }
            for variant in one["variants"].values()
        ],
    }


def _customer(user: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "external_id": user["user_id"],
        "name": f"{user['name']['first_name']} {user['name']['last_name']}",
        "email": user["email"],
        "locale": "en",
        "address": address_of(user["address"]),
        "payment_methods": [_method(one) for one in user["payment_methods"].values()],
    }


def _method(one: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"id": one["id"], "kind": one["source"]}
    if one["source"] == "gift_card":
        return told | {"balance_minor": cents(one["balance"]), "currency": "USD"}
    return told | ({"last_four": one["last_four"]} if "last_four" in one else {})


def _order(shop: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, Any]:
    status = STATUS[one["status"]]
    paid = [each for each in one["payment_history"] if each["transaction_type"] == "payment"]
    methods = shop["users"][one["user_id"]]["payment_methods"]
    order = {
        "number": one["order_id"],
        "customer": _customer(shop["users"][one["user_id"]]),
        "business": "retail",
        "status": status,
        "currency": "USD",
        "country": "US",
        "cross_border": False,
        "address": address_of(one["address"]),
        "items": [
            {
                "sku": item["item_id"],
                "title": item["name"],
                "quantity": 1,
                "unit_price_minor": cents(item["price"]),
            }
            for item in one["items"]
        ],
        "payments": [
            {
                "provider": "shop",
                "ref": f"{one['order_id']}-{place}",
                "method": methods[each["payment_method_id"]]["source"],
                "method_id": each["payment_method_id"],
                "amount_minor": cents(each["amount"]),
                "paid_at": PLACED,
            }
            for place, each in enumerate(paid, 1)
        ],
        "placed_at": PLACED,
    }
    if status == "delivered":
        order["delivered_at"] = DELIVERED
    return order
