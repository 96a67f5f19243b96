"""The app channel: a message and its answer in one call, on both databases."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.app_channel import service
from backend.conversations.repository import Message
from backend.house import House
from backend.kit.clock import FixedClock
from backend.kit.jobs import queue
from backend.kit.jobs.worker import Worker
from tests.backend.app_channel.conftest import KEY, OTHER_KEY
from tests.support import pictures
from tests.support.databases import NOON
from tests.support.houses import add_orders, an_order

URL = "/api/app/v1/messages"


class App:
    """The shop's server, speaking for one user of its app."""

    def __init__(self, http: httpx.AsyncClient, sender: str, key: str = KEY) -> None:
        self.http = http
        self.sender = sender
        self.headers = {"Authorization": f"Bearer {key}"}

    async def says(self, text: str = "", status: int = 200, **more: Any) -> dict[str, Any]:
        wait = more.pop("wait", 5)
        sent = {"sender": self.sender, "locale": "en"} | ({"message": text} if text else {}) | more
        answer = await self.http.post(f"{URL}?wait={wait}", json=sent, headers=self.headers)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def presses(self, answer: dict[str, Any], label: str) -> dict[str, Any]:
        options = [option for reply in answer["replies"] for option in reply["options"]]
        [value] = [option["value"] for option in options if label in option["label"]]
        return await self.says(choice=value, customer="K1")

    async def reads(self, after: int = 0) -> list[dict[str, Any]]:
        asked: dict[str, str | int] = {"sender": self.sender, "after": after}
        answer = await self.http.get(URL, params=asked, headers=self.headers)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    async def hears(self, words: str, after: int) -> None:
        """Wait until it is said."""
        async with asyncio.timeout(10):
            while not any(words in row["text"] for row in await self.reads(after)):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@pytest.fixture
async def working(house: House) -> AsyncIterator[Worker]:
    """A worker beside the web side, in one process."""
    worker = house.worker()
    house.working = worker
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    yield worker
    worker.stop()
    await task


@pytest.fixture
def app(http: httpx.AsyncClient) -> App:
    return App(http, "user-1")


async def test_a_refund_from_hello_to_paid(
    app: App, house: House, working: Worker, clock: FixedClock, tmp_path: Path
) -> None:
    await add_orders(house, tmp_path, an_order("K-1", "K1", clock.now()))
    answer = await app.says("I want a refund for order K-1", customer="K1")
    assert (answer["status"], answer["duplicate"]) == ("answered", False)
    answer = await app.presses(answer, "I have it")
    answer = await app.presses(answer, "No longer wanted")
    assert "49.00" in answer["replies"][-1]["text"]
    answer = await app.presses(answer, "Yes")
    assert any("approved" in reply["text"] for reply in answer["replies"])
    await app.hears("paid", after=answer["replies"][-1]["seq"])


@pytest.mark.parametrize("other", ["K2", "nobody-the-shop-knows"])
async def test_a_user_who_is_one_customer_is_not_another(
    app: App, house: House, working: Worker, clock: FixedClock, tmp_path: Path, other: str
) -> None:
    """A device with two users: the second must not hear of the first one's orders."""
    orders = [an_order(f"K-{number}", f"K{number}", clock.now()) for number in (1, 2)]
    await add_orders(house, tmp_path, *orders)
    await app.says("hello", customer="K1")
    refused = await app.says("my orders", customer=other, status=409)
    assert refused["type"].endswith("contact_bound_to_another")
    assert [row["text"] for row in await app.reads() if row["from"] == "customer"] == ["hello"]
    assert (await app.says("hello again", customer="K1"))["status"] == "answered"


async def test_a_repeated_call_is_answered_again_and_not_taken_again(
    app: App, house: House, working: Worker
) -> None:
    first = await app.says("hello", message_id="m1")
    again = await app.says("hello", message_id="m1")
    assert (first["duplicate"], again["duplicate"]) == (False, True)
    assert again | {"duplicate": False} == first
    assert len(await app.reads()) == 1 + len(first["replies"])
    other = await app.says("hello")
    assert other["message_id"] != first["message_id"]


async def test_calls_at_once_with_one_id_are_one_message(
    app: App, house: House, working: Worker
) -> None:
    answers = await asyncio.gather(*(app.says("hello", message_id="m1") for _ in range(8)))
    assert sum(not answer["duplicate"] for answer in answers) == 1
    assert len({answer["message_id"] for answer in answers}) == 1
    mine = [row for row in await app.reads() if row["from"] == "customer"]
    assert len(mine) == 1


async def test_two_calls_of_one_user_get_each_its_own_answer(app: App, house: House) -> None:
    """Both messages are there before either is answered."""
    asked = {"m1": "what is your return policy?", "m2": "I want to talk to a person"}
    for name, text in asked.items():
        assert (await app.says(text, 202, message_id=name, wait=0))["replies"] == []
    await house.worker().run_until_idle()
    answers = [await app.says(text, message_id=name) for name, text in asked.items()]
    first, second = ([row["seq"] for row in answer["replies"]] for answer in answers)
    assert first
    assert second
    assert sorted([*first, *second]) == list(range(3, 3 + len(first) + len(second)))
    assert max(first) < min(second)


def row_of(number: int, author: str = "bot") -> Message:
    return Message(f"r{number}", "c", number, "app", None, author, None, {}, NOON, None, None, None)


@pytest.mark.parametrize(
    ("order", "mine"),
    [
        ("n 1 n", "n1 11 n2"),
        ("c n 1 n 2 n", "n1 11"),
        ("n c 1 2", "n1 11"),
        ("c n 2 n", ""),
        ("c 2 n 1", "n1 11"),
        ("n c n", "n1"),
        ("n 1 n c n 2", "n1 11 n2"),
    ],
)
def test_what_was_said_to_a_message(order: str, mine: str) -> None:
    """c: he writes again; 1, 2: what answers his first, his second message; n: a notice."""
    rows: list[Message] = []
    names: dict[str, str] = {}
    answered: dict[str, str] = {}
    for number, kind in enumerate(order.split(), 2):
        row = row_of(number, "customer" if kind == "c" else "bot")
        rows.append(row)
        names[row.id] = f"{kind}{1 + [name[0] for name in names.values()].count(kind)}"
        if kind in "12":
            answered[row.id] = f"r{kind}"
    said = service.said_to(row_of(1, "customer"), rows, answered)
    assert " ".join(names[row.id] for row in said) == mine


async def test_without_a_worker_here_another_process_answers(app: App, house: House) -> None:
    elsewhere = house.worker()

    async def later() -> None:
        await asyncio.sleep(0.2)
        await elsewhere.run_until_idle()

    task = asyncio.create_task(later())
    answer = await app.says("hello", wait=10)
    assert answer["status"] == "answered"
    assert answer["replies"]
    await task


async def test_who_does_not_wait_fetches_by_number(app: App, house: House) -> None:
    answer = await app.says("hello", status=202, wait=0)
    assert (answer["status"], answer["replies"]) == ("pending", [])
    await house.worker().run_until_idle()
    [reply, *_] = await app.reads(answer["seq"])
    assert reply["from"] == "bot"


async def test_a_job_given_to_a_hand_that_died_is_taken_by_another(
    app: App, house: House, clock: FixedClock
) -> None:
    """The process dies between the commit and the turn: the lease brings the job to the next."""
    dead = house.worker()

    class Dies(Worker):
        def begin(self, job: queue.Job) -> asyncio.Task[None]:
            return asyncio.create_task(asyncio.sleep(0))

    dead = Dies(house.db, house.clock, house.kinds, owner="dead")
    dead._works = True
    house.working = dead
    answer = await app.says("hello", status=202, wait=0)  # who waits is answered at once
    assert answer["status"] == "pending"
    alive = house.worker()
    assert await alive.run_until_idle() == 0, "its lease has not run out"
    clock.advance(seconds=dead.lease + 1)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):  # Postgres has a clock of its own, a fixed one is ours
            await alive.run_until_idle()
    assert [row["from"] for row in await app.reads()][:2] == ["customer", "bot"]


async def test_keys_keep_apps_apart(http: httpx.AsyncClient, house: House, working: Worker) -> None:
    await App(http, "user-1").says("hello")
    assert await App(http, "user-1", OTHER_KEY).reads() == []
    for key in ("", "wrong", KEY[:-1], "é" * 20):
        headers = {b"Authorization": f"Bearer {key}".encode()}
        refused = await http.post(URL, json={"sender": "u", "message": "x"}, headers=headers)
        assert refused.status_code == 401, key


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"message": "x"}, "sender"),
        ({"sender": "a b", "message": "x"}, "sender"),
        ({"sender": "u"}, "body"),
        ({"sender": "u", "message": "x", "choice": "p1:0"}, "body"),
        ({"sender": "u", "choice": "v" * 65}, "choice"),
        ({"sender": "u", "message": "x", "message_id": "a b"}, "message_id"),
        ({"sender": "u", "message": "x", "nonsense": 1}, "nonsense"),
        ({"sender": "u", "attachments": ["nobodys"]}, "attachments"),
    ],
)
async def test_nonsense_names_its_field(
    http: httpx.AsyncClient, house: House, sent: dict[str, Any], field: str
) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    refused = await http.post(URL, json=sent, headers=headers)
    assert refused.status_code == 422
    assert [fault["field"] for fault in refused.json()["errors"]] == [field]


@pytest.mark.parametrize("wait", ["-1", "31", "nan", "soon"])
async def test_nobody_waits_for_ever(http: httpx.AsyncClient, house: House, wait: str) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    said = {"sender": "u", "message": "x"}
    refused = await http.post(f"{URL}?wait={wait}", json=said, headers=headers)
    assert refused.status_code == 422
    assert [fault["field"] for fault in refused.json()["errors"]] == ["wait"]


async def test_a_photo_is_uploaded_then_sent(
    http: httpx.AsyncClient, house: House, working: Worker, app: App
) -> None:
    uploaded = await http.post(
        "/api/app/v1/attachments?sender=user-1",
        files={"file": ("a.png", pictures.photo(1, (40, 30)), "image/png")},
        headers=app.headers,
    )
    assert uploaded.status_code == 201, uploaded.text
    ref = uploaded.json()["id"]
    stranger = App(http, "user-2")
    await stranger.says(attachments=[ref], status=422)
    assert (await app.says(attachments=[ref]))["status"] == "answered"
    path = f"/api/app/v1/attachments/{ref}"
    seen = [
        (await http.get(path, params={"sender": sender}, headers=app.headers)).status_code
        for sender in ("user-1", "user-2")
    ]
    assert seen == [200, 404]
