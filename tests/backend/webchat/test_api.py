"""The chat API over HTTP: sessions, resends, photos, and what others may not see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.house import House
from backend.kit.clock import FixedClock
from tests.support import pictures
from tests.support.houses import Hello, add_orders, an_order, application

BASE = "/api/chat/v1"


async def open_session(http: httpx.AsyncClient, asked: dict[str, Any]) -> dict[str, str]:
    answer = await http.post(f"{BASE}/sessions", json=asked)
    assert answer.status_code == 201, answer.text
    return {"authorization": f"Bearer {answer.json()['token']}"}


async def listed(http: httpx.AsyncClient, auth: dict[str, str]) -> list[dict[str, Any]]:
    answer = await http.get(f"{BASE}/messages?after=0&limit=200", headers=auth)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["messages"])


def a_photo() -> bytes:
    return pictures.photo(1, (40, 30))


async def test_a_signed_customer_hears_of_his_orders_and_is_paid_back(
    house: House, http: httpx.AsyncClient, hello: Hello, clock: FixedClock, tmp_path: Path
) -> None:
    await add_orders(house, tmp_path, an_order("LL1", "K1", clock.now()))
    auth = await open_session(http, hello("K1"))
    worker = house.worker()
    for number, text in enumerate(
        ["I want a refund for order LL1", "yes, I received it", "I no longer want it", "yes"]
    ):
        sent = {"client_id": f"c{number}", "text": text}
        answer = await http.post(f"{BASE}/messages", json=sent, headers=auth)
        assert answer.status_code == 202, answer.text
        await worker.run_until_idle()
        clock.advance(seconds=5)
    said = "\n".join(m["text"] for m in await listed(http, auth) if m["from"] == "bot")
    assert "AS20260520-" in said
    assert "49.00" in said


async def test_a_resend_is_the_same_message(
    house: House, http: httpx.AsyncClient, hello: Hello
) -> None:
    auth = await open_session(http, hello())
    sent = {"client_id": "once", "text": "hello"}
    first = (await http.post(f"{BASE}/messages", json=sent, headers=auth)).json()
    await house.worker().run_until_idle()
    again = (await http.post(f"{BASE}/messages", json=sent, headers=auth)).json()
    assert (again["id"], again["seq"], again["duplicate"]) == (first["id"], first["seq"], True)
    before = await listed(http, auth)
    await house.worker().run_until_idle()
    assert await listed(http, auth) == before
    assert [m["text"] for m in before if m["from"] == "customer"] == ["hello"]


async def test_numbers_have_no_gaps_and_page_both_ways(
    house: House, http: httpx.AsyncClient, hello: Hello, clock: FixedClock
) -> None:
    auth = await open_session(http, hello())
    for number in range(4):
        sent = {"client_id": f"c{number}", "text": "what is your return policy?"}
        await http.post(f"{BASE}/messages", json=sent, headers=auth)
        clock.advance(seconds=1)
        await house.worker().run_until_idle()
    numbers = [m["seq"] for m in await listed(http, auth)]
    assert numbers == list(range(1, len(numbers) + 1))
    page = (await http.get(f"{BASE}/messages?before=5&limit=2", headers=auth)).json()
    assert [m["seq"] for m in page["messages"]] == [3, 4]


@pytest.mark.parametrize(
    "spoil",
    [
        {"signature": "0" * 64},
        {"customer_id": "K2"},
        {"issued_at": 1},
    ],
)
async def test_a_wrong_identity_is_refused_and_never_anonymous(
    http: httpx.AsyncClient, hello: Hello, spoil: dict[str, Any]
) -> None:
    asked = hello("K1")
    asked["identity"] |= spoil
    answer = await http.post(f"{BASE}/sessions", json=asked)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_token_goes_on_only_for_the_same_person(
    house: House, http: httpx.AsyncClient, hello: Hello, clock: FixedClock, tmp_path: Path
) -> None:
    await add_orders(
        house,
        tmp_path,
        an_order("LL1", "K1", clock.now()),
        an_order("LL2", "K2", clock.now()),
    )

    async def session(asked: dict[str, Any]) -> dict[str, Any]:
        opened: dict[str, Any] = (await http.post(f"{BASE}/sessions", json=asked)).json()
        return opened

    mine = await session(hello("K1"))
    assert mine["customer"] == {"name": "Name of K1"}
    again = await session(hello("K1", token=mine["token"]))
    assert again["conversation_id"] == mine["conversation_id"]
    other = await session(hello("K2", token=mine["token"]))
    assert other["conversation_id"] != mine["conversation_id"]
    nobody = await session(hello(token=mine["token"]))
    assert nobody["conversation_id"] != mine["conversation_id"]
    assert nobody["customer"] is None


async def test_calls_without_a_session_are_refused(http: httpx.AsyncClient) -> None:
    for headers in ({}, {"authorization": "Bearer made-up"}, {"authorization": "Basic abc"}):
        answer = await http.get(f"{BASE}/messages", headers=headers)
        assert answer.status_code == 401


async def test_sessions_end(http: httpx.AsyncClient, hello: Hello, clock: FixedClock) -> None:
    auth = await open_session(http, hello())
    clock.advance(days=31)
    assert (await http.get(f"{BASE}/messages", headers=auth)).status_code == 401


async def test_a_photo_is_seen_by_its_own_session_only(
    house: House, http: httpx.AsyncClient, hello: Hello
) -> None:
    mine, other = await open_session(http, hello()), await open_session(http, hello())
    files = {"file": ("damage.png", a_photo(), "image/png")}
    stored = (await http.post(f"{BASE}/attachments", files=files, headers=mine)).json()
    assert (stored["media_type"], stored["width"], stored["height"]) == ("image/jpeg", 40, 30)
    shown = await http.get(stored["url"], headers=mine)
    assert shown.status_code == 200
    assert "sandbox" in shown.headers["content-security-policy"]
    assert (await http.get(stored["url"], headers=other)).status_code == 404
    assert (await http.get(f"/api/v1/attachments/{stored['id']}")).status_code == 401
    stolen = {"client_id": "x", "attachments": [stored["id"]]}
    refused = await http.post(f"{BASE}/messages", json=stolen, headers=other)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "attachments"
    sent = await http.post(f"{BASE}/messages", json=stolen, headers=mine)
    assert sent.status_code == 202


@pytest.mark.parametrize(
    ("content", "status", "told"),
    [(b"I am no picture", 422, "not_an_image"), (b"x" * (10 * 1024 * 1024 + 2), 413, "too_large")],
)
async def test_uploads_are_judged_by_content_and_told_in_his_language(
    http: httpx.AsyncClient, hello: Hello, content: bytes, status: int, told: str
) -> None:
    auth = await open_session(http, hello(locale="zh-CN"))
    files = {"file": ("photo.jpg", content, "image/jpeg")}
    answer = await http.post(f"{BASE}/attachments", files=files, headers=auth)
    assert answer.status_code == status
    problem = answer.json()
    assert problem["errors"] == [{"field": "file", "reason": told}]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in problem["detail"])


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"client_id": "a b", "text": "x"}, "client_id"),
        ({"client_id": "a"}, ""),
        ({"client_id": "a", "text": "x", "choice": "p1:0"}, ""),
        ({"client_id": "a", "text": "x" * 20_001}, "text"),
        ({"client_id": "a", "choice": "v" * 65}, "choice"),
        ({"client_id": "a", "attachments": ["i"] * 11}, "attachments"),
    ],
)
async def test_a_bad_message_is_refused_naming_its_field(
    http: httpx.AsyncClient, hello: Hello, sent: dict[str, Any], field: str
) -> None:
    auth = await open_session(http, hello())
    answer = await http.post(f"{BASE}/messages", json=sent, headers=auth)
    assert answer.status_code == 422, answer.text
    assert field in str(answer.json()["errors"])


async def test_a_body_beyond_the_cap_is_refused_while_it_comes_in(http: httpx.AsyncClient) -> None:
    answer = await http.post(f"{BASE}/sessions", content=b'{"channel": "' + b"x" * 3_000_000)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_nul_is_refused_whatever_the_database(
    http: httpx.AsyncClient, hello: Hello
) -> None:
    auth = await open_session(http, hello())
    for address in (f"{BASE}/attachments/a%00b", f"{BASE}/messages?after=%00"):
        assert (await http.get(address, headers=auth)).status_code == 400
    login = {"email": "a\u0000@example.com", "password": "long enough\u0000"}
    answer = await http.post("/api/v1/auth/login", json=login)
    assert answer.status_code in (401, 422)
    sent = {"client_id": "n", "text": "a\u0000b"}
    assert (await http.post(f"{BASE}/messages", json=sent, headers=auth)).status_code == 202


async def test_a_customer_whose_first_order_comes_later_is_known_then(
    house: House, http: httpx.AsyncClient, hello: Hello, clock: FixedClock, tmp_path: Path
) -> None:
    first = (await http.post(f"{BASE}/sessions", json=hello("K9"))).json()
    assert first["customer"] is None
    await add_orders(house, tmp_path, an_order("LL9", "K9", clock.now()))
    again = (await http.post(f"{BASE}/sessions", json=hello("K9", token=first["token"]))).json()
    assert again["customer"] == {"name": "Name of K9"}
    assert again["token"] == first["token"]


async def test_a_flood_is_told_to_wait(http: httpx.AsyncClient, hello: Hello) -> None:
    auth = await open_session(http, hello())
    answers = [
        await http.post(
            f"{BASE}/messages", json={"client_id": f"c{number}", "text": "hi"}, headers=auth
        )
        for number in range(62)
    ]
    assert {answer.status_code for answer in answers[:60]} == {202}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    other = await open_session(http, hello())
    calm = await http.post(f"{BASE}/messages", json={"client_id": "c", "text": "hi"}, headers=other)
    assert calm.status_code == 202


@pytest.mark.parametrize("asked", ["after", "before"])
async def test_a_number_no_message_can_have_is_refused(
    http: httpx.AsyncClient, hello: Hello, asked: str
) -> None:
    auth = await open_session(http, hello())
    answer = await http.get(f"{BASE}/messages?{asked}={10**30}", headers=auth)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == f"query.{asked}"


@pytest.mark.parametrize("path", ["a" * 300, "a/" * 3_000])
async def test_a_page_with_an_endless_name_is_not_there(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(f"/widget/{path}")).status_code == 404


async def test_one_network_is_one_place_to_open_sessions_from(house: House, hello: Hello) -> None:
    house.settings = house.settings.model_copy(update={"session_rate": "2/minute"})
    app = application(house)

    async def status(address: str) -> int:
        transport = httpx.ASGITransport(app=app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return (await client.post(f"{BASE}/sessions", json=hello())).status_code

    statuses = [await status(f"2001:db8::{number}") for number in (1, 2, 3)]
    assert statuses == [201, 201, 429]
    assert await status("2001:db8:0:1::1") == 201


async def test_new_visitors_are_few_but_old_ones_come_back(
    http: httpx.AsyncClient, hello: Hello
) -> None:
    opened = [await http.post(f"{BASE}/sessions", json=hello()) for _ in range(32)]
    assert [answer.status_code for answer in opened[:30]] == [201] * 30
    assert opened[-1].status_code == 429
    token = opened[0].json()["token"]
    back = await http.post(f"{BASE}/sessions", json=hello(token=token))
    assert (back.status_code, back.json()["token"]) == (201, token)
    made_up = await http.post(f"{BASE}/sessions", json=hello(token="made-up"))
    assert made_up.status_code == 429
    assert (await http.post(f"{BASE}/sessions", json=hello("K1"))).status_code == 201
