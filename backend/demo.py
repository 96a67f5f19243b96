"""The demo shop, loaded once into an empty house: see seeds/demo/README.md."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from backend.accounts import service as accounts
from backend.accounts.passwords import Passwords
from backend.catalog.schemas import ProductIn
from backend.catalog.service import upsert_products
from backend.customers import service as customers
from backend.customers.schemas import CustomerIn
from backend.kit.actor import SYSTEM, Role
from backend.kit.clock import Clock
from backend.kit.db import Database, Tx
from backend.orders.saving import save_orders
from backend.orders.schemas import OrderIn
from backend.refunds import service as refunds

FOLDER = Path(__file__).resolve().parent / "seeds" / "demo"
# Told to everybody, and only the demo has these accounts.
PASSWORD = "lumo-and-leaf"  # noqa: S105
EURO = frozenset({"DE", "FR", "ES", "IT", "NL"})
_OPENING, _CLOSING = 9 * 60, 20 * 60  # minutes of the day in which the shop's parcels move


@cache
def seeds(name: str) -> Any:
    """The content of seeds/demo/<name>.yml."""
    return yaml.safe_load((FOLDER / f"{name}.yml").read_text("utf-8"))


ACCOUNTS: dict[str, str] = {mail: one["role"] for mail, one in seeds("shop")["accounts"].items()}
"""E-mail -> role of the people who work at the demo shop; their password is PASSWORD."""


@dataclass(frozen=True, slots=True)
class Product:
    """A line of products.yml, found by its SKU."""

    business: str
    category: str
    values: Mapping[str, Any]


async def load_demo(db: Database, clock: Clock) -> bool:
    """Load the shop, all or nothing; False when it is there already."""
    if await db.read(_is_loaded):
        return False
    hashed = await Passwords().hash(PASSWORD)
    return await db.tx(_load, clock.now(), hashed)


def _is_loaded(tx: Tx) -> bool:
    return customers.find_customer(tx, "C1001") is not None


def _load(tx: Tx, now: datetime, password_hash: str) -> bool:
    if _is_loaded(tx):
        return False
    upsert_products(tx, SYSTEM, demo_products())
    customers.upsert_customers(tx, SYSTEM, [demo_customer(key) for key in seeds("customers")])
    orders = demo_orders(now)
    for order, saved in zip(orders, save_orders(tx, SYSTEM, orders), strict=True):
        if saved.errors:
            raise ValueError(f"orders.yml: {order.number}: {saved.errors}")
    for past in seeds("past_refunds"):
        at = _moment(now, past["ago"], past["order"])
        refunds.record_past_refund(
            tx, past["order"], past["amount_minor"], at, reason=past["reason"]
        )
    for email, person in seeds("shop")["accounts"].items():
        accounts.create_account(
            tx, SYSTEM, email, person["name"], Role(person["role"]), password_hash, person["locale"]
        )
    return True


def catalogue() -> Mapping[str, Product]:
    """products.yml by SKU."""
    return {
        sku: Product(business, category, values)
        for business, categories in seeds("products").items()
        for category, products in categories.items()
        for sku, values in products.items()
    }


def demo_products() -> list[ProductIn]:
    """The catalogue as the shop would hand it in."""
    return [
        ProductIn(
            sku=sku,
            business=product.business,
            category=product.category,
            titles=product.values["titles"],
            aliases=product.values["aliases"],
            returnable=product.values.get("returnable", True),
        )
        for sku, product in catalogue().items()
    ]


def demo_customer(external_id: str) -> CustomerIn:
    """A line of customers.yml as the shop would hand it in."""
    told = {
        key: str(value) if key == "phone" else value
        for key, value in seeds("customers")[external_id].items()
        if key not in ("country", "city")
    }
    return CustomerIn.model_validate({"external_id": external_id, **told})


def demo_orders(now: datetime) -> list[OrderIn]:
    """orders.yml as the shop would hand it in now. Raises: ValueError naming the order."""
    return [_order(number, values, now) for number, values in seeds("orders").items()]


def _order(number: str, values: Mapping[str, Any], now: datetime) -> OrderIn:
    buyer = seeds("customers")[values["customer"]]
    products = {sku: catalogue()[sku] for sku in values["items"]}
    country, (business,) = buyer["country"], {product.business for product in products.values()}
    currency = "CNY" if country == "CN" else "EUR" if country in EURO else "USD"
    items = [
        {
            "sku": sku,
            "titles": products[sku].values["titles"],
            "quantity": quantity,
            "unit_price_minor": products[sku].values["price_minor"][currency],
        }
        for sku, quantity in values["items"].items()
    ]
    discount, shipping = values.get("discount_minor", 0), values.get("shipping_minor", 0)
    total = sum(item["quantity"] * item["unit_price_minor"] for item in items) - discount + shipping
    if total != values["total_minor"]:
        raise ValueError(f"orders.yml: {number} comes to {total}, not {values['total_minor']}")
    placed = _moment(now, values["placed"], number)
    delivered = _moment(now, values["delivered"], number) if "delivered" in values else None
    order = {
        "number": number,
        "customer": demo_customer(values["customer"]),
        "business": business,
        "status": values["status"],
        "currency": currency,
        "country": country,
        "cross_border": values.get("cross_border", country != "CN"),
        "items": items,
        "discount_minor": discount,
        "shipping_fee_minor": shipping,
        "payments": list(_payments(number, values, placed, total)),
        "placed_at": placed,
        "delivered_at": delivered,
    }
    if values["status"] in ("shipped", "delivered", "completed"):
        order |= _parcel(number, values, buyer, placed, delivered, now)
    return OrderIn.model_validate(order)


def _payments(
    number: str, values: Mapping[str, Any], placed: datetime, total: int
) -> Iterator[Mapping[str, Any]]:
    pay = values.get("pay", {})
    amounts = pay if isinstance(pay, dict) else {pay: total}
    for place, (method, amount) in enumerate(amounts.items(), 1):
        yield {
            "provider": "demo",
            "ref": f"demo-{number}-{place}",
            "method": method,
            "amount_minor": amount,
            "paid_at": placed + timedelta(minutes=2 * place),
        }


def _parcel(
    number: str,
    values: Mapping[str, Any],
    buyer: Mapping[str, Any],
    placed: datetime,
    delivered: datetime | None,
    now: datetime,
) -> Mapping[str, Any]:
    """Carrier, tracking number and events of a parcel that left the shop."""
    ways = seeds("shop")["domestic" if buyer["country"] == "CN" else "abroad"]
    carrier, mark = list(ways["carriers"].items())[_digits(number) % len(ways["carriers"])]
    end = delivered or now - timedelta(hours=4)
    shipped = placed + min(timedelta(hours=20), (end - placed) / 3)
    events = [
        ("shipped", shipped, ways["warehouse"]),
        ("in_transit", shipped + (end - shipped) / 2, ways["hub"]),
    ]
    if delivered is not None:
        events.append(("out_for_delivery", end - timedelta(hours=3), buyer["city"]))
        events.append(("delivered", end, buyer["city"]))
    elif "last" in values:
        place = ways["hub"] if values["last"] == "held_at_customs" else buyer["city"]
        events.append((values["last"], end, place))
    return {
        "carrier": carrier,
        "tracking_number": f"{mark}{_digits(number) * 7_654_321:012d}",
        "events": [{"code": code, "at": at, "place": place} for code, at, place in events],
    }


def _moment(now: datetime, age: str, number: str) -> datetime:
    """`5h`: five hours ago. `3d`: three days ago by the shop's calendar, at an hour of the order's
    own: whole days, so that windows of days end alike whatever the hour of loading."""
    count, unit = int(age[:-1]), age[-1]
    if unit == "h":
        return now - timedelta(hours=count)
    zone = ZoneInfo(seeds("shop")["timezone"])
    day = now.astimezone(zone).date() - timedelta(days=count)
    minute = _OPENING + _digits(number) * 37 % (_CLOSING - _OPENING)
    return datetime.combine(day, dt.time(minute // 60, minute % 60), zone)


def _digits(number: str) -> int:
    return int("".join(filter(str.isdigit, number)))
