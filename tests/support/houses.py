"""A whole house for tests: the real composition on an empty database, with a clock to move."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.app import create_app
from backend.house import House, open_house
from backend.kit.actor import SYSTEM
from backend.kit.clock import FixedClock
from backend.orders.importing import import_file
from backend.serve import accounts_of
from backend.settings import Settings
from bot.channels.identity import sign_identity

CHANNEL = "web-demo"
SECRET = "a test's secret"


def an_order(number: str, customer: str, now: datetime, **changes: Any) -> dict[str, Any]:
    """A delivered order of one kettle at ¥49.00, as the import takes it."""
    placed, delivered = now - timedelta(days=5), now - timedelta(days=2)
    order: dict[str, Any] = {
        "number": number,
        "customer": {"external_id": customer, "name": f"Name of {customer}"},
        "business": "appliances",
        "status": "delivered",
        "currency": "CNY",
        "country": "CN",
        "cross_border": False,
        "items": [
            {
                "sku": "KETTLE",
                "titles": {"en": "Kettle", "zh-CN": "水壶"},
                "quantity": 1,
                "unit_price_minor": 4900,
                "returnable": True,
            }
        ],
        "phone": "13800001234",
        "email": f"{customer.lower()}@example.com",
        "placed_at": placed.isoformat(),
        "delivered_at": delivered.isoformat(),
        "events": [{"code": "delivered", "at": delivered.isoformat(), "place": "Hangzhou"}],
    }
    order.update(changes)
    paid = sum(item["quantity"] * item["unit_price_minor"] for item in order["items"])
    paid += order.get("shipping_fee_minor", 0) - order.get("discount_minor", 0)
    order.setdefault(
        "payments",
        [
            {
                "provider": "demo",
                "ref": f"pay-{number}",
                "method": "alipay",
                "amount_minor": paid,
                "paid_at": placed.isoformat(),
            }
        ],
    )
    return order


async def add_orders(house: House, folder: Path, *orders: Mapping[str, Any]) -> None:
    """Import orders; a bad one fails the test."""
    file = folder / "orders.jsonl"
    file.write_text("\n".join(json.dumps(order) for order in orders), "utf-8")
    report = await import_file(house.db, file, None, SYSTEM)
    assert not report.errors, report.errors


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a demo house on the test's database."""
    return Settings(
        _env_file=None,
        data_dir=tmp_path,
        database_url=database_url,
        demo=True,
        secret=SECRET,
        shop_name="Test shop",
    )


@pytest.fixture
async def house(settings: Settings, clock: FixedClock) -> AsyncIterator[House]:
    """An open house; runs on both databases."""
    opened = open_house(settings, accounts_of(settings), clock=clock)
    await opened.prepare()
    yield opened
    await opened.close()


@cache
def _application() -> FastAPI:
    async def opened() -> House:
        raise AssertionError("tests hand their house over")

    return create_app(opened, works=False)


def application(house: House) -> FastAPI:
    """The HTTP side of this house from now on. There is one for all tests, which come one after
    another: the framework's first request to a new application takes 60 ms."""
    app = _application()
    app.state.house = house
    return app


@pytest.fixture
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """The house's HTTP side, without a socket."""
    transport = httpx.ASGITransport(app=application(house))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


Hello = Callable[..., dict[str, Any]]


@pytest.fixture
def hello(clock: FixedClock) -> Hello:
    """What a client opens a session with: `hello("K1")` is signed, `hello()` anonymous."""

    def make(customer: str = "", *, locale: str = "en", **changes: Any) -> dict[str, Any]:
        asked: dict[str, Any] = {"channel": CHANNEL, "locale": locale}
        if customer:
            issued_at = int(clock.now().timestamp())
            asked["identity"] = {
                "customer_id": customer,
                "issued_at": issued_at,
                "signature": sign_identity(SECRET, CHANNEL, customer, issued_at),
            }
        return {**asked, **changes}

    return make
