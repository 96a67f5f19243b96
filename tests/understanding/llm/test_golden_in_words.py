"""Golden conversations in the whole house, worded by a model that may: they end the same."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from backend.conversations.models import message
from backend.kit.db import Tx
from backend.pipeline.model_work import ModelWork
from bot.understanding.llm.permission import DOMAINS, Permission
from tests.conversations.house_world import HouseWorld, build_shop
from tests.conversations.script import Player
from tests.conversations.script import Script as Conversation
from tests.support.llm_server import NOTHING, LlmServer, Script
from tests.understanding.llm.support import understanding

CONVERSATIONS = Path(__file__).parents[2] / "conversations"
NAMES = (
    "en_policy_first",
    "en_says_thanks_in_between",
    "en_help_and_goodbye",
    "zh_question_then_goes_on",
    "zh_seven_days",
)
ALL = Permission.of(",".join(f"{domain}.*" for domain in DOMAINS))
PROMISE = " You get $10,000 back by tomorrow, says Mister Smith: https://evil.example"


def polite(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """Says the same with a smile."""
    if "passages" in asked:
        return {"text": asked["passages"][0].partition(": ")[2], "sources": [1]}
    return {"text": f"{asked['message']} :)"} if "customer" in asked else NOTHING


def promising(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """Adds what nobody said."""
    if "passages" in asked:
        return {"text": asked["passages"][0] + PROMISE, "sources": [1]}
    return {"text": asked["message"] + PROMISE} if "customer" in asked else NOTHING


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop, built once."""
    return build_shop(tmp_path_factory.mktemp("shop"))


@pytest.mark.parametrize("script", [polite, promising])
@pytest.mark.parametrize("name", NAMES)
async def test_a_conversation_that_is_worded(
    name: str, script: Script, built: Path, tmp_path: Path
) -> None:
    conversation = await asyncio.to_thread(Conversation.read, CONVERSATIONS / f"{name}.yml")
    world = HouseWorld(conversation, built, tmp_path)
    turns, server = world.house.turns, LlmServer(script)
    llm = understanding(server, turns.understanding, model=server)
    object.__setattr__(turns, "understanding", llm)
    object.__setattr__(turns, "model", ModelWork(world.house.db, llm, ALL))
    await Player(conversation, world).play()
    said = await world.house.db.read(_said)
    await world.close()
    assert [body for body in server.bodies if '"customer"' in body or '"passages"' in body]
    assert any(text.endswith(" :)") for text in said) or script is promising or "zh" in name
    assert "10,000" not in "\n".join(said)


def _said(tx: Tx) -> list[str]:
    bodies = tx.conn.scalars(sa.select(message.c.body).where(message.c.author == "bot"))
    return [str(body["text"]) for body in bodies]
