"""Slips of the pen: what is corrected, what is left alone, and how much of it is understood."""

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
from bot.understanding.local import LocalUnderstanding
from bot.understanding.spelling import KNOWN, Spelling
from knowledge.embedding import shared_embedder
from tools.models import known_words

PHRASES = yaml.safe_load((Path(__file__).parent / "misspelt.yml").read_text("utf-8"))
RIGHT = 0.9


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    embedder = shared_embedder()
    embedder.embed_now(["warm"])
    return Spelling(embedder.knows)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("i wnat my mony back", "i want my money back"),
        ("exhcange please", "exchange please"),
        ("Refnud!", "refund!"),
        ("我想申请推款", "我想申请退款"),
        ("收获地址填错了", "收货地址填错了"),
        ("je veux un rembousement", "je veux un remboursement"),
        ("rückerstatung bitte", "rückerstattung bitte"),
        ("mugg was brokn, i need refnd", "mugg was broken, i need refund"),
        ("pls cancell hs-50001", "pls cancel hs-50001"),
        ("exchnage teh mug", "exchange the mug"),
        ("退获地址", "退货地址"),
    ],
)
def test_what_is_corrected(spelling: Spelling, written: str, meant: str) -> None:
    assert spelling.corrected(written) == meant


@pytest.mark.parametrize(
    "text",
    [
        "the scarf and the linen coat, size M",
        "Melanie Fischer, Rosenweg 5",
        "kettle vacuum teapot humidifier blender hoodie sneakers",
        "退或换都行，预订但是没付",
        "目的地只有一个，最快第二天",
        "怀了孕不能用",
        "LL-10042 and ORDR-1001",
        "wurde storniert, ich storniere nicht, erstatte, erstattet",
        "cancelaron, canceles, cancelado, ya devolvió, devuélvanme",
        "annullato, remboursée, échangé, annulée, cancelou",
        "I am Chang Coder, delivry@example.com, 9 Packge Lane",
        "",
    ],
)
def test_what_is_left_alone(spelling: Spelling, text: str) -> None:
    assert spelling.corrected(text) == text


def test_nothing_is_corrected_before_the_encoder_is_there() -> None:
    assert Spelling(lambda _word: True).corrected("i want a refnud") == "i want a refnud"


@given(st.text(max_size=300))
def test_any_text_is_taken(text: str) -> None:
    Spelling(lambda _word: False).corrected(text)


def test_right_words_are_those_of_the_phrases_as_they_are_now() -> None:
    assert KNOWN.read_text("utf-8") == known_words(), "run: python -m tools.models words"


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("canel my refund", "withdraw"),
        ("pls cancell hs-50001, found it cheaper", "cancel_order"),
        ("mugg was brokn, i need refnd", "refund"),
    ],
)
def test_the_wish_is_that_of_the_words_meant(spelling: Spelling, text: str, flow: str) -> None:
    assert _done(LocalUnderstanding.shipped("en"), text) >= {flow}


def test_most_are_understood() -> None:
    understanding = LocalUnderstanding.shipped("en")
    understanding.embedder.embed_now(["warm"])
    wrong = [one["says"] for one in PHRASES if not _done(understanding, one["says"]) & {*one["is"]}]
    assert len(wrong) <= (1 - RIGHT) * len(PHRASES), wrong


def _done(understanding: LocalUnderstanding, text: str) -> set[str]:
    at = datetime(2026, 5, 20, 8, tzinfo=UTC)
    message = InboundMessage("m", Sender("v"), InboundKind.TEXT, at, 1, text=text)
    read = understanding.read(message, DialogView())
    names = {c.HumanHandoff: "person", c.Answer: "answer", c.CancelFlow: "stop"}
    done = {names.get(type(one), "") for one in read.commands}
    done |= {one.flow for one in read.commands if isinstance(one, c.StartFlow)}
    return done | {one.slot for one in read.commands if isinstance(one, c.SetSlot)}
