"""Changes over REST: who may, what is refused and why, what comes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from backend import problems
from backend.accounts.web import current_actor
from backend.changes import endpoints, repository
from backend.changes.service import Cancel, Return, Wanted
from backend.kit.actor import Actor, Role
from backend.kit.db import Database, Tx
from backend.pipeline.change_ports import ChangeRules
from tests.backend.changes.support import (
    POLICY,
    SUE,
    ZONE,
    Shop,
    ask,
    balance,
    build,
    by_person,
    item,
    order_of,
    ticket_number,
)

AGENT = Actor("account", "account-ai", "Ai", Role.AGENT)
MIA = Actor("account", "account-mia", "Mia", Role.MANAGER)
KEY = Actor("api_key", "key-1", "ERP", Role.ADMIN)
WEAK_KEY = Actor("api_key", "key-2", "Reports", Role.AGENT)


@dataclass(frozen=True, slots=True)
class Turns:
    changes: ChangeRules


@dataclass(frozen=True, slots=True)
class House:
    db: Database
    turns: Turns


class Api:
    """The router on a database; without `who` nobody is signed in."""

    def __init__(self, database: Database) -> None:
        self.db = database
        self.app = FastAPI()
        problems.install(self.app)
        self.app.include_router(endpoints.router, prefix="/api/v1")
        self.app.state.house = House(database, Turns(ChangeRules(by_person("cancel"), ZONE)))
        transport = httpx.ASGITransport(self.app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://shop/api/v1/changes")

    async def call(
        self, method: str, path: str, status: int, who: Actor | None = SUE, body: Any = None
    ) -> Any:
        self.app.dependency_overrides = {current_actor: lambda: who} if who else {}
        answer = await self.client.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def get(self, path: str, status: int = 200, who: Actor | None = SUE) -> Any:
        return await self.call("GET", path, status, who)

    async def post(
        self, path: str, body: Any = None, status: int = 200, who: Actor | None = SUE
    ) -> Any:
        return await self.call("POST", path, status, who, body)


@pytest.fixture
async def api(sqlite_database: Database) -> AsyncIterator[Api]:
    opened = Api(sqlite_database)
    async with opened.client:
        yield opened


def _waiting(tx: Tx) -> str:
    """The ticket of an order to be cancelled when a person agrees."""
    change = ask(tx, build(tx), "C-1", Cancel("by_mistake"), policy=by_person("cancel"))
    return ticket_number(tx, change)


def _coming_back(tx: Tx) -> str:
    """The ticket of a cap that is on its way back, for ¥50.00 on the gift card."""
    shop = build(tx)
    wish = Return((Wanted(item(tx, "C-2", "CAP-S")),), "gift-1")
    return ticket_number(tx, ask(tx, shop, "C-2", wish))


def _cancelled(tx: Tx) -> str:
    """The transfer that is due because an order was cancelled."""
    change = ask(tx, build(tx), "C-1", Cancel("by_mistake"), policy=POLICY)
    return repository.moves_of(tx, change.id)[0].id


CALLS: list[tuple[str, str, Any]] = [
    ("GET", "/transfers", None),
    ("POST", "/transfers/{transfer}/settle", {"ref": "bank-1"}),
    ("POST", "/{ticket}/approve", {"reason": "fine"}),
    ("POST", "/{ticket}/reject", {"reason": "no"}),
    ("POST", "/{ticket}/receive", None),
]
"""Every endpoint."""


def test_every_endpoint_is_tried() -> None:
    routes = [one for one in endpoints.router.routes if isinstance(one, APIRoute)]
    paths = {(method, route.path) for route in routes for method in route.methods or ()}
    named = {"transfer": "{transfer_id}", "ticket": "{ticket_number}"}
    assert paths == {(method, "/changes" + path.format(**named)) for method, path, _ in CALLS}


@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=[path for _, path, _ in CALLS])
async def test_only_supervisors_are_let_in(method: str, path: str, body: Any, api: Api) -> None:
    transfer, ticket = await api.db.tx(_targets_of, path)
    before = await api.db.read(_money)
    address = path.format(transfer=transfer, ticket=ticket)
    await api.call(method, address, 401, None, body)
    for who in (AGENT, WEAK_KEY):
        refused = await api.call(method, address, 403, who, body)
        assert refused["type"] == "urn:aftercare:role_too_low"
    if ticket:  # people decide, never keys
        await api.call(method, address, 403, KEY, body)
    assert await api.db.read(_money) == before


def _targets_of(tx: Tx, path: str) -> tuple[str, str]:
    if "{ticket}" not in path:
        return _cancelled(tx), ""
    return "", _coming_back(tx) if path.endswith("receive") else _waiting(tx)


def _money(tx: Tx) -> Any:
    return [order_of(tx, number).paid for number in ("C-1", "C-2")], repository.in_state(
        tx, "due", "", 100
    )


async def test_due_money_is_listed_and_settled_once(api: Api) -> None:
    transfer = await api.db.tx(_cancelled)
    page = await api.get("/transfers?limit=1", who=KEY)
    assert page["items"] == [
        {
            "id": transfer,
            "method_id": "card-1",
            "payment_id": page["items"][0]["payment_id"],
            "amount": {"minor": -25_000, "currency": "CNY", "text": "CNY -250.00"},
            "state": "due",
        }
    ]
    assert (await api.get(f"/transfers?after={transfer}"))["items"] == []
    for _ in range(2):  # told again it changes nothing
        settled = await api.post(f"/transfers/{transfer}/settle", {"ref": "bank-1"}, who=KEY)
        assert settled["state"] == "settled"
    assert (await api.get("/transfers"))["items"] == []


async def test_a_change_is_agreed_to_once(api: Api) -> None:
    number = await api.db.tx(_waiting)
    done = await api.post(f"/{number}/approve", {"reason": "a slip"}, who=MIA)
    assert (done["kind"], done["state"]) == ("cancel", "applied")
    assert done["difference"]["minor"] == -25_000
    assert (await api.db.read(order_of, "C-1")).status == "cancelled"
    for again in ("approve", "reject"):
        await api.post(f"/{number}/{again}", {"reason": "again"}, 409)


async def test_a_change_is_turned_down(api: Api) -> None:
    number = await api.db.tx(_waiting)
    done = await api.post(f"/{number}/reject", {"reason": "packed", "note": "It left."})
    assert done["state"] == "rejected"
    assert (await api.db.read(order_of, "C-1")).status == "paid"
    assert (await api.get("/transfers"))["items"] == []


async def test_goods_that_arrived_move_the_money_once(api: Api) -> None:
    number = await api.db.tx(_coming_back)
    assert (await api.post(f"/{number}/receive"))["state"] == "fulfilled"
    await api.post(f"/{number}/receive", status=409)
    assert (await api.db.read(order_of, "C-2")).paid == 20_000
    assert await api.db.read(_on_card) == 9_000
    # The shop's system hears of what moved on gift cards, or its next import would undo it.
    assert (await api.get("/transfers"))["items"] == []
    (moved,) = (await api.get("/transfers?state=settled"))["items"]
    assert (moved["method_id"], moved["amount"]["minor"]) == ("gift-1", -5_000)


def _on_card(tx: Tx) -> int:
    return balance(tx, Shop("", order_of(tx, "C-2").customer_id))


WRONG: list[tuple[str, str, Any, int, str]] = [
    ("GET", "/transfers?limit=0", None, 422, "limit"),
    ("GET", "/transfers?limit=100000", None, 422, "limit"),
    ("GET", f"/transfers?after={'x' * 33}", None, 422, "after"),
    ("GET", "/transfers?state=planned", None, 422, "state"),
    ("POST", "/transfers/nothing/settle", {"ref": "x"}, 404, ""),
    ("POST", "/transfers/nothing/settle", {"ref": ""}, 422, "ref"),
    ("POST", "/transfers/nothing/settle", {"ref": "x" * 129}, 422, "ref"),
    ("POST", "/transfers/nothing/settle", {"ref": "x", "sum": 1}, 422, "sum"),
    ("POST", "/AS1/approve", {"reason": "x"}, 404, ""),
    ("POST", "/{ticket}/approve", {}, 422, "reason"),
    ("POST", "/{ticket}/approve", {"reason": "  "}, 422, "reason"),
    ("POST", "/{ticket}/approve", {"reason": "x" * 501}, 422, "reason"),
    ("POST", "/AS1/reject", {"reason": "x"}, 404, ""),
    ("POST", "/{ticket}/reject", {"reason": "x", "note": "x" * 501}, 422, "note"),
    ("POST", "/{ticket}/reject", {"reason": "x", "why": "x"}, 422, "why"),
    ("POST", "/AS1/receive", None, 404, ""),
    ("POST", "/{ticket}/receive", None, 409, ""),
]


async def test_what_is_wrong_is_named(api: Api) -> None:
    ticket = await api.db.tx(_waiting)
    for method, path, body, status, field in WRONG:
        told = await api.call(method, path.format(ticket=ticket), status, SUE, body)
        fields = [one["field"].rpartition(".")[2] for one in told["errors"]]
        assert fields == ([field] if field else []), (path, body, told)


async def test_nobody_agrees_to_his_own_wish(api: Api) -> None:
    def asked_by_sue(tx: Tx) -> str:
        shop = build(tx)
        change = ask(tx, shop, "C-1", Cancel("by_mistake"), policy=by_person("cancel"), actor=SUE)
        return ticket_number(tx, change)

    number = await api.db.tx(asked_by_sue)
    refused = await api.post(f"/{number}/approve", {"reason": "mine"}, 403)
    assert refused["type"] == "urn:aftercare:own_request"
