"""A wish that is denied, asked about or told as done starts nothing, whoever proposes it; a wish
with a "no" beside it stays one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.dialogs import commands as c
from bot.messages import InboundKind, InboundMessage, Sender
from bot.understanding.base import DialogView, Understood
from bot.understanding.denials import PERSON, is_unwished
from bot.understanding.local import LocalUnderstanding
from bot.understanding.rules import RulesUnderstanding
from tests.support.llm_server import LlmServer, command, proposing
from tests.understanding.llm.support import Knowing, understanding

GOLDEN: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "unwished.yml").read_text("utf-8")
)
LOCAL, RULES = LocalUnderstanding.shipped("en"), RulesUnderstanding()
LOCAL.embedder.embed_now(["warm"])


def message(text: str) -> InboundMessage:
    at = datetime(2026, 5, 20, tzinfo=UTC)
    return InboundMessage("m", Sender("s"), InboundKind.TEXT, at, 1, text=text)


def flows(read: Understood) -> list[str]:
    return [one.flow for one in read.commands if isinstance(one, c.StartFlow)]


@pytest.mark.parametrize("one", GOLDEN["unwished"], ids=lambda one: str(one["says"]))
def test_what_is_not_wished_for_starts_nothing(one: dict[str, Any]) -> None:
    for read in (reader.read(message(one["says"]), DialogView()) for reader in (RULES, LOCAL)):
        assert not set(flows(read)) & {*one["never"]}
        assert not (one.get("person") and c.HumanHandoff("asked") in read.commands)


@pytest.mark.parametrize("one", GOLDEN["wished"], ids=lambda one: str(one["says"]))
def test_a_no_beside_a_wish_leaves_it_one(one: dict[str, Any]) -> None:
    assert flows(LOCAL.read(message(one["says"]), DialogView())) == one["is"]
    # … nor is a model's proposal of it held back.
    assert not any(is_unwished(flow, one["says"]) for flow in one["is"])


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("please don't cancel the lamp", "cancel_order"),
        ("为什么不给我退款", "refund"),
        ("注文をキャンセルしないでください", "cancel_order"),
    ],
)
async def test_a_model_that_proposes_it_all_the_same_is_not_followed(text: str, flow: str) -> None:
    server = LlmServer(proposing(command("start_flow", flow=flow)))
    llm = understanding(server, Knowing(), model=server)
    read = await llm.understand(message(text), DialogView())
    assert server.bodies
    assert read.commands == (c.Clarify(),)


def test_a_person_is_not_called_against_his_will() -> None:
    assert is_unwished(PERSON, "别转人工")
    assert not is_unwished(PERSON, "我要转人工")
    assert not is_unwished(PERSON, "not you, a human please")
