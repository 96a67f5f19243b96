"""Nobody hears of an order before it is shown to be his."""

from __future__ import annotations

import asyncio

import pytest

from backend.audit import service as audit
from backend.customers import service as customers
from backend.customers.repository import Contact
from backend.kit.clock import FixedClock
from backend.kit.db import Database
from backend.kit.errors import Forbidden, NotFound
from backend.orders import service
from tests.backend.orders.builders import an_order, save, stored

LIN, ZHOU = "C1", "C2"


@pytest.fixture
async def shop(database: Database) -> Database:
    """Three orders of Lin, one of Zhou with an e-mail and phone of its own."""
    zhou = {
        "external_id": ZHOU,
        "name": "周明",
        "email": "zhou@example.com",
        "phone": "13900139002",
    }
    await save(
        database,
        *(an_order(number=f"L-{day}", placed_at=f"2026-05-1{day}T00:00:00Z") for day in (1, 3, 2)),
        an_order(number="Z-1", customer=zhou, phone="+1 415 555 0199", email="gift@example.com"),
    )
    return database


async def visitor(database: Database, name: str = "v1", customer: str | None = None) -> Contact:
    contact = await database.tx(customers.lock_contact, "web", name, "", None)
    if customer is None:
        return contact
    return await database.tx(customers.bind_contact, contact.id, customer)


async def numbers(database: Database, contact: Contact, limit: int = 5) -> list[str]:
    found = await database.read(service.orders_of_contact, contact.id, limit)
    return [order.number for order in found]


async def test_a_stranger_sees_nothing(shop: Database) -> None:
    stranger = await visitor(shop)
    order = await stored(shop, "L-1")
    assert await numbers(shop, stranger) == []
    assert await shop.read(service.find_of_contact, stranger.id, "L-1") is None
    with pytest.raises(NotFound):
        await shop.read(service.order_of_contact, stranger.id, order.id)


async def test_an_unknown_contact_sees_nothing(shop: Database) -> None:
    assert await shop.read(service.orders_of_contact, "nobody", 5) == []


async def test_a_bound_contact_sees_its_customers_orders_newest_first(shop: Database) -> None:
    lin = await visitor(shop, customer=LIN)
    assert await numbers(shop, lin) == ["L-3", "L-2", "L-1"]
    assert await numbers(shop, lin, 2) == ["L-3", "L-2"]
    found = await shop.read(service.find_of_contact, lin.id, " l1 ")
    assert found is not None
    assert found.number == "L-1"
    assert await shop.read(service.find_of_contact, lin.id, "Z-1") is None
    with pytest.raises(NotFound):
        await shop.read(service.order_of_contact, lin.id, (await stored(shop, "Z-1")).id)


async def test_a_grant_opens_one_order_to_one_contact(shop: Database) -> None:
    stranger, other = await visitor(shop), await visitor(shop, "v2")
    order_id = await shop.tx(service.grant_order, stranger.id, "＃l-1", "8001")
    assert await numbers(shop, stranger) == ["L-1"]
    assert (await shop.read(service.order_of_contact, stranger.id, order_id)).number == "L-1"
    assert await numbers(shop, other) == []
    assert await shop.tx(service.grant_order, stranger.id, "L-1", "LINXIAO@example.com") == order_id
    entries = await shop.read(audit.history_of, "order:L-1")
    assert [entry.action for entry in entries] == ["order.created", "order.granted"]


@pytest.mark.parametrize("factor", ["0199", "+14155550199", "gift@example.com"])
async def test_the_orders_own_address_and_phone_prove_it(shop: Database, factor: str) -> None:
    stranger = await visitor(shop)
    assert await shop.read(service.check_second_factor, stranger.id, "Z-1", factor) is not None


@pytest.mark.parametrize(
    ("number", "factor"),
    [
        ("Z-1", "9002"),  # the customer's, but the order has one of its own
        ("Z-1", "zhou@example.com"),
        ("L-1", "0199"),
        ("L-1", ""),
        ("", ""),
        ("nothing", "8001"),
        ("x" * 5000, "y" * 5000),
        ("L-1' OR '1'='1", "8001"),
        ("\x00\ud800", "\x00\ud800"),
    ],
)
async def test_what_proves_nothing(shop: Database, number: str, factor: str) -> None:
    stranger = await visitor(shop)
    assert await shop.read(service.check_second_factor, stranger.id, number, factor) is None
    with pytest.raises(Forbidden):
        await shop.tx(service.grant_order, stranger.id, number, factor)
    await shop.tx(service.count_failed_verification, stranger.id, number)
    assert await shop.read(service.attempts_left, stranger.id) == 4


async def test_five_failures_shut_a_contact_out_for_a_day(
    shop: Database, clock: FixedClock
) -> None:
    stranger, other = await visitor(shop), await visitor(shop, "v2")
    assert await shop.read(service.attempts_left, stranger.id) == 5
    for number in range(6):
        await shop.tx(service.count_failed_verification, stranger.id, f"guess {number}")
    assert await shop.read(service.attempts_left, stranger.id) == 0
    assert await shop.read(service.check_second_factor, stranger.id, "L-1", "8001") is None
    with pytest.raises(Forbidden):
        await shop.tx(service.grant_order, stranger.id, "L-1", "8001")
    assert await shop.read(service.attempts_left, other.id) == 5
    clock.advance(hours=24, seconds=1)
    assert await shop.read(service.attempts_left, stranger.id) == 5
    assert await shop.read(service.check_second_factor, stranger.id, "L-1", "8001") is not None


async def test_ten_failures_at_a_number_shut_it_for_everybody(
    shop: Database, clock: FixedClock
) -> None:
    for name in range(10):
        guesser = await visitor(shop, f"guesser {name}")
        await shop.tx(service.count_failed_verification, guesser.id, "#l 1")
    late = await visitor(shop, "late")
    assert await shop.read(service.check_second_factor, late.id, "L-1", "8001") is None
    with pytest.raises(Forbidden):
        await shop.tx(service.grant_order, late.id, "L-1", "8001")
    assert await shop.read(service.check_second_factor, late.id, "L-2", "8001") is not None
    clock.advance(hours=24, seconds=1)
    assert await shop.read(service.check_second_factor, late.id, "L-1", "8001") is not None


async def test_failures_counted_at_once_are_all_counted(shop: Database) -> None:
    stranger = await visitor(shop)
    count = service.count_failed_verification
    await asyncio.gather(*(shop.tx(count, stranger.id, "L-1") for _ in range(5)))
    assert await shop.read(service.attempts_left, stranger.id) == 0
    entries = await shop.read(audit.history_of, f"contact:{stranger.id}")
    assert [entry.action for entry in entries] == ["order.verification_failed"] * 5
