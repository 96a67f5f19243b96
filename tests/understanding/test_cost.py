"""No message holds a worker for long: what is repeated up to the longest text there is costs about
as much as any text of that length."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest

from bot.messages import MAX_TEXT, InboundKind, InboundMessage, Sender
from bot.understanding.base import DialogView
from bot.understanding.entities import MOST, find_entities
from bot.understanding.rules import RulesUnderstanding

SECONDS = 1.0
"""CPU; all of these take less than a fifth of it, and some took four seconds."""
RULES = RulesUnderstanding()


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """What is compiled and loaded once is not counted."""
    for text in ("where is my order", "我的快递在哪里", "gdje je moj paket"):
        _cost(text)


@pytest.mark.parametrize(
    "repeated",
    [
        *("two ", "one two three ", "twenty five hundred ", "two hundred and ", "an a ", "half a "),
        *("一二三四", "两百块", "上周", "取消", "不要"),
        *("a.", "a.a.a@", "a@a.", "aaaa", "AB-AB-", "é", "1,", "12-", "1/", "http://a "),
        *("$1 ", "+1 ", "x1 ", "#1 ", "five euro ", "don't ", "not ", "<a "),
    ],
)
def test_a_repetition_costs_little(repeated: str) -> None:
    assert _cost((repeated * MAX_TEXT)[:MAX_TEXT]) < SECONDS


def test_pieces_are_counted_up_to_an_end() -> None:
    found = find_entities("$1 " * 1_600, tail_expected=False, today=date(2026, 5, 20))
    assert len(found) == MOST


def _cost(text: str) -> float:
    message = InboundMessage(
        "m1", Sender("c1"), InboundKind.TEXT, datetime(2026, 5, 20, tzinfo=UTC), 1, text=text
    )
    start = time.process_time()
    RULES.read(message, DialogView())
    return time.process_time() - start
