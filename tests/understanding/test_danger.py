"""A product that hurt somebody, or may: a person hears of it, whatever else is wished for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.dialogs import commands as c
from bot.messages import InboundKind, InboundMessage, Sender
from bot.understanding.base import DialogView
from bot.understanding.rules import RulesUnderstanding


def read(text: str, view: DialogView | None = None) -> tuple[c.Command, ...]:
    at = datetime(2026, 5, 20, tzinfo=UTC)
    message = InboundMessage("m", Sender("s"), InboundKind.TEXT, at, 1, text=text)
    return RulesUnderstanding().read(message, view or DialogView()).commands


@pytest.mark.parametrize(
    "text",
    [
        *("the kettle caught fire", "refund order LL20260310-0005, the kettle exploded, warranty!"),
        *("my son cut himself on the broken mug", "I burnt my hand on it"),
        *("水壶爆炸了", "充电器着火了，我要退款", "杯子碎了，划伤了我的手"),
        *("der Wasserkocher ist explodiert", "el hervidor explotó", "la bouilloire a pris feu"),
        "ケトルが発火しました",
    ],
)
def test_a_person_is_called(text: str) -> None:
    assert read(text) == (c.HumanHandoff("other_service"),)


@pytest.mark.parametrize("text", ["I cut the tag off, refund please", "划痕很多，退款", "割引"])
def test_other_cuts_are_no_danger(text: str) -> None:
    assert c.HumanHandoff("other_service") not in read(text)


@pytest.mark.parametrize("text", ["No photos", "没有照片", "pas de photo"])
def test_no_photo_is_neither_a_wish_nor_a_reason(text: str) -> None:
    assert read(text) == (c.Clarify(),)
    asked = DialogView("en", "refund", "reason")
    assert read(text, asked) == (c.SetSlot("evidence", "none"),)
