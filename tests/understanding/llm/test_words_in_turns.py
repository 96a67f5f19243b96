"""Turns that a language model words: outside the transaction, once, and only where it may."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from backend.accounts.web import current_actor
from backend.conversations.models import conversation, message
from backend.kit.actor import Actor, Role
from backend.kit.clock import FixedClock
from backend.kit.db import Tx
from backend.kit.errors import Forbidden
from backend.settings import Settings
from backend.spending import endpoints, repository
from backend.spending import service as spending
from backend.spending.repository import Use
from bot.dialogs.commands import Answer, SmallTalk
from bot.ports import Money, Passage
from bot.understanding.llm.budget import Budget, Prices
from bot.understanding.llm.permission import Permission, facts_in
from tests.support.llm_server import NOTHING, LlmServer
from tests.support.vendor import Line, open_line
from tests.understanding.llm.support import Knowing, Ticking, understanding

PASSAGE = Passage("Returns", "You can return goods within 30 days. We do not take back socks.", 0.9)
ASKED = "may I give things back, and till when?"
MANAGER = Actor("account", "m", "Mia", Role.MANAGER)


class OnePassage:
    """Articles with one answer."""

    def answer(self, question: str, locale: str) -> Passage | None:
        return PASSAGE


def wording(text: str, sources: tuple[int, ...] = (1,)) -> Any:
    """A model that words whatever it is asked to, and proposes nothing."""

    def answer(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        if "passages" in asked:
            return {"text": text, "sources": list(sources)}
        return {"text": text} if "customer" in asked else NOTHING

    return answer


def settings_with(settings: Settings, words: str) -> Settings:
    return settings.model_copy(update={"llm_words": words, "understanding": "rules"})


@asynccontextmanager
async def answered(
    settings: Settings, clock: FixedClock, server: LlmServer, words: str, local: Any
) -> AsyncIterator[Line]:
    llm = understanding(server, local, model=server, prices=Prices(1.0, 2.0))
    async with open_line(settings_with(settings, words), clock, llm) as line:
        for_contact = line.house.turns.ports_for

        def ports_for(tx: Tx, contact: Any) -> Any:
            ports = for_contact(tx, contact)
            object.__setattr__(ports, "articles", OnePassage())
            return ports

        object.__setattr__(line.house.turns, "ports_for", ports_for)
        yield line


ANSWERS = Knowing((Answer(ASKED),))
THANKS = Knowing((SmallTalk("thanks"),))


async def say(line: Line, text: str = ASKED, number: int = 1) -> str:
    await line.says(number, text)
    await line.house.worker().run_until_idle()
    return line.vendor.sent[-1][1]


async def costs(line: Line, **asked: Any) -> list[tuple[int, int, int, int]]:
    found = await line.house.db.read(
        lambda tx: spending.costs(tx, MANAGER, **{"days": 1, "by_conversation": False, **asked})
    )
    return [(one.questions, one.tokens_in, one.tokens_out, one.cost) for one in found]


async def test_an_answer_is_worded_from_its_passage_and_cites_it(
    settings: Settings, clock: FixedClock
) -> None:
    server = LlmServer(wording("You have 30 days to return goods, but not socks."))
    async with answered(settings, clock, server, "chat.answer", ANSWERS) as line:
        said = await say(line)
        assert "You have 30 days to return goods, but not socks." in said
        assert "Returns" in said
        assert [set(asked) for asked in map(_asked, server.bodies)] == [
            {"message"} | set(_asked(server.bodies[0])),
            {"question", "locale", "passages"},
        ]
        assert await costs(line) == [(2, 600, 80, 760)]


def _asked(body: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(body[body.index("\n{") :])
    return found


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("You have 60 days to return goods.", (1,)),
        ("You have 30 days, and we pay you $5.", (1,)),
        ("You have 30 days; ask Mister Smith.", (1,)),
        ("You have 30 days, see https://evil.example.", (1,)),
        ("You have 30 days, guaranteed by tomorrow.", (1,)),
        ("You have 30 days.", ()),
        ("", (1,)),
    ],
)
async def test_an_answer_that_adds_anything_is_not_said(
    settings: Settings, clock: FixedClock, text: str, sources: tuple[int, ...]
) -> None:
    server = LlmServer(wording(text, sources))
    async with answered(settings, clock, server, "chat.answer", ANSWERS) as line:
        said = await say(line)
        assert PASSAGE.text in said
        assert await costs(line) == [(2, 600, 80, 760)]


async def test_a_template_is_rephrased_where_a_manager_allows_it(
    settings: Settings, clock: FixedClock
) -> None:
    server = LlmServer(wording("Cheers, any time!"))
    async with answered(settings, clock, server, "chat.*", THANKS) as line:
        assert await say(line, "ta very much") == "Cheers, any time!"
    unmoved = LlmServer(wording("Cheers, any time!"))
    async with answered(settings, clock, unmoved, "dialog.*", THANKS) as line:
        assert await say(line, "ta very much", 2) != "Cheers, any time!"
        assert len(unmoved.bodies) == 1  # what it means was asked, nothing else


async def test_nothing_is_worded_unless_it_is_allowed(
    settings: Settings, clock: FixedClock
) -> None:
    server = LlmServer(wording("You have 30 days to return goods."))
    async with answered(settings, clock, server, "", ANSWERS) as line:
        assert PASSAGE.text in await say(line)
        assert len(server.bodies) == 1


async def test_a_turn_computed_again_pays_once(settings: Settings, clock: FixedClock) -> None:
    """Somebody changes the conversation while the model is asked for words."""
    moved: list[str] = []
    line: Line

    def answer(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        if "passages" not in asked:
            return NOTHING
        return {"text": "You have 30 days to return goods.", "sources": [1]}

    server = LlmServer(answer)
    complete = server.complete

    async def complete_and_move(question: Any) -> Any:
        if question.name == "answer":
            moved.append(question.name)
            await line.house.db.tx(_move)
        return await complete(question)

    server.complete = complete_and_move  # type: ignore[method-assign]
    async with answered(settings, clock, server, "chat.answer", ANSWERS) as opened:
        line = opened
        said = await say(line)
        assert "You have 30 days to return goods." in said
        assert moved == ["answer"]
        assert len(server.bodies) == 2
        assert await costs(line) == [(2, 600, 80, 760)]
        assert await line.house.db.read(_uses) == [
            {"outcome": "none", "tokens_in": 600, "tokens_out": 80, "cost": 760, "currency": "USD"}
        ]


def _move(tx: Tx) -> None:
    tx.conn.execute(sa.update(conversation).values(state_version=conversation.c.state_version + 1))


def _uses(tx: Tx) -> list[object]:
    found = tx.conn.execute(
        sa.select(message.c.understood).where(message.c.understood.is_not(None))
    )
    return [row.understood.get("model") for row in found]


async def test_a_slow_model_has_one_deadline_for_both(
    settings: Settings, clock: FixedClock
) -> None:
    server = LlmServer(wording("You have 30 days to return goods."))
    async with answered(settings, clock, server, "chat.answer", ANSWERS) as line:
        model = line.house.turns.model
        assert model is not None
        seconds = [0.0, 29.9]
        model.time = lambda: seconds.pop(0)
        assert PASSAGE.text in await say(line)
        assert len(server.bodies) == 1


async def test_what_other_processes_used_counts_against_the_cap(
    settings: Settings, clock: FixedClock
) -> None:
    server = LlmServer()
    now = Ticking(clock.now())
    budget = Budget(now, cap=1_000)
    llm = understanding(server, Knowing(), model=server, budget=budget)
    async with open_line(settings_with(settings, ""), clock, llm) as line:
        await say(line)
        assert len(server.bodies) == 1
        [conversation_id] = await line.house.db.read(
            lambda tx: list(tx.conn.execute(sa.select(conversation.c.id)).scalars())
        )
        other = Use(spending.day_of(clock.now()), conversation_id, "USD", 2, 600, 100, 0)
        await line.house.db.tx(repository.add, other)
        model = line.house.turns.model
        assert model is not None
        model.time = lambda: 1e9
        await say(line, "another thing", 2)
        assert len(server.bodies) == 1
        assert budget.used == 1_040
        clock.advance(days=1)
        now.at = clock.now()
        assert not budget.is_spent


async def test_costs_are_shown_to_managers_by_day_and_conversation(
    settings: Settings, clock: FixedClock
) -> None:
    server = LlmServer()
    llm = understanding(server, Knowing(), model=server, prices=Prices(1.0, 2.0))
    async with open_line(settings_with(settings, ""), clock, llm) as line:
        await say(line)
        clock.advance(days=1)
        await say(line, "and another", 2)
        assert await costs(line, days=1) == [(1, 300, 40, 380)]
        assert await costs(line, days=2) == [(1, 300, 40, 380)] * 2
        assert await costs(line, days=2, by_conversation=True) == [(1, 300, 40, 380)] * 2
        with pytest.raises(Forbidden):
            await line.house.db.read(
                lambda tx: spending.costs(
                    tx, Actor("account", "a", "Al", Role.AGENT), days=1, by_conversation=False
                )
            )
        app = FastAPI()
        app.include_router(endpoints.router)
        app.dependency_overrides[current_actor] = lambda: MANAGER
        app.state.house = line.house
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://shop"
        ) as http:
            told = await http.get("/llm/costs?days=2&by=day")
        assert [(one["cost"], one["conversation_id"]) for one in told.json()["items"]] == [
            ("0.000380", None)
        ] * 2


@pytest.mark.parametrize("setting", ["refund.summary", "verify.*", "system.error", "chat", "*"])
def test_what_tells_of_money_or_identity_can_be_allowed_to_nobody(setting: str) -> None:
    with pytest.raises(ValueError, match="can't be left"):
        Permission.of(setting)


def test_an_amount_in_it_forbids_a_template() -> None:
    allowed = Permission.of("order.detail, chat.*")
    assert allowed.allows("chat.thanks", {})
    assert allowed.allows("order.detail", {"titles": ["Mug"]})
    assert not allowed.allows("order.detail", {"paid": Money(100, "CNY")})
    assert not allowed.allows("order.detail", {"parts": [{"amount": Money(100, "CNY")}]})
    assert not allowed.allows("order.found", {})


def test_words_put_into_a_template_are_facts() -> None:
    assert facts_in({"a": "Mug", "b": ["Cup", {"c": "Pot"}], "d": 3, "e": " "}) == [
        "Mug",
        "Cup",
        "Pot",
    ]
