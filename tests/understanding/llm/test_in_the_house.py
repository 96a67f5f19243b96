"""What a house with a language model stores and counts, and what one without it loads."""

from __future__ import annotations

import subprocess
import sys

import sqlalchemy as sa

from backend.conversations.models import message
from backend.conversations.repository_costs import ModelCost, model_costs
from backend.kit import metrics
from backend.kit.clock import FixedClock
from backend.kit.db import Tx
from backend.settings import Settings
from bot.understanding.llm.budget import Prices
from bot.understanding.llm.understanding import LlmUnderstanding
from tests.support.llm_server import LlmServer, command, proposing
from tests.support.vendor import open_line
from tests.understanding.llm.support import understanding

ODD = "hm, the former of them rather"


def _uses(tx: Tx) -> list[object]:
    found = tx.conn.execute(
        sa.select(message.c.understood).where(message.c.understood.is_not(None))
    )
    return [row.understood.get("model") for row in found]


def _conversations(tx: Tx) -> list[str]:
    return list(tx.conn.execute(sa.select(message.c.conversation_id).distinct()).scalars())


async def test_tokens_and_cost_are_stored_with_the_message(
    settings: Settings, clock: FixedClock
) -> None:
    server = LlmServer(proposing(command("start_flow", flow="order_status")))
    llm = understanding(server, model=server, prices=Prices(1.0, 2.0))
    async with open_line(settings, clock, llm) as line:
        await line.says(1, ODD)
        await line.house.worker().run_until_idle()
        assert await line.house.db.read(_uses) == [
            {
                "outcome": "taken",
                "tokens_in": 300,
                "tokens_out": 40,
                "cost": 380,
                "currency": "USD",
            }
        ]


async def test_a_conversation_costs_what_its_messages_do(
    settings: Settings, clock: FixedClock
) -> None:
    server = LlmServer(proposing(command("start_flow", flow="order_status")))
    llm = understanding(server, model=server, prices=Prices(1.0, 2.0))
    async with open_line(settings, clock, llm) as line:
        for number in (1, 2):
            await line.says(number, ODD)
            await line.house.worker().run_until_idle()
        [conversation_id] = await line.house.db.read(_conversations)
        costs = await line.house.db.read(model_costs, conversation_id)
        assert costs == [ModelCost("USD", 600, 80, 760, 2)]
        assert await line.house.db.read(model_costs, "another") == []


async def test_what_is_configured_is_asked_and_counted(
    settings: Settings, clock: FixedClock
) -> None:
    said = settings.data_dir / "said.jsonl"
    said.touch()
    configured = settings.model_copy(
        update={"llm_transcript": f"replay:{said}", "understanding": "rules"}
    )
    before = metrics.LLM_CALLS.labels("error")._value.get()
    async with open_line(configured, clock) as line:
        assert isinstance(line.house.turns.understanding, LlmUnderstanding)
        await line.says(1, ODD)
        await line.house.worker().run_until_idle()
        assert line.vendor.sent, "the local result answers"
        [use] = await line.house.db.read(_uses)
        assert isinstance(use, dict)
        assert use["outcome"] == "error"
    assert metrics.LLM_CALLS.labels("error")._value.get() == before + 1


async def test_nobody_is_asked_unless_one_is_configured(
    settings: Settings, clock: FixedClock
) -> None:
    off = settings.model_copy(update={"understanding": "rules"})
    async with open_line(off, clock) as line:
        assert not isinstance(line.house.turns.understanding, LlmUnderstanding)
        await line.says(1, ODD)
        await line.house.worker().run_until_idle()
        assert await line.house.db.read(_uses) == [None]


def test_the_library_is_not_loaded_with_the_house() -> None:
    code = (
        "import sys, backend.house\n"
        "assert not {'langchain_core', 'openai', 'langsmith'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_key_is_not_shown() -> None:
    assert "sk-secret" not in repr(Settings(_env_file=None, llm_api_key="sk-secret"))
