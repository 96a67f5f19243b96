"""More messages than turns: told once, refused before acceptance, taken again when it is calm."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from backend.house import House, open_house
from backend.kit import jobs
from backend.kit.clock import FixedClock
from backend.kit.db import Tx
from backend.kit.errors import Overloaded
from backend.kit.jobs import backlog, queue
from backend.kit.jobs.claiming import claim
from backend.pipeline.kinds import TURN, turn_key
from backend.pipeline.pressure import Level, Pressure, Thresholds
from backend.serve import accounts_of
from backend.settings import Settings
from tests.channels.telegram import support as telegram
from tests.support.houses import Hello

BASE = "/api/chat/v1"
LIMITS = Thresholds(busy_after=10, refuse_after=60, refuse_depth=50)


@pytest.fixture
async def house(settings: Settings, clock: FixedClock) -> AsyncIterator[House]:
    """A house with a Telegram account beside the demo's web chat."""
    opened = open_house(settings, [*accounts_of(settings), telegram.account()], clock=clock)
    await opened.prepare()
    yield opened
    await opened.close()


@pytest.fixture
def pressed(house: House) -> House:
    """A house that looks each time and has low limits."""
    house.pressure = Pressure(house.db, house.notifier, LIMITS, look_every=0)
    return house


def _stuff(tx: Tx, number: int) -> None:
    """Turns of conversations that nobody knows: a worker would find nothing to do in them."""
    for count in range(number):
        other = f"other-{count}"
        jobs.enqueue(tx, TURN, {"conversation_id": other}, key=turn_key(other))


async def _visitor(http: httpx.AsyncClient, hello: Hello, locale: str = "en") -> dict[str, str]:
    answer = await http.post(f"{BASE}/sessions", json=hello(locale=locale))
    assert answer.status_code == 201, answer.text
    return {"authorization": f"Bearer {answer.json()['token']}"}


async def _say(http: httpx.AsyncClient, who: dict[str, str], client_id: str) -> httpx.Response:
    sent = {"client_id": client_id, "text": "what is your return policy?"}
    return await http.post(f"{BASE}/messages", json=sent, headers=who)


async def _telegram(http: httpx.AsyncClient) -> httpx.Response:
    call = telegram.call(telegram.captured("text"))
    return await http.post("/webhooks/telegram/tg-demo", content=call.body, headers=call.headers)


async def _heard(http: httpx.AsyncClient, who: dict[str, str]) -> list[dict[str, Any]]:
    answer = await http.get(f"{BASE}/messages?limit=200", headers=who)
    return list(answer.json()["messages"])


async def _notices(http: httpx.AsyncClient, who: dict[str, str], told: str = "busier") -> int:
    return sum(told in message["text"] for message in await _heard(http, who))


async def test_who_writes_while_it_is_busy_is_told_once_until_it_was_calm(
    pressed: House, http: httpx.AsyncClient, hello: Hello, clock: FixedClock
) -> None:
    anna, ben = await _visitor(http, hello), await _visitor(http, hello, "zh-CN")
    await pressed.worker().run_until_idle()
    await _say(http, anna, "calm")
    assert await _notices(http, anna) == 0
    await pressed.db.tx(_stuff, 3)
    clock.advance(seconds=11)
    for client_id in ("one", "one", "two"):  # a resend in between
        assert (await _say(http, anna, client_id)).status_code == 202
    assert pressed.pressure.snapshot().level is Level.BUSY
    assert pressed.pressure.snapshot().age == pytest.approx(11)
    assert await _notices(http, anna) == 1
    await _say(http, ben, "one")
    assert await _notices(http, ben, "保存") == 1
    await pressed.worker().run_until_idle()  # all is answered: calm

    await _say(http, anna, "three")
    assert pressed.pressure.snapshot().level is Level.CALM
    assert await _notices(http, anna) == 1
    await pressed.db.tx(_stuff, 3)
    clock.advance(seconds=11)
    await _say(http, anna, "four")
    assert await _notices(http, anna) == 2, "it was calm in between"


async def test_another_process_does_not_tell_again(
    pressed: House, http: httpx.AsyncClient, hello: Hello, clock: FixedClock
) -> None:
    anna = await _visitor(http, hello)
    clock.advance(seconds=11)
    await _say(http, anna, "one")
    pressed.pressure = Pressure(pressed.db, pressed.notifier, LIMITS, look_every=0)
    await _say(http, anna, "two")
    assert await _notices(http, anna) == 1


async def test_people_are_answered_by_people(
    pressed: House, http: httpx.AsyncClient, hello: Hello, clock: FixedClock
) -> None:
    anna = await _visitor(http, hello)
    await pressed.worker().run_until_idle()
    sent = {"client_id": "human", "text": "let me talk to a human"}
    await http.post(f"{BASE}/messages", json=sent, headers=anna)
    await pressed.worker().run_until_idle()
    await pressed.db.tx(_stuff, 1)
    clock.advance(seconds=11)
    await _say(http, anna, "one")
    assert pressed.pressure.snapshot().level is Level.BUSY
    assert await _notices(http, anna) == 0


@pytest.mark.parametrize("by", ["age", "depth"])
async def test_too_much_is_refused_before_anything_is_stored_and_taken_again_later(
    pressed: House, http: httpx.AsyncClient, hello: Hello, clock: FixedClock, by: str
) -> None:
    anna = await _visitor(http, hello)
    await pressed.worker().run_until_idle()
    before = await _heard(http, anna)
    await pressed.db.tx(_stuff, 50 if by == "depth" else 1)
    clock.advance(seconds=1 if by == "depth" else 61)

    refused = [
        await _say(http, anna, "one"),
        await http.post(f"{BASE}/sessions", json=hello()),
        await _telegram(http),
    ]
    for answer in refused:
        assert answer.status_code == 503, answer.text
        assert answer.headers["retry-after"] == "15"
        assert answer.headers["content-type"] == "application/problem+json"
    assert await _heard(http, anna) == before, "what is refused leaves no trace"
    known = await http.post(f"{BASE}/sessions", json=hello(token=anna["authorization"][7:]))
    assert known.status_code == 201, "who has a conversation can read it all the same"

    await pressed.worker().run_until_idle()
    assert (await _telegram(http)).status_code == 200
    accepted = await _say(http, anna, "one")
    assert accepted.status_code == 202
    assert accepted.json()["duplicate"] is False


async def test_nothing_that_was_accepted_is_dropped(
    pressed: House, http: httpx.AsyncClient, hello: Hello, clock: FixedClock
) -> None:
    visitors = [await _visitor(http, hello) for _ in range(3)]
    accepted = 0
    for number in range(30):
        answer = await _say(http, visitors[number % 3], f"c{number}")
        accepted += answer.status_code == 202
        clock.advance(seconds=4)
    assert 0 < accepted < 30
    while await pressed.worker().run_until_idle():
        clock.advance(seconds=1)
    said = [message for who in visitors for message in await _heard(http, who)]
    assert sum(message["from"] == "customer" for message in said) == accepted
    waiting = await pressed.db.read(backlog.look, TURN, most=100)
    assert (waiting.age, waiting.depth) == (0.0, 0)


async def test_a_conversation_that_waits_for_itself_does_not_make_the_house_busy(
    pressed: House, clock: FixedClock
) -> None:
    def stuck(tx: Tx) -> None:
        for _ in range(60):  # more than are refused of many
            jobs.enqueue(tx, TURN, {"conversation_id": "x"}, key=turn_key("x"))

    await pressed.db.tx(stuck)
    (first,) = await pressed.db.tx(claim, "w", limit=1, lease=3_600)
    await pressed.db.tx(queue.retry, first, after=3_600, error="told to wait")
    clock.advance(seconds=100)
    found = await pressed.db.read(backlog.look, TURN, most=100)
    assert (found.age, found.depth) == (0.0, 1)
    await pressed.pressure.admit()


async def test_calm_returns_only_well_below_the_threshold(
    pressed: House, clock: FixedClock
) -> None:
    pressure = pressed.pressure
    levels = []
    await pressed.db.tx(_stuff, 1)
    for _ in range(2):
        levels.append((await pressure.look()).level)
        clock.advance(seconds=10.5)
    levels.append((await pressure.look()).level)
    assert levels == [Level.CALM, Level.BUSY, Level.BUSY]
    await pressed.worker().run_until_idle()
    await pressed.db.tx(_stuff, 1)
    clock.advance(seconds=7)
    assert (await pressure.look()).level is Level.BUSY
    await pressed.worker().run_until_idle()
    assert (await pressure.look()).level is Level.CALM
    await pressed.db.tx(_stuff, 1)
    clock.advance(seconds=7)
    assert (await pressure.look()).level is Level.CALM


async def test_it_looks_at_most_once_a_second(house: House, clock: FixedClock) -> None:
    now = 0.0
    pressure = Pressure(house.db, house.notifier, LIMITS, time=lambda: now)
    assert (await pressure.look()).age == 0.0
    await house.db.tx(_stuff, 1)
    clock.advance(seconds=61)
    now = 0.9
    await pressure.admit()
    now = 1.1
    with pytest.raises(Overloaded):
        await pressure.admit()


async def test_a_line_in_this_process_counts_as_well(pressed: House) -> None:
    """To the job table its jobs run: nobody else can see that they wait."""
    waited = 0.0
    pressed.pressure.watch_line(lambda: waited)
    assert (await pressed.pressure.look()).level is Level.CALM
    waited = 11.0
    assert (await pressed.pressure.look()).level is Level.BUSY
    waited = 61.0
    with pytest.raises(Overloaded):
        await pressed.pressure.admit()
