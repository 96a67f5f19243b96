"""The demo shop is loaded once, whole, and its own server answers for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from backend import demo_shop, problems
from backend.accounts import service as accounts
from backend.accounts.logins import log_in
from backend.accounts.passwords import Passwords
from backend.audit import service as audit
from backend.customers import service as customers
from backend.demo import ACCOUNTS, PASSWORD, load_demo
from backend.house import House
from backend.kit.actor import SYSTEM
from backend.kit.clock import FixedClock
from backend.kit.db import Database
from backend.orders import repository
from backend.orders.rules import number_key
from backend.refunds import repository as refund_rows
from backend.refunds import service as refunds
from backend.refunds.cases import decide_approval
from bot.channels.identity import verify_identity
from tests.backend.orders.builders import stored


async def test_it_is_loaded_once(database: Database, clock: FixedClock) -> None:
    loaded = [await load_demo(database, clock)]
    before = await stored(database, "LL-10001")
    clock.advance(days=3)
    loaded.append(await load_demo(database, clock))
    assert loaded == [True, False]
    assert await stored(database, "LL-10001") == before
    assert len(await database.read(accounts.list_accounts, SYSTEM)) == 4
    assert await database.read(audit.verify_chain) is None


async def test_two_processes_load_it_once(database: Database, clock: FixedClock) -> None:
    results = await asyncio.gather(
        *(load_demo(database, clock) for _ in range(2)), return_exceptions=True
    )
    assert results.count(True) == 1
    assert len(await database.read(accounts.list_accounts, SYSTEM)) == 4


async def test_its_people_can_log_in(database: Database, clock: FixedClock) -> None:
    await load_demo(database, clock)
    people = await database.read(accounts.list_accounts, SYSTEM)
    assert {person.email: person.role for person in people} == ACCOUNTS
    account, _token = await log_in(database, Passwords(), people[0].email, PASSWORD, "127.0.0.1")
    assert account == people[0]


async def test_the_cast_plays_its_part(loaded: Database) -> None:
    for number, code in (
        ("LL-10001", None),
        ("LL-10006", None),
        ("LL-10016", "window_expired"),
        ("LL-10019", "order_cancelled"),
        ("LL-10020", None),
        ("LL-10027", "not_paid"),
        ("LL-10011", "nothing_left"),
    ):
        order = await stored(loaded, number)
        case = await loaded.read(refunds.load_case, order)
        refusal = await loaded.read(refunds.check_order, case)
        assert (refusal.code if refusal else None) == code, number


async def test_the_shipped_rules_decide_as_the_readme_says(loaded: Database) -> None:
    for number, photos, approval, note in (
        ("LL-10001", 0, "auto", ""),
        ("LL-10003", 1, "one", "middle_amount"),
        ("LL-10004", 0, "auto", ""),
        ("LL-10005", 0, "one", "middle_amount"),
        ("LL-10006", 0, "two", "cross_border"),
        ("LL-10007", 1, "auto", ""),
        ("LL-10008", 1, "one", "middle_amount"),
        ("LL-10009", 1, "two", "large_amount"),
        ("LL-10010", 1, "two", "frequent_refunds"),
        ("LL-10015", 1, "two", "blacklisted"),
        ("LL-10033", 1, "one", "middle_amount"),
    ):
        order = await stored(loaded, number)
        reason = "quality" if photos else "no_longer_wanted"
        case = await loaded.read(refunds.load_case, order)
        decision = await loaded.read(decide_approval, case, order.total, reason, True, photos)
        assert (decision.outputs.approval, decision.outputs.note) == (approval, note), number


async def test_histories_are_what_the_rules_will_see(loaded: Database, clock: FixedClock) -> None:
    since = clock.now().replace(month=2)
    for external_id, count in (("C1006", 3), ("C1007", 2), ("C1012", 1), ("C1001", 0)):
        customer = await loaded.read(customers.find_customer, external_id)
        assert customer is not None
        found = await loaded.read(refund_rows.count_of_customer, customer.id, since)
        assert found == count, external_id


@pytest.fixture
async def loaded(house: House) -> Database:
    await load_demo(house.db, house.clock)
    return house.db


@pytest.fixture
async def shop(house: House, loaded: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    problems.install(app)
    app.include_router(demo_shop.router)
    app.state.house = house
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        yield client


async def test_the_page_offers_the_cast_in_its_language(shop: httpx.AsyncClient) -> None:
    chinese = (await shop.get("/demo/customers", params={"locale": "zh-CN"})).json()
    english = (await shop.get("/demo/customers", params={"locale": "en"})).json()
    assert len(chinese) == len(english) == 20
    assert chinese[0] == {
        "customer_id": "C1001",
        "name": "林晓",
        "locale": "zh-CN",
        "note": "小额退款直接通过",
    }
    assert english[0]["name"] == "Emma Clarke"
    assert english[0]["note"].startswith("Cross-border")


async def test_the_shop_signs_what_the_chat_verifies(shop: httpx.AsyncClient, house: House) -> None:
    identity = (await shop.post("/demo/identity", json={"customer_id": "C1001"})).json()
    assert identity["channel"] == "web-demo"
    verify_identity(
        house.settings.signing_secret(),
        identity["channel"],
        identity["customer_id"],
        identity["issued_at"],
        identity["signature"],
        house.clock.now(),
    )
    unknown = await shop.post("/demo/identity", json={"customer_id": "C1001\nC1002"})
    assert unknown.status_code == 404


async def test_the_page_shows_a_customers_orders(shop: httpx.AsyncClient, loaded: Database) -> None:
    newest, older = (await shop.get("/demo/orders", params={"customer_id": "C1001"})).json()
    order = await loaded.read(repository.order_by_key, number_key("LL-10001"))
    assert order is not None
    assert newest["number"] == "LL-10001"
    assert newest["title"] == "晨雾电热水壶 1.5L"
    assert (newest["total_text"], newest["status_text"]) == ("¥59.00", "已签收")
    assert older["title"] == "松针修护面霜 50g 等 2 种"
    english = await shop.get("/demo/orders", params={"customer_id": "C1003", "locale": "de"})
    assert [one["total_text"] for one in english.json()] == ["$101.90", "$28.99", "$219.00"]
    assert (await shop.get("/demo/orders", params={"customer_id": "C9999"})).status_code == 404
    assert (await shop.get("/demo/orders", params={"customer_id": "\x00"})).status_code == 422
