"""Orders as a shop would hand them in, correct unless a test says otherwise."""

from __future__ import annotations

import copy
from typing import Any

from backend.kit.actor import SYSTEM
from backend.kit.db import Database
from backend.orders import repository
from backend.orders.entities import Order
from backend.orders.rules import number_key
from backend.orders.saving import Saved, save_orders
from backend.orders.schemas import OrderIn

KETTLE: dict[str, Any] = {
    "sku": "KETTLE",
    "titles": {"zh-CN": "晨雾电热水壶", "en": "Morning Mist Kettle"},
    "quantity": 1,
    "unit_price_minor": 5900,
    "returnable": True,
}
CUP: dict[str, Any] = {"sku": "CUP", "title": "Cup", "quantity": 2, "unit_price_minor": 1500}
ORDER: dict[str, Any] = {
    "number": "LL-10042",
    "customer": {
        "external_id": "C1",
        "name": "林晓",
        "email": "linxiao@example.com",
        "phone": "13800138001",
    },
    "business": "appliances",
    "status": "delivered",
    "currency": "CNY",
    "country": "CN",
    "cross_border": False,
    "items": [KETTLE, CUP],
    "discount_minor": 900,
    "shipping_fee_minor": 1000,
    "payments": [
        {
            "provider": "demo",
            "ref": "pay-1",
            "method": "wechat_pay",
            "amount_minor": 9000,
            "paid_at": "2026-05-12T10:01:00+08:00",
        }
    ],
    "placed_at": "2026-05-12T10:00:00+08:00",
    "delivered_at": "2026-05-17T15:30:00+08:00",
    "carrier": "SF Express",
    "tracking_number": "SF1000",
    "events": [
        {"code": "shipped", "at": "2026-05-13T09:00:00+08:00", "place": "杭州"},
        {"code": "delivered", "at": "2026-05-17T15:30:00+08:00"},
    ],
}


def raw_order(**changes: Any) -> dict[str, Any]:
    """The order as JSON; changing its number changes its payment's reference too."""
    order: dict[str, Any] = copy.deepcopy(ORDER)
    if "number" in changes:
        order["payments"][0]["ref"] = f"pay-{number_key(changes['number'])}"
    return order | changes


def an_order(**changes: Any) -> OrderIn:
    return OrderIn.model_validate(raw_order(**changes))


async def save(database: Database, *orders: OrderIn) -> list[Saved]:
    return await database.tx(save_orders, SYSTEM, orders)


async def stored(database: Database, number: str = "LL-10042") -> Order:
    found = await database.read(repository.order_by_key, number_key(number))
    assert found is not None
    return found
