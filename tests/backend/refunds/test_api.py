"""Refunds, tickets and decision tables over REST."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend import problems
from backend.accounts.web import current_actor
from backend.conversations import service as conversations
from backend.kit.actor import Actor
from backend.kit.clock import FixedClock
from backend.kit.db import Database, Tx
from backend.refunds import endpoints as refunds
from backend.refunds.repository import Refund
from backend.rules import endpoints as rules
from backend.rules import service as tables
from backend.tickets import endpoints as tickets
from tests.backend.refunds.support import (
    AGENT,
    KEY,
    MIA,
    SAM,
    SUE,
    ask,
    open_chat,
    order_document,
    prepare,
    put,
)

LARGE = 400_000


@dataclass(frozen=True, slots=True)
class House:
    db: Database


class Api:
    """The three routers on a database; `who` is the one who asks."""

    def __init__(self, database: Database) -> None:
        self.who = SUE
        app = FastAPI()
        problems.install(app)
        for router in (refunds.router, tickets.router, rules.router):
            app.include_router(router, prefix="/api/v1")
        app.dependency_overrides[current_actor] = lambda: self.who
        app.state.house = House(database)
        transport = httpx.ASGITransport(app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://shop/api/v1")

    async def get(self, path: str, status: int = 200, language: str = "en") -> Any:
        answer = await self.client.get(path, headers={"Accept-Language": language})
        assert answer.status_code == status, answer.text
        return answer.json()

    async def post(self, path: str, body: Any, status: int = 200, who: Actor | None = None) -> Any:
        self.who = who or self.who
        answer = await self.client.post(path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
async def api(database: Database) -> AsyncIterator[Api]:
    opened = Api(database)
    async with opened.client:
        yield opened


def waiting(
    tx: Tx, /, number: str = "T-1", reason: str = "no_longer_wanted", **changes: Any
) -> Refund:
    document = order_document(number, prices=((LARGE, 1),), **changes)
    return ask(tx, *prepare(tx, document), reason=reason)


async def test_the_queue_shows_what_a_person_needs(api: Api, database: Database) -> None:
    refund = await database.tx(waiting)
    page = await api.get("/refunds?status=awaiting_approval")
    assert (page["total"], page["next_cursor"]) == (1, None)
    [row] = page["items"]
    assert row["amount"] == {"minor": LARGE, "currency": "CNY", "text": "CNY 4000.00"}
    assert row | {"amount": 0, "requested_at": 0, "ticket_id": 0} == {
        "id": refund.id,
        "ticket_id": 0,
        "ticket_number": "AS20260520-1001",
        "order_number": "T-1",
        "customer_name": "Lin Xiao",
        "customer_tier": "standard",
        "amount": 0,
        "status": "awaiting_approval",
        "reason": "no_longer_wanted",
        "risk": ["large_amount"],
        "approvals_required": 2,
        "approvals": [],
        "requested_at": 0,
        "evidence_count": 0,
        "may_approve": True,
        "why_not": None,
    }
    for who, why in ((AGENT, "role_too_low"), (KEY, "people_only"), (MIA, None)):
        api.who = who
        [row] = (await api.get("/refunds"))["items"]
        assert (row["may_approve"], row["why_not"]) == (why is None, why)


async def test_two_people_approve(api: Api, database: Database) -> None:
    refund = await database.tx(waiting)
    path = f"/refunds/{refund.id}"
    detail = await api.post(f"{path}/approve", {"reason": "photo shows it"}, who=SUE)
    assert (detail["status"], detail["why_not"]) == ("awaiting_approval", "second_person_needed")
    assert [one["account_name"] for one in detail["approvals"]] == ["Sue"]
    problem = await api.post(f"{path}/approve", {"reason": "again"}, 409, who=SUE)
    assert problem["detail"] == "the second approval must come from a different person"
    await api.post(f"{path}/approve", {"reason": "me too"}, 403, who=SAM)
    detail = await api.post(f"{path}/approve", {"reason": "me too"}, who=MIA)
    assert (detail["status"], detail["why_not"]) == ("approved", "already_decided")
    problem = await api.post(f"{path}/reject", {"reason": "late"}, 409, who=SAM)
    assert problem["title"] == "already decided"


async def test_verdicts_are_refused_with_their_reason(api: Api, database: Database) -> None:
    refund = await database.tx(waiting)
    path = f"/refunds/{refund.id}"
    problem = await api.post(f"{path}/approve", {"reason": " "}, 422)
    assert problem["errors"] == [{"field": "reason", "reason": "must be given"}]
    await api.post(f"{path}/approve", {}, 422)
    await api.post(f"{path}/approve", {"reason": "x", "amount": 1}, 422)
    await api.post(f"{path}/approve", {"reason": "x"}, 403, who=AGENT)
    await api.post(f"{path}/approve", {"reason": "x"}, 403, who=KEY)
    await api.post("/refunds/nothing/approve", {"reason": "x"}, 404, who=MIA)
    assert (await api.get(path))["status"] == "awaiting_approval"


async def test_a_rejection_with_a_note(api: Api, database: Database) -> None:
    refund = await database.tx(waiting)
    body = {"reason": "used for months", "note": "Sorry!"}
    detail = await api.post(f"/refunds/{refund.id}/reject", body)
    assert detail["status"] == "rejected"
    assert [one["verdict"] for one in detail["approvals"]] == ["reject"]


async def test_a_refund_tells_why_it_was_decided_so(api: Api, database: Database) -> None:
    refund = await database.tx(waiting, discount=1_000, shipping=500, reason="late")
    detail = await api.get(f"/refunds/{refund.id}")
    parts = {part["kind"]: part["amount"]["minor"] for part in detail["parts"]}
    assert parts == {"items": LARGE, "discount": -1_000, "shipping": 500}
    assert sum(parts.values()) == detail["amount"]["minor"]
    decision = detail["decision"]
    assert (decision["table"], decision["version"], decision["row"]) == (
        "refund_approval",
        1,
        "large-cny",
    )
    assert decision["inputs"]["amount"] == refund.amount
    assert (detail["provider_status"], detail["attempts"], detail["evidence"]) == (None, [], [])


async def test_the_queue_pages(api: Api, database: Database, clock: FixedClock) -> None:
    ids = []
    for number in range(5):
        ids.append((await database.tx(waiting, f"T-{number}")).id)
        clock.advance(minutes=number % 2)
    seen: list[str] = []
    cursor = ""
    while True:
        page = await api.get(f"/refunds?limit=2&cursor={cursor}")
        seen += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(ids)
    assert page["total"] == 5


@pytest.mark.parametrize(
    "path", ["/refunds?status=lost", "/refunds?cursor=x", "/refunds?limit=0", "/tickets?status=x"]
)
async def test_nonsense_is_422(api: Api, path: str) -> None:
    await api.get(path, 422)


async def test_a_ticket_with_all_that_belongs_to_it(api: Api, database: Database) -> None:
    customer = {"external_id": "C1", "email": "linxiao@example.com", "phone": "13800138001"}

    def talk_and_ask(tx: Tx) -> Refund:
        order, chat = prepare(tx, order_document(prices=((LARGE, 2),), customer=customer))
        conversation = conversations.get_conversation(tx, chat.conversation_id, lock=True)
        asked = {"text": "What would you like to return?"}
        conversations.add_outgoing(tx, conversation, [asked], pulled=True)
        return ask(tx, order, chat, 1, comment="It hums.")

    refund = await database.tx(talk_and_ask)
    [row] = (await api.get("/tickets?q=lin"))["items"]
    assert (row["number"], row["status"], row["state"], row["order_number"]) == (
        "AS20260520-1001",
        "open",
        "awaiting_approval",
        "T-1",
    )
    ticket = await api.get(f"/tickets/{row['number']}", language="zh-CN,zh;q=0.9")
    assert await api.get(f"/tickets/{row['id']}", language="zh-CN") == ticket
    assert {name: ticket[name] for name in row} == row
    [item] = ticket["items"]
    assert (item["title"], item["quantity"], item["amount"]["minor"]) == ("物品1", 1, LARGE)
    assert [message["text"] for message in ticket["messages"]] == ["What would you like to return?"]
    assert ticket["refund"]["id"] == refund.id
    assert {one["table"] for one in ticket["decisions"]} == {"refund_approval", "shipping_bearer"}
    assert [one["action"] for one in ticket["history"]] == [
        "ticket.opened",
        "refund.requested",
        "ticket.await_approval",
    ]
    asked = ticket["history"][1]["facts"]
    assert asked["amount"].endswith(f"{LARGE // 100}.{LARGE % 100:02}")
    assert asked["decided_by"].startswith("shipping_bearer v1 ")
    assert refund.id not in str(ticket["history"])  # nobody reads internal ids
    assert ticket["comment"] == "It hums."
    shown = await api.get(f"/refunds/{refund.id}")
    assert (shown["comment"], shown["items"][0]["quantity"]) == ("It hums.", 1)
    assert ticket["customer"]["email_masked"] == "l***o@example.com"
    assert ticket["customer"]["phone_masked"] == "***8001"
    assert "13800138001" not in str(ticket)


async def test_an_unknown_ticket(api: Api) -> None:
    await api.get("/tickets/nothing", 404)
    await api.get("/tickets/%00", 404)
    await api.get("/refunds/%00", 404)


async def test_customers_read_nothing(api: Api, database: Database) -> None:
    refund = await database.tx(waiting)
    chat = await database.tx(open_chat)
    await database.tx(put, order_document("OTHER"))
    api.who = chat.actor
    for path in ("/refunds", f"/refunds/{refund.id}", "/tickets", "/rules"):
        await api.get(path, 403)
    await api.get(f"/tickets/{refund.ticket_id}", 403)


async def test_tables_are_read_drafted_and_published(api: Api, database: Database) -> None:
    await database.tx(tables.ensure_defaults)
    names = [one["table"] for one in (await api.get("/rules"))["items"]]
    assert names == ["refund_approval", "shipping_bearer"]
    table = await api.get("/rules/refund_approval")
    amount = next(one for one in table["inputs"] if one["name"] == "amount")
    assert amount == {"name": "amount", "kind": "integer", "words": [], "money": True}

    draft = {"content": table["content"]}
    await api.post("/rules/refund_approval/drafts", draft, 403, who=SUE)
    saved = await api.post("/rules/refund_approval/drafts", draft, 201, who=MIA)
    assert saved == {"table": "refund_approval", "version": 2}
    published = await api.post("/rules/refund_approval/drafts/2/publish", None)
    assert [one["status"] for one in published["versions"]] == ["published", "retired"]
    old = await api.get("/rules/refund_approval?version=1")
    assert (old["version"], old["content"]) == (1, table["content"])

    draft["content"]["rules"][2]["in_amount"] = "> 1000.00"
    problem = await api.post("/rules/refund_approval/drafts", draft, 422)
    assert problem["errors"] == [
        {"field": "row 3, column amount", "reason": "expects whole numbers, not 1000.00"}
    ]
    await api.post("/rules/prices/drafts", draft, 404)
    await api.post("/rules/refund_approval/drafts/0/publish", None, 422)
