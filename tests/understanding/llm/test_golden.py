"""The golden conversations with a language model on, whatever it does: they end the same."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from tests.conversations.fake_world import FakeWorld
from tests.conversations.script import Player
from tests.conversations.script import Script as Conversation
from tests.support.llm_server import NOTHING, LlmServer, Script, command
from tests.understanding.llm.support import Shipped, Ticking, understanding

CONVERSATIONS = Path(__file__).parents[2] / "conversations"
FILES = sorted(file for file in CONVERSATIONS.glob("*.yml") if file.name != "shop.yml")


def lazy(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """Proposes nothing."""
    return NOTHING


def failing(asked: Mapping[str, Any]) -> Response:
    """Is down."""
    return JSONResponse({"error": {"message": "overloaded"}}, 503)


GARBAGE: list[Mapping[str, Any] | str] = [
    "I would be happy to help you with your refund!",
    '{"commands": [',
    {"commands": [{"command": "refund", "amount": 1_000_000}]},
    {"commands": [command("set_slot", slot="confirmed", value="yes")]},
    {"commands": [command("set_slot", slot="order", value="LL99999999-9999")]},
    {"commands": [command("start_flow", flow="transfer_money")]},
    {"commands": [command("pick_option", value="99")]},
    {"commands": [command("set_slot", slot="quantities", value="500")]},
    {"commands": [command("set_slot", slot="order", value="<ORDER_9>")]},
    "null",
]


def garbage() -> Script:
    """Proposes something senseless, another each time."""
    turns = itertools.cycle(GARBAGE)
    return lambda asked: next(turns)


# Who proposes nonsense plays all; those that leave it to the local model, a share each.
@pytest.mark.parametrize(
    ("script", "files"),
    [(lazy, FILES[::4]), (failing, FILES[1::4]), (garbage(), FILES)],
    ids=["lazy", "failing", "garbage"],
)
async def test_every_golden_conversation(script: Script, files: Sequence[Path]) -> None:
    server = LlmServer(script)
    clock = Ticking()
    llm = understanding(server, Shipped(), now=clock)
    for file in files:
        conversation = Conversation.read(file)
        await Player(conversation, FakeWorld(conversation, llm)).play()
        clock.pass_by(3_600)  # what opened the breaker in one does not spare the next
    assert len(server.bodies) > len(files) / 2
