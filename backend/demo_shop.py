"""The demo shop's own server: what a real shop does on its side, as its page /demo needs it.

It tells everybody everybody's orders and signs anybody's identity, so it exists in the demo only.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from babel.numbers import format_currency
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from backend.customers import service as customers
from backend.demo import seeds
from backend.house import House, house_of
from backend.kit.db import Tx
from backend.kit.errors import NotFound
from backend.kit.money import MINOR_DIGITS
from backend.orders import service as orders
from backend.orders.entities import Order
from backend.orders.rules import title_for
from backend.settings import DEMO_CHANNEL
from bot.channels.identity import sign_identity

SHOWN = 20
router = APIRouter(prefix="/demo", tags=["demo shop"])
CurrentHouse = Annotated[House, Depends(house_of)]
CustomerId = Annotated[str, Query(max_length=64, pattern="^[A-Za-z0-9]+$")]


class CastMember(BaseModel):
    """Somebody to sign in as, and what he is there to show."""

    customer_id: str
    name: str
    locale: str
    note: str


class Identity(BaseModel):
    """A signed proof of who the visitor is, for the chat's `POST /sessions`."""

    customer_id: str
    issued_at: int
    signature: str
    channel: str


class IdentityWanted(BaseModel):
    customer_id: str


class ShopOrder(BaseModel):
    """An order as the shop's own page shows it."""

    number: str
    placed_at: datetime
    title: str
    total_text: str
    status_text: str


@router.get("/customers", summary="Whom to sign in as")
async def list_customers(locale: str = "zh-CN") -> list[CastMember]:
    page = _page_locale(locale)
    people = [
        CastMember(
            customer_id=key,
            name=seeds("customers")[key]["name"],
            locale=seeds("customers")[key]["locale"],
            note=notes[page],
        )
        for key, notes in seeds("shop")["cast"].items()
    ]
    # Those of the page's language first.
    return sorted(people, key=lambda one: _page_locale(one.locale) != page)


@router.post("/identity", summary="Sign a visitor's identity")
async def sign(wanted: IdentityWanted, house: CurrentHouse) -> Identity:
    if wanted.customer_id not in seeds("customers"):
        raise NotFound("customer_not_found")
    account = house.channels.account(DEMO_CHANNEL)
    issued_at = int(house.clock.now().timestamp())
    secret = account.settings["identity_secret"]
    signature = sign_identity(secret, DEMO_CHANNEL, wanted.customer_id, issued_at)
    return Identity(
        customer_id=wanted.customer_id,
        issued_at=issued_at,
        signature=signature,
        channel=DEMO_CHANNEL,
    )


@router.get("/orders", summary="A customer's orders on the shop's page")
async def list_orders(
    customer_id: CustomerId, house: CurrentHouse, locale: str | None = None
) -> list[ShopOrder]:
    if customer_id not in seeds("customers"):
        raise NotFound("customer_not_found")
    found = await house.db.read(_orders_of, customer_id)
    page = _page_locale(locale or seeds("customers")[customer_id]["locale"])
    return [_shown(order, page) for order in found]


def _orders_of(tx: Tx, external_id: str) -> list[Order]:
    customer = customers.find_customer(tx, external_id)
    return list(orders.orders_of_customer(tx, customer.id, SHOWN)) if customer else []


def _shown(order: Order, page: str) -> ShopOrder:
    shop = seeds("shop")
    title = title_for(order.items[0].titles, page)
    if len(order.items) > 1:
        title = shop["more_items"][page].format(
            title=title, count=len(order.items), more=len(order.items) - 1
        )
    return ShopOrder(
        number=order.number,
        placed_at=order.placed_at,
        title=title,
        total_text=_money_text(order.total, order.currency, page),
        status_text=shop["statuses"][order.status][page],
    )


def _money_text(minor: int, currency: str, page: str) -> str:
    amount = Decimal(minor).scaleb(-MINOR_DIGITS[currency])
    return format_currency(amount, currency, locale=page.replace("-", "_"))


def _page_locale(locale: str) -> str:
    """The page is written in two languages; who reads neither gets English."""
    return "zh-CN" if locale.startswith("zh") else "en"
