"""How a customer feels, what should be told of it, and where a conversation is heading."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogs import commands as c
from bot.messages import InboundKind, InboundMessage, Sender
from bot.understanding.base import DialogView
from bot.understanding.entities import find_entities
from bot.understanding.lexicon import shipped_lexicon
from bot.understanding.local import LocalUnderstanding
from bot.understanding.normalise import normalise
from bot.understanding.sentiment import Trend, falls, kind, score, trend
from bot.understanding.signals import LEGAL, SARCASM, SIGNALS, find_signals, names
from tests.bot.test_rules import understood

FILE = Path(__file__).parent / "labelled" / "moods.yml"
LABELLED: list[list[str]] = [
    row for rows in yaml.safe_load(FILE.read_text("utf-8")).values() for row in rows
]
UNLISTED: list[list[str]] = yaml.safe_load((FILE.parent / "unlisted_moods.yml").read_text("utf-8"))
LEXICON = shipped_lexicon()
LOCAL = LocalUnderstanding.shipped("en")


def feels(text: str) -> str:
    return kind(understood(text).sentiment)


def test_three_classes_on_labelled_messages() -> None:
    wrong = [row for row in LABELLED if feels(row[1]) != row[0]]
    assert len(LABELLED) >= 150
    assert len(wrong) <= 0.05 * len(LABELLED), wrong


@pytest.mark.parametrize("signal", SIGNALS)
def test_signals_on_labelled_messages(signal: str) -> None:
    told = [(signal in understood(row[1]).signals, signal in row[2:], row[1]) for row in LABELLED]
    extra = [text for found, wanted, text in told if found and not wanted]
    missing = [text for found, wanted, text in told if wanted and not found]
    right = sum(found and wanted for found, wanted, _ in told)
    assert right >= 7
    assert right / (right + len(extra)) >= 0.95, extra
    assert right / (right + len(missing)) >= 0.95, missing


@pytest.mark.parametrize(
    "text",
    [
        "订单 LL20260518-12315 什么时候发货",
        "单号是SF123151231512",
        "my order number is 12315-99",
        "退到工商银行卡里可以吗",
        "the lawyer doll costume is too small",
        "包裹在小区法式面包店",
    ],
)
def test_what_only_looks_like_a_threat_is_none(text: str) -> None:
    assert LEGAL not in understood(text).signals
    assert c.HumanHandoff("upset") not in understood(text).commands


@pytest.mark.parametrize(
    "text",
    ["退一赔三", "ich gehe zur Verbraucherzentrale", "mon avocat", "I'll do a chargeback"],
)
def test_a_threat_brings_a_person(text: str) -> None:
    assert understood(text).commands == (c.HumanHandoff("upset"),)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("good", "not good"),
        ("not bad", "bad"),
        ("very good", "good"),
        ("有点失望", "失望"),
        ("失望", "非常失望"),
        ("一点都不差", "差"),
        ("great", "great, broken again"),
    ],
)
def test_words_are_turned_and_strengthened(better: str, worse: str) -> None:
    assert understood(better).sentiment > understood(worse).sentiment


def by_both(text: str) -> str:
    """As customers are read: words, signals and a classifier together."""
    sent = datetime(2026, 5, 20, tzinfo=UTC)
    message = InboundMessage("m", Sender("x"), InboundKind.TEXT, sent, 1, text)
    return kind(LOCAL.read(message, DialogView()).sentiment)


def test_words_and_classifier_together_on_labelled_messages() -> None:
    wrong = [row for row in LABELLED if by_both(row[1]) != row[0]]
    assert len(wrong) <= 0.05 * len(LABELLED), wrong


def test_what_no_list_has_is_felt_by_likeness() -> None:
    wrong = [row for row in UNLISTED if by_both(row[1]) != row[0]]
    by_words = [row for row in UNLISTED if feels(row[1]) != row[0]]
    assert len(UNLISTED) >= 90
    assert len(wrong) <= 0.3 * len(UNLISTED), wrong
    assert len(wrong) < len(by_words) / 2
    opposite = [row for row in wrong if "neutral" not in (row[0], by_both(row[1]))]
    assert len(opposite) <= 0.03 * len(UNLISTED), "in doubt it is neutral"


def test_plain_reports_of_a_defect_are_not_taken_for_displeasure() -> None:
    reports = [text for feeling, text in UNLISTED if feeling == "neutral"]
    angry = [text for text in reports if by_both(text) == "negative"]
    assert len(angry) <= 0.1 * len(reports), angry


def test_a_classifier_helps_and_never_outvotes_sarcasm_nor_calls_haste_anger() -> None:
    glad, sad = (0.0, 0.1, 0.9), (0.9, 0.1, 0.0)
    assert score("就那样吧", LEXICON, (), glad) > 0.5
    assert score("就那样吧", LEXICON, (), (0.3, 0.5, 0.2)) == 0
    text = normalise("great, broken again").text
    signals = find_signals(text, LEXICON, find_entities(text, tail_expected=False))
    assert names(signals) == (SARCASM,)
    assert score(text, LEXICON, signals, glad) < -0.5
    hurried = normalise("please hurry up").text
    signals = find_signals(hurried, LEXICON, find_entities(hurried, tail_expected=False))
    assert score(hurried, LEXICON, signals, sad) == 0


@given(st.text(max_size=200))
def test_scores_stay_in_their_range(text: str) -> None:
    assert -1 <= understood(text or " ").sentiment <= 1


def test_trend() -> None:
    assert trend([]) == Trend(0.0, 0.0)
    assert trend([0.4]).slope == 0
    assert trend([0.2, -0.3, -0.7]).worsening
    assert not trend([-0.8, -0.5, -0.2]).worsening
    assert not trend([0.9, 0.6, 0.5]).worsening
    assert trend([-1.0, 0.5]).level > trend([0.5, -1.0]).level


def test_one_angry_word_is_no_trend() -> None:
    assert not falls([])
    assert not falls([0.0, -0.9])
    assert not falls([0.0, 0.0, -0.9])
    assert not falls([-0.8, -0.6, -0.4]), "it gets better"
    assert falls([0.0, -0.4, -0.8])


@given(st.lists(st.floats(-1, 1), max_size=30))
def test_a_trend_lies_among_its_scores(scores: list[float]) -> None:
    found = trend(scores)
    assert min(scores, default=0) - 1e-9 <= found.level <= max(scores, default=0) + 1e-9
    assert -2 <= found.slope <= 2
