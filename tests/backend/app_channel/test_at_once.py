"""Who waits for his answer gets it in the transaction that accepts his message; both databases."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from backend.conversations.models import conversation, message
from backend.conversations.repository import Message
from backend.house import House
from backend.kit import logs, metrics
from backend.kit.db import Tx
from backend.kit.jobs import Job
from backend.kit.jobs.models import job
from backend.pipeline import at_once
from backend.pipeline.at_once import AtOnce
from backend.pipeline.pressure import Level, Snapshot
from backend.pipeline.turns import Turns
from backend.pipeline.waiting import Waiting
from bot.messages import InboundMessage
from bot.understanding.base import DialogView, PromptUnderstanding, Understood
from bot.understanding.rules import RulesUnderstanding
from tests.backend.app_channel.conftest import KEY
from tests.support.houses import application

HEADERS = {"Authorization": f"Bearer {KEY}"}
URL = "/api/app/v1/messages"


@dataclass(frozen=True)
class Stumbling:
    """The rules; `fails` is asked before a message is read within its acceptance. `is_ready`:
    whether a message can be prepared for that."""

    rules: RulesUnderstanding = field(default_factory=RulesUnderstanding)
    fails: Callable[[], bool] = lambda: False
    is_ready: bool = True

    async def understand(self, message: InboundMessage, view: DialogView) -> Understood:
        return self.rules.read(message, view)

    async def prepare(self, message: InboundMessage) -> None:
        await asyncio.sleep(0)
        if not self.is_ready:
            raise MemoryError("no model")

    def read(self, message: InboundMessage, view: DialogView) -> Understood:
        if self.fails():
            raise ZeroDivisionError("a bug")
        return self.rules.read(message, view)


class Slow:
    """One that can't be asked within a transaction."""

    async def understand(self, message: InboundMessage, view: DialogView) -> Understood:
        return RulesUnderstanding().read(message, view)


@asynccontextmanager
async def at_work(house: House, understanding: Any = None) -> AsyncIterator[httpx.AsyncClient]:
    """The house with a worker beside it, understanding as told."""
    house.turns = dataclasses.replace(house.turns, understanding=understanding or Stumbling())
    house.at_once = AtOnce(house.turns)
    house.kinds["turn"] = dataclasses.replace(house.kinds["turn"], handler=house.turns.take)
    house.working = worker = house.worker()
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    transport = httpx.ASGITransport(app=application(house))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield http
    worker.stop()
    await task


async def say(http: httpx.AsyncClient, text: str, name: str, wait: float = 5) -> dict[str, Any]:
    sent = {"sender": "u-1", "locale": "en", "message": text, "message_id": name}
    answer = await http.post(f"{URL}?wait={wait}", json=sent, headers=HEADERS)
    assert answer.status_code in {200, 202}, answer.text
    found: dict[str, Any] = answer.json()
    return found


def turn_jobs(tx: Tx) -> int:
    """How many turns ever had a job."""
    count = sa.select(sa.func.count()).select_from(job).where(job.c.kind == "turn")
    return int(tx.conn.execute(count).scalar_one())


def talk(tx: Tx) -> list[tuple[str, str | None]]:
    """Who wrote what became of it, in order."""
    rows = tx.conn.execute(sa.select(message.c.author, message.c.turn_state).order_by("seq"))
    return [(author, state) for author, state in rows]


async def test_no_job_is_made_and_all_is_stored(house: House) -> None:
    async with at_work(house) as http:
        answer = await say(http, "hello", "m1")
        assert (answer["status"], answer["duplicate"]) == ("answered", False)
        again = await say(http, "hello", "m1")
        assert again == answer | {"duplicate": True}
        second = await say(http, "what is your return policy?", "m2")
        assert second["seq"] == answer["replies"][-1]["seq"] + 1
    assert await house.db.read(turn_jobs) == 0
    found = await house.db.read(talk)
    assert found[:2] == [("customer", "done"), ("bot", None)]
    assert [author for author, _ in found].count("customer") == 2


async def test_a_turn_that_fails_leaves_nothing_and_is_taken_by_a_job(house: House) -> None:
    tried: list[int] = []

    def fails() -> bool:
        tried.append(1)
        return True

    async with at_work(house, Stumbling(fails=fails)) as http:
        answer = await say(http, "hello", "m1")
    assert (answer["status"], answer["seq"], len(tried)) == ("answered", 1, 1)
    assert await house.db.read(turn_jobs) == 1
    assert [author for author, _ in await house.db.read(talk)].count("customer") == 1


async def test_what_cannot_be_prepared_is_accepted_all_the_same(house: House) -> None:
    async with at_work(house, Stumbling(is_ready=False)) as http:
        answer = await say(http, "hello", "m1")
    assert (answer["status"], answer["seq"]) == ("answered", 1)
    assert await house.db.read(turn_jobs) == 1


class EndsBadly(Turns):
    """What a turn taken at once leaves for the end of its transaction fails there."""

    def take_at_once(
        self, tx: Tx, waiting: Waiting, understanding: PromptUnderstanding
    ) -> Sequence[Message] | None:
        said = super().take_at_once(tx, waiting, understanding)
        tx.defer(self._fail, [said])
        return said

    def _fail(self, tx: Tx, items: list[Any]) -> None:
        raise ZeroDivisionError("a bug")


async def test_what_fails_at_the_end_of_the_transaction_keeps_no_message_out(house: House) -> None:
    async with at_work(house) as http:
        parts = {one.name: getattr(house.turns, one.name) for one in dataclasses.fields(Turns)}
        house.at_once = AtOnce(EndsBadly(**parts))
        answer = await say(http, "hello", "m1")
    assert (answer["status"], answer["seq"]) == ("answered", 1)
    assert await house.db.read(turn_jobs) == 1


async def test_what_is_told_of_a_turn_carries_its_message(house: House) -> None:
    told: list[str] = []

    def look() -> bool:
        told.append(logs.bound_field("correlation"))
        return False

    async with at_work(house, Stumbling(fails=look)) as http:
        await say(http, "hello", "m1")
    stored = await house.db.read(lambda tx: tx.conn.scalars(sa.select(message.c.id)).all())
    assert len(told) == 1
    assert told[0] in stored


async def test_a_turn_is_counted_once_and_so_are_its_parts(house: House) -> None:
    def counted() -> dict[str, float]:
        parts = ("prepare", "understanding", "compute")
        name = "aftercare_turn_part_seconds_count"
        found = {part: metrics.REGISTRY.get_sample_value(name, {"part": part}) for part in parts}
        return {part: number or 0.0 for part, number in found.items()}

    before = counted()
    async with at_work(house) as http:
        await say(http, "hello", "m1")
    assert {part: n - before[part] for part, n in counted().items()} == {
        "prepare": 1.0,
        "understanding": 1.0,
        "compute": 1.0,
    }


async def test_messages_of_one_user_at_a_time_are_answered_once_each(house: House) -> None:
    async with at_work(house) as http:
        answers = await asyncio.gather(*(say(http, "hello", f"m{n % 6}") for n in range(12)))
    assert {answer["status"] for answer in answers} == {"answered"}
    assert sum(not answer["duplicate"] for answer in answers) == 6
    found = await house.db.read(talk)
    assert [state for author, state in found if author == "customer"] == ["done"] * 6
    state = await house.db.read(lambda tx: tx.conn.execute(sa.select(conversation)).one())
    assert (state.last_seq, state.state_version) == (len(found), 6)


async def test_what_waits_before_it_is_answered_first(house: House) -> None:
    async with at_work(house) as http:
        opened = asyncio.Event()

        async def held_up(job: Job) -> bool:
            await opened.wait()
            return await house.turns.take(job)

        house.kinds["turn"] = dataclasses.replace(house.kinds["turn"], handler=held_up)
        await say(http, "what is your return policy?", "m1", wait=0)
        second = asyncio.create_task(say(http, "I want to talk to a person", "m2"))
        while not await house.db.read(lambda tx: len(talk(tx)) == 2):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert not second.done(), "it must not overtake the one before it"
        opened.set()
        answer = await second
        first = await say(http, "what is your return policy?", "m1")
    assert await house.db.read(turn_jobs) == 2
    assert first["replies"][0]["seq"] < answer["replies"][0]["seq"]


async def test_while_people_answer_the_bot_keeps_out(house: House) -> None:
    async with at_work(house) as http:
        await say(http, "I want to talk to a person", "m1")
        answer = await say(http, "are you there?", "m2")
    assert (answer["status"], answer["replies"]) == ("with_people", [])


async def test_who_takes_his_time_is_not_asked_within_a_transaction(house: House) -> None:
    async with at_work(house, Slow()) as http:
        answer = await say(http, "hello", "m1")
    assert answer["status"] == "answered"
    assert await house.db.read(turn_jobs) == 1


async def test_when_it_gets_busy_on_the_way_he_is_told_first(house: House) -> None:
    class Busy(Stumbling):
        async def prepare(self, message: InboundMessage) -> None:
            house.pressure._seen = Snapshot(level=Level.BUSY)

    async with at_work(house, Busy()) as http:
        answer = await say(http, "hello", "m1")
        told = await http.get(URL, params={"sender": "u-1"}, headers=HEADERS)
    said = [row["text"] for row in told.json()["messages"]]
    assert await house.db.read(turn_jobs) == 0
    assert answer["status"] == "answered"
    assert "busier than usual" in said[1]
    assert answer["replies"][-1]["text"] == said[-1]
    assert len(said) == 3


@pytest.mark.parametrize("full", [True, False])
async def test_beyond_what_is_done_in_a_moment_there_is_a_line(house: House, full: bool) -> None:
    async with at_work(house) as http:
        house.at_once._under_way = at_once.MOST - (not full)
        answer = await say(http, "hello", "m1")
        assert house.at_once._under_way == at_once.MOST - (not full), "its place is given back"
    assert answer["status"] == "answered"
    assert await house.db.read(turn_jobs) == full
