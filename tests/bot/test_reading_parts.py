"""The parts of understanding by themselves: normal form, language, entities."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import MAX_TEXT
from bot.understanding.base import DialogView
from bot.understanding.entities import ORDER_NUMBER, find_entities, number_of, picked_numbers
from bot.understanding.language import detect
from bot.understanding.lexicon import shipped_lexicon
from bot.understanding.normalise import normalise
from bot.understanding.reading import INTENTS, MOST, Reading

SERVED = ("zh-CN", "en", "zh-TW", "es", "de", "fr", "ja")


# Normal form


@pytest.mark.parametrize(
    ("original", "text"),
    [
        ("ＬＬ２０２６", "LL2026"),
        ("  a \t\n b  ", "a b"),
        ("re\u200bfund\u202e", "refund"),
        ("don\u2019t", "don't"),
        ("e\u0301", "é"),
        ("a\ud800b\x00", "ab"),
        ("你好　世界", "你好 世界"),
        ("", ""),
    ],
)
def test_normal_form(original: str, text: str) -> None:
    assert normalise(original).text == text


def test_long_texts_are_cut() -> None:
    normalised = normalise("a" * (MAX_TEXT + 100))
    assert len(normalised.text) == MAX_TEXT
    assert normalised.original(0, MAX_TEXT) == (0, MAX_TEXT)


@given(st.text(max_size=200))
def test_offsets_lead_back_in_order(original: str) -> None:
    normalised = normalise(original)
    assert len(normalised.offsets) == len(normalised.text) + 1
    assert list(normalised.offsets) == sorted(normalised.offsets)
    assert normalise(normalised.text).text == normalised.text


# Language


@pytest.mark.parametrize(
    ("text", "earlier", "locale"),
    [
        ("我想退款", None, "zh-CN"),
        ("我想退貨，東西壞了", None, "zh-TW"),
        ("I want a refund", None, "en"),
        ("quiero un reembolso por favor", None, "es"),
        ("ich möchte mein Geld zurück", None, "de"),
        ("je voudrais un remboursement", None, "fr"),
        ("返金をお願いします", None, "ja"),
        # In doubt the language stays
        ("ok", "zh-CN", "zh-CN"),
        ("LL20260510-0003", "zh-CN", "zh-CN"),
        ("no", "de", "de"),
        ("iPhone 15 Pro Max", "zh-CN", "zh-CN"),
        ("👍", "fr", "fr"),
        ("好", "en", "en"),
        ("退款", "zh-TW", "zh-TW"),
        # Clear words change it
        ("I want to talk about my order please", "zh-CN", "en"),
        ("我要退款，水壶坏了", "en", "zh-CN"),
        ("where is my order", "de", "en"),
        ("хочу вернуть деньги", "en", "en"),
    ],
)
def test_language(text: str, earlier: str | None, locale: str) -> None:
    assert detect(text, earlier, None, SERVED) == locale


@pytest.mark.parametrize(
    ("hint", "locale"),
    [("zh-hans", "zh-CN"), ("zh-HK", "zh-TW"), ("en-GB", "en"), ("pt-br", None), (None, None)],
)
def test_without_words_the_channels_hint_counts(hint: str | None, locale: str | None) -> None:
    assert detect("123456", None, hint, SERVED) == locale


# Entities


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("订单LL20260518-0042的", [("order_number", "LL20260518-0042")]),
        ("ll 20260518 0042 8001", [("order_number", "ll 20260518 0042"), ("phone_tail", "8001")]),
        ("my order is 20260518-0042", [("order_number", "20260518-0042")]),
        ("LL-10042", [("order_number", "LL-10042")]),
        ("number 123456789012", [("order_number", "123456789012")]),
        ("as20260520-1286 please", [("ticket", "as20260520-1286")]),
        ("a.b@example.co.uk.", [("email", "a.b@example.co.uk")]),
        ("电话13800138001", [("phone", "13800138001")]),
        ("+1 (415) 555", []),
        ("+1 415 555 0142", [("phone", "+1 415 555 0142")]),
        ("尾号是 8001", [("phone_tail", "8001")]),
        ("in 2026 i bought it", []),
        ("退两件", [("quantity", "2")]),
        ("只退一个", [("quantity", "1")]),
        ("x3", [("quantity", "3")]),
        ("two of them", [("quantity", "2")]),
        ("just one please", [("quantity", "1")]),
        ("另一个订单", []),
        ("这个多少钱", []),
        ("一个月", []),
        ("only 2 days", []),
    ],
)
def test_entities(text: str, found: list[tuple[str, str]]) -> None:
    spans = find_entities(text, tail_expected=False)
    assert [(span.kind, span.value) for span in spans] == found


def test_four_digits_are_a_proof_when_one_is_asked_for() -> None:
    (span,) = find_entities("it's 8001", tail_expected=True)
    assert (span.kind, span.value) == ("phone_tail", "8001")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", 2),
        ("two", 2),
        ("两件", 2),
        ("三", 3),
        ("2 个", 2),
        ("12", 12),
        ("two mugs", None),
        ("", None),
        ("-2", None),
        ("1.5", None),
        ("9999999", None),
    ],
)
def test_numbers(text: str, number: int | None) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1", [1]),
        ("1、3", [1, 3]),
        ("1 3", [1, 3]),
        ("2020", []),
        ("第二个", [2]),
        ("third option", [3]),
        ("I have 2 mugs", []),
        ("1月2日", []),
    ],
)
def test_picked_numbers(text: str, numbers: list[int]) -> None:
    assert picked_numbers(text) == numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("I want a refund for order #1001", ["1001"]),
        ("order number A7 please", ["A7"]),
        ("where is my order AB-123?", ["AB-123"]),
        ("where's #10234", ["10234"]),
        ("bestellung nr. 4711 ist kaputt", ["4711"]),
        ("订单1002到哪了", ["1002"]),
        ("订单号是1002", ["1002"]),
        ("order SO/2026/0005", ["SO/2026/0005"]),
        ("where is my order ll20260516 0004", ["ll20260516 0004"]),
        ("我下了订单1000元", []),
        ("I want to order 100 pieces", []),
        ("I ordered 2 mugs", []),
        ("order B12 vitamins", []),
        ("option #2", []),
        ("the order from 20 May", []),
    ],
)
def test_numbers_of_orders_within_a_sentence(text: str, numbers: list[str]) -> None:
    spans = find_entities(text, tail_expected=False)
    assert [span.value for span in spans if span.kind == ORDER_NUMBER] == numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("#1001", "1001"),
        ("1002.", "1002"),
        ("A7", "A7"),
        ("XSS-2", "XSS-2"),
        ("SO/2026/0005", "SO/2026/0005"),
        ("订单-77", "订单-77"),
        ("2", None),
        ("#2", None),
        ("5/20", None),
        ("49.90", None),
    ],
)
def test_a_code_in_answer_to_which_order(text: str, number: str | None) -> None:
    spans = find_entities(text, tail_expected=True, order_expected=True)
    assert next((one.value for one in spans if one.kind == ORDER_NUMBER), None) == number


@given(st.text(max_size=200), st.booleans())
def test_entities_never_overlap(text: str, tail_expected: bool) -> None:
    spans = find_entities(text, tail_expected=tail_expected)
    for before, after in itertools.pairwise(spans):
        assert before.end <= after.start


@pytest.mark.parametrize("piece", ["退款", "ﷺ退款", "质量问题 ", "refund late "])
def test_a_text_of_nothing_but_wishes_is_read_without_comparing_each_with_each(piece: str) -> None:
    reading = Reading(normalise(piece * 5_000).text, DialogView(), shipped_lexicon())
    assert len(reading.text) <= MAX_TEXT + 18
    assert len(reading.intents) <= MOST * len(INTENTS)
    assert len(reading.reasons) <= MOST * len(reading.lexicon.keys("reasons"))
