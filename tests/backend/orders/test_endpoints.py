"""Orders over REST."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from backend.accounts import service as accounts
from backend.kit.actor import SYSTEM, Role
from backend.kit.db import Database
from backend.orders import endpoints
from tests.backend.accounts.api import app_on, client_of
from tests.backend.orders.builders import raw_order, stored


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    _key, text = await database.tx(accounts.create_key, SYSTEM, "shop", Role.MANAGER)
    async with client_of(app_on(database)) as opened:
        opened.headers["Authorization"] = f"Bearer {text}"
        yield opened


async def test_put_creates_updates_and_repeats(
    client: httpx.AsyncClient, database: Database
) -> None:
    for order, outcome in (
        (raw_order(), "created"),
        (raw_order(), "unchanged"),
        (raw_order(carrier="ZTO"), "updated"),
    ):
        answer = await client.put("/orders/LL-10042", json=order)
        assert (answer.status_code, answer.json()) == (
            200,
            {"number": "LL-10042", "outcome": outcome},
        )
    assert (await stored(database)).carrier == "ZTO"


async def test_put_names_the_wrong_fields(client: httpx.AsyncClient) -> None:
    answer = await client.put("/orders/LL-10042", json=raw_order(country="XX"))
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "country", "reason": "not a country of ISO 3166"}]
    broken = raw_order(items=[{"sku": "X", "title": "X", "quantity": 0, "unit_price_minor": 1}])
    answer = await client.put("/orders/LL-10042", json=broken)
    assert [error["field"] for error in answer.json()["errors"]] == ["items.0.quantity"]
    answer = await client.put("/orders/LL-10043", json=raw_order())
    assert [error["field"] for error in answer.json()["errors"]] == ["number"]


async def test_import_takes_both_formats(client: httpx.AsyncClient) -> None:
    lines = "\n".join(json.dumps(raw_order(number=f"A-{n}")) for n in range(3)) + "\nnonsense"
    answer = await client.post(
        "/orders/import",
        content=lines.encode(),
        headers={"Content-Type": "application/x-ndjson; charset=utf-8"},
    )
    assert answer.status_code == 200
    report = answer.json()
    assert (report["created"], report["updated"], report["unchanged"]) == (3, 0, 0)
    assert [(error["line"], error["field"]) for error in report["errors"]] == [(4, "")]
    headers = {"Content-Type": "text/csv"}
    answer = await client.post("/orders/import", content=b"number,price\n1,2", headers=headers)
    assert answer.status_code == 422
    assert {"field": "price", "reason": "unknown column"} in answer.json()["errors"]
    of_old_excel = "订单号,数量\n1,2".encode("gbk")
    answer = await client.post("/orders/import", content=of_old_excel, headers=headers)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["encoding"]


async def test_a_number_with_slashes_has_an_address(client: httpx.AsyncClient) -> None:
    order = raw_order(number="SO/2026/0005")
    for address in ("SO/2026/0005", "SO%2F2026%2F0005"):
        answer = await client.put(f"/orders/{address}", json=order)
        assert answer.status_code == 200, answer.text


async def test_a_body_that_is_no_json_is_told_as_such(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.put("/orders/LL-10042", content=b'{"number": ', headers=headers)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["body"]


async def test_what_is_no_text_can_be_quoted(client: httpx.AsyncClient) -> None:
    """A lone surrogate, as JSON may spell one, must not keep the problem from being told."""
    body = json.dumps({**raw_order(), "\ud800": 1}).encode()
    headers = {"Content-Type": "application/json"}
    answer = await client.put("/orders/LL-10042", content=body, headers=headers)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"]


async def test_other_bodies_are_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/orders/import", json=[])
    assert answer.status_code == 415

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(endpoints.MAX_UPLOAD // 2**20 + 1):
            yield b" " * 2**20

    headers = {"Content-Type": "text/csv"}
    answer = await client.post("/orders/import", content=endless(), headers=headers)
    assert answer.status_code == 413


async def test_a_supervisors_key_may_not(client: httpx.AsyncClient, database: Database) -> None:
    _key, text = await database.tx(accounts.create_key, SYSTEM, "desk", Role.SUPERVISOR)
    client.headers["Authorization"] = f"Bearer {text}"
    assert (await client.put("/orders/LL-10042", json=raw_order())).status_code == 403
    headers = {"Content-Type": "text/csv"}
    assert (await client.post("/orders/import", content=b"", headers=headers)).status_code == 403
    client.headers.pop("Authorization")
    assert (await client.put("/orders/LL-10042", json=raw_order())).status_code == 401
