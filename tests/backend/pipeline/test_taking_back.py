"""A turn that was given up: people have it; tried again, the bot answers if none of them has."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from backend.conversations import repository
from backend.conversations import service as conversations
from backend.conversations.repository import Conversation, Message
from backend.customers import service as customers
from backend.kit.clock import FixedClock
from backend.kit.db import Tx
from backend.kit.jobs import enqueue
from backend.kit.jobs.claiming import claim
from backend.pipeline.waiting import Begun, load_waiting
from backend.settings import Settings
from bot.messages import InboundMessage
from bot.understanding.base import DialogView, Understood
from bot.understanding.rules import RulesUnderstanding
from tests.backend.channel_status.test_status import sign_in
from tests.support.vendor import Line, open_line

LETTERS = "/api/v1/system/dead-letters"


@dataclass
class Moody:
    """An understanding that can be broken."""

    broken: bool = True
    _rules: RulesUnderstanding = field(default_factory=lambda: RulesUnderstanding("en"))

    async def understand(self, message: InboundMessage, view: DialogView) -> Understood:
        if self.broken:
            raise RuntimeError("out of sorts")
        return await self._rules.understand(message, view)


@dataclass
class Desk:
    line: Line
    moody: Moody
    clock: FixedClock

    async def work(self) -> None:
        for _ in range(8):
            await self.line.house.worker().run_until_idle()
            self.clock.advance(seconds=60)

    async def letter(self) -> dict[str, Any]:
        (found,) = (await self.line.http.get(LETTERS)).json()["items"]
        return dict(found)

    async def replay(self) -> tuple[int, str]:
        answer = await self.line.http.post(f"{LETTERS}/{(await self.letter())['id']}/replay")
        return answer.status_code, answer.text

    async def rows(self) -> tuple[Conversation, list[Message]]:
        return await self.line.house.db.read(_rows)

    async def on_conversation(self, fn: Any, *args: Any) -> None:
        conversation, _ = await self.rows()
        await self.line.house.db.tx(fn, conversation.id, *args)


def _rows(tx: Tx) -> tuple[Conversation, list[Message]]:
    conversation_id = tx.conn.execute(sa.text("SELECT id FROM conversation")).scalar_one()
    conversation = conversations.get_conversation(tx, conversation_id)
    return conversation, list(repository.page_after(tx, conversation_id, 0, 50))


def _agent_says(tx: Tx, conversation_id: str) -> None:
    conversation = conversations.get_conversation(tx, conversation_id, lock=True)
    conversations.add_outgoing(
        tx, conversation, [{"text": "Hello, this is Mei."}], author="agent", pulled=True
    )


@pytest.fixture
async def desk(settings: Settings, clock: FixedClock) -> AsyncIterator[Desk]:
    """A customer whose first message could not be answered; he wrote once more since."""
    moody = Moody()
    async with open_line(settings, clock, moody) as line:
        await sign_in(line)
        desk = Desk(line, moody, clock)
        await line.says(1, "what is your return policy?")
        await desk.work()
        await line.says(2, "hello?")
        await desk.work()
        conversation, messages = await desk.rows()
        assert (conversation.status, conversation.handoff_reason) == ("human", "error")
        states = [row.turn_state for row in messages if row.author == "customer"]
        assert states == ["failed", "unanswered"]
        moody.broken = False
        yield desk


async def test_the_bot_takes_its_conversation_back(desk: Desk) -> None:
    assert (await desk.letter())["refusal"] is None
    before = len(desk.line.vendor.sent)
    assert (await desk.replay())[0] == 204
    await desk.work()
    conversation, messages = await desk.rows()
    assert (conversation.status, conversation.handoff_reason) == ("bot", None)
    states = [row.turn_state for row in messages if row.author == "customer"]
    assert states == ["done", "done"]
    assert len(desk.line.vendor.sent) > before
    # And goes on: the dialog itself knows that it speaks again.
    await desk.line.says(3, "what is your return policy?")
    await desk.work()
    _, messages = await desk.rows()
    assert messages[-1].author == "bot"


async def test_a_message_begun_while_people_had_it_is_answered_too(desk: Desk) -> None:
    """It was accepted and waited in line, as people's, when the bot took the conversation back."""
    await desk.line.says(3, "what is your return policy?")
    db, kind = desk.line.house.db, desk.line.house.kinds["turn"]
    (job,) = await db.tx(claim, "w", limit=1, lease=300)
    conversation, _ = await desk.rows()
    waiting = await db.read(load_waiting, conversation.id)
    assert waiting is not None
    assert (await desk.replay())[0] == 204
    assert await kind.handler(dataclasses.replace(job, known=Begun(waiting)))
    await desk.work()
    _, messages = await desk.rows()
    states = [row.turn_state for row in messages if row.author == "customer"]
    assert states == ["done", "done", "done"]


async def test_not_where_a_person_has_answered(desk: Desk) -> None:
    await desk.on_conversation(_agent_says)
    assert (await desk.letter())["refusal"] == "answered_by_person"
    status, told = await desk.replay()
    assert (status, "a person has answered since" in told) == (409, True)
    assert (await desk.rows())[0].status == "human"


async def test_not_where_people_have_it_for_another_reason_or_it_is_over(desk: Desk) -> None:
    def change(tx: Tx, conversation_id: str, values: dict[str, object]) -> None:
        repository.update(tx, conversation_id, **values)

    await desk.on_conversation(change, {"handoff_reason": "asked_for_human"})
    assert (await desk.letter())["refusal"] == "with_people"
    await desk.on_conversation(change, {"status": "closed"})
    assert (await desk.letter())["refusal"] == "conversation_closed"
    assert (await desk.replay())[0] == 409


async def test_not_where_a_person_answers_and_ends_it_at_that_moment(desk: Desk) -> None:
    """What the desk does began before the replay, and is committed while that waits for it."""
    conversation, _ = await desk.rows()
    job_id = (await desk.letter())["id"]
    holding = asyncio.Event()
    loop = asyncio.get_running_loop()

    def answer_and_close_slowly(tx: Tx) -> None:
        customers.lock_contact_by_id(tx, conversation.contact_id)
        loop.call_soon_threadsafe(holding.set)
        if tx.is_postgres:
            tx.conn.execute(sa.text("SELECT pg_sleep(0.5)"))
        _agent_says(tx, conversation.id)
        repository.update(tx, conversation.id, status="closed")

    person = asyncio.create_task(desk.line.house.db.tx(answer_and_close_slowly))
    await asyncio.wait_for(holding.wait(), 10)
    answer = await desk.line.http.post(f"{LETTERS}/{job_id}/replay")
    await person
    assert (answer.status_code, "conversation is closed" in answer.text) == (409, True)
    assert (await desk.rows())[0].status == "closed"
    assert (await desk.letter())["id"] == job_id


async def test_giving_up_waits_for_who_holds_the_contact(desk: Desk) -> None:
    """Else the two hold what the other one needs, and Postgres has to end one of them."""
    db = desk.line.house.db
    await desk.line.says(3, "I want a person")

    def prepare(tx: Tx, conversation_id: str) -> None:
        repository.update(tx, conversation_id, status="bot", handoff_reason=None)

    await desk.on_conversation(prepare)
    conversation, before = await desk.rows()
    holding = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hand_over_slowly(tx: Tx) -> None:
        customers.lock_contact_by_id(tx, conversation.contact_id)
        loop.call_soon_threadsafe(holding.set)
        if tx.is_postgres:
            tx.conn.execute(sa.text("SELECT pg_sleep(0.5)"))
        conversations.hand_to_people(tx, conversation.id, "asked_for_human")

    other = asyncio.create_task(db.tx(hand_over_slowly))
    await asyncio.wait_for(holding.wait(), 10)
    await db.tx(enqueue, "turn", {"conversation_id": conversation.id})
    (job, *_) = await db.tx(claim, "w", limit=9, lease=30)
    give_up = desk.line.house.kinds["turn"].on_dead
    assert give_up is not None
    tries = 0

    def counted(tx: Tx) -> None:
        nonlocal tries
        tries += 1
        give_up(tx, job, "boom")

    await db.tx(counted)
    assert tries == 1
    await other
    conversation, after = await desk.rows()
    assert conversation.handoff_reason == "asked_for_human"
    assert len(after) == len(before)  # nobody tells him of an error: a person was called already
