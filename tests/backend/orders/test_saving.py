"""Orders go in, are brought up to date, and never lose what refunds stand on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend.audit import service as audit
from backend.catalog.schemas import ProductIn
from backend.catalog.service import upsert_products
from backend.customers import service as customers
from backend.kit.actor import SYSTEM, Actor, Role
from backend.kit.db import Database
from backend.kit.errors import FieldError, Forbidden, Invalid, NotFound
from backend.orders import service
from backend.orders.saving import Saved, put_order, save_orders
from tests.backend.orders.builders import CUP, KETTLE, ORDER, an_order, save, stored


async def test_an_order_is_stored_whole(database: Database) -> None:
    assert await save(database, an_order()) == [Saved("created")]
    order = await stored(database)
    assert (order.number, order.number_key, order.paid, order.total) == (
        "LL-10042",
        "LL10042",
        9000,
        9000,
    )
    assert [(item.line, item.sku, item.quantity, item.unit_price) for item in order.items] == [
        (1, "KETTLE", 1, 5900),
        (2, "CUP", 2, 1500),
    ]
    assert order.items[0].titles == {"zh-CN": "晨雾电热水壶", "en": "Morning Mist Kettle"}
    assert order.items[1].titles == {"und": "Cup"}
    assert order.items[1].returnable
    assert [payment.provider_ref for payment in order.payments] == ["pay-1"]
    assert [(event.code, event.place) for event in order.events] == [
        ("shipped", "杭州"),
        ("delivered", ""),
    ]
    assert order.delivered_at is not None
    assert order.delivered_at.isoformat() == "2026-05-17T07:30:00+00:00"


async def test_a_repeat_changes_nothing(database: Database) -> None:
    await save(database, an_order())
    before = await stored(database)
    assert await save(database, an_order()) == [Saved("unchanged")]
    assert await stored(database) == before
    assert len(await database.read(audit.history_of, "order:LL-10042")) == 1


async def test_an_update_changes_lines_in_place(database: Database) -> None:
    await save(database, an_order())
    before = await stored(database)
    fan = {**CUP, "sku": "FAN", "quantity": 1, "unit_price_minor": 3000}
    update = an_order(items=[fan, {**KETTLE, "titles": {"en": "Kettle, blue"}}], carrier="ZTO")
    assert await save(database, update) == [Saved("updated")]
    after = await stored(database)
    assert [(item.line, item.sku) for item in after.items] == [(1, "KETTLE"), (3, "FAN")]
    assert after.items[0].id == before.items[0].id
    assert after.items[0].titles == {"en": "Kettle, blue"}
    (withdrawn,) = after.withdrawn
    assert (withdrawn.id, withdrawn.sku, withdrawn.quantity) == (before.items[1].id, "CUP", 0)
    assert after.item(withdrawn.id) == withdrawn
    assert (after.id, after.carrier, after.total) == (before.id, "ZTO", 9000)


async def test_a_withdrawn_line_comes_back_as_itself(database: Database) -> None:
    await save(database, an_order())
    cup = (await stored(database)).items[1]
    alone: dict[str, Any] = {"items": [KETTLE], "discount_minor": 0, "shipping_fee_minor": 3100}
    await save(database, an_order(**alone))
    assert [item.sku for item in (await stored(database)).items] == ["KETTLE"]
    await save(database, an_order(carrier="back"))
    after = await stored(database)
    assert after.items[1] == cup
    assert after.withdrawn == ()


async def test_a_payment_may_be_added_but_not_lowered_or_left_out(database: Database) -> None:
    await save(database, an_order())
    (first,) = ORDER["payments"]
    lower = an_order(payments=[{**first, "amount_minor": 8000}], shipping_fee_minor=0)
    (refused,) = await save(database, lower)
    assert refused.outcome == "refused"
    assert refused.errors == (
        FieldError("payments", "demo pay-1 was CNY 90.00; it can't be lowered or left out"),
    )
    (refused,) = await save(database, an_order(payments=[{**first, "ref": "other"}]))
    assert refused.outcome == "refused"
    second = {**first, "ref": "pay-2", "amount_minor": 500}
    more = an_order(payments=[first, second], shipping_fee_minor=1500)
    assert await save(database, more) == [Saved("updated")]
    order = await stored(database)
    assert (order.paid, len(order.payments)) == (9500, 2)


async def test_the_currency_stays(database: Database) -> None:
    await save(database, an_order())
    (refused,) = await save(database, an_order(currency="USD"))
    assert [error.field for error in refused.errors] == ["currency"]


async def test_numbers_that_read_the_same_are_refused_not_merged(database: Database) -> None:
    await save(database, an_order())
    (refused,) = await save(database, an_order(number="LL1-0042"))
    assert "number" in [error.field for error in refused.errors]
    assert (await stored(database)).number == "LL-10042"


async def test_a_payment_belongs_to_one_order(database: Database) -> None:
    await save(database, an_order())
    mine = an_order().payments
    (refused,) = await save(database, an_order(number="LL-2", payments=mine))
    assert refused.errors == (FieldError("payments.0.ref", "belongs to another order"),)
    twins = [
        an_order(number="LL-3"),
        an_order(number="LL-4", payments=an_order(number="LL-3").payments),
    ]
    assert [saved.outcome for saved in await save(database, *twins)] == ["created", "refused"]


async def test_one_bad_order_keeps_no_other_back(database: Database) -> None:
    good, bad = an_order(number="A-1"), an_order(number="A-2", country="XX")
    assert [saved.outcome for saved in await save(database, bad, good)] == ["refused", "created"]


async def test_titles_and_returns_come_from_the_product(database: Database) -> None:
    product = {
        "sku": "MASK",
        "business": "beauty_food",
        "category": "skin care",
        "titles": {"zh-CN": "面膜", "en": "Mask"},
        "aliases": ["补水面膜"],
        "returnable": False,
    }
    products = [ProductIn.model_validate(product)]
    await database.tx(upsert_products, SYSTEM, products)
    await database.tx(upsert_products, SYSTEM, products)
    bare = {"sku": "MASK", "quantity": 1, "unit_price_minor": 9000}
    order = an_order(items=[bare], discount_minor=0, shipping_fee_minor=0)
    assert await save(database, order) == [Saved("created")]
    (item,) = (await stored(database)).items
    assert (item.titles["en"], item.aliases, item.returnable, item.category) == (
        "Mask",
        ("补水面膜",),
        False,
        "skin care",
    )
    unknown = an_order(number="B-1", items=[{**bare, "sku": "WHAT"}])
    (refused,) = await save(database, unknown)
    assert FieldError("items.0.title", "required: the SKU is not known") in refused.errors


async def test_the_same_orders_from_many_sides_are_stored_once(database: Database) -> None:
    orders = [an_order(number=f"N-{number}") for number in range(12)]
    results = await asyncio.gather(
        *(save(database, *(orders if side % 2 else reversed(orders))) for side in range(6))
    )
    outcomes = [saved.outcome for result in results for saved in result]
    assert outcomes.count("created") == 12
    assert outcomes.count("unchanged") == 60
    assert len((await stored(database, "N-3")).items) == 2


async def test_only_a_manager_may(database: Database) -> None:
    agent = Actor("api_key", "k", "agent's key", Role.SUPERVISOR)
    with pytest.raises(Forbidden):
        await database.tx(save_orders, agent, [an_order()])
    with pytest.raises(Forbidden):
        await database.tx(upsert_products, agent, [])
    manager = Actor("api_key", "k", "shop's key", Role.MANAGER)
    assert (await database.tx(put_order, manager, an_order())).outcome == "created"


async def test_put_says_which_field_is_wrong(database: Database) -> None:
    with pytest.raises(Invalid) as caught:
        await database.tx(put_order, SYSTEM, an_order(country="XX"))
    assert caught.value.errors == (FieldError("country", "not a country of ISO 3166"),)


async def test_the_log_tells_what_changed(database: Database) -> None:
    await save(database, an_order(status="shipped", delivered_at=None))
    await save(database, an_order(email="new@example.com"))
    _created, updated = await database.read(audit.history_of, "order:LL-10042")
    assert updated.data["fields"] == ["delivered_at", "email", "status"]
    assert updated.data["status"] == ["shipped", "delivered"]
    assert "new@example.com" not in str(updated.data)


async def test_an_order_that_goes_to_another_customer_takes_its_grants_back(
    database: Database,
) -> None:
    await save(database, an_order())
    visitor = await database.tx(customers.lock_contact, "web", "v1", "", None)
    order_id = await database.tx(service.grant_order, visitor.id, "LL-10042", "8001")
    other = {"external_id": "C2", "name": "周明", "phone": "13900139002"}
    await save(database, an_order(customer=other))
    with pytest.raises(NotFound):
        await database.read(service.order_of_contact, visitor.id, order_id)


async def test_an_order_is_loaded_under_its_lock(database: Database) -> None:
    await save(database, an_order())
    order = await stored(database)
    assert await database.tx(service.load_order, order.id, lock=True) == order
    with pytest.raises(NotFound):
        await database.tx(service.load_order, "nothing", lock=True)
