"""The second form of a text: what people write around what they mean is gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.normalise import MAX_MATCHED, for_matching


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        # Greetings and thanks around a wish
        ("亲，你好，在吗？我想退货", "我想退货"),
        ("hi there, good morning, where is my order", "where is my order"),
        ("Hallo zusammen, wo ist mein Paket? Danke", "wo ist mein Paket?"),
        ("Hola, buenas tardes. ¿Dónde está mi pedido? Gracias", "¿Dónde está mi pedido?"),
        ("Здравствуйте! Где мой заказ?", "Где мой заказ?"),
        ("안녕하세요 환불해 주세요", "환불해 주세요"),
        ("你好", "你好"),
        ("thanks!", "thanks!"),
        # What only looks like one
        ("你好评返现怎么没有", "你好评返现怎么没有"),
        ("亲戚送的水壶坏了", "亲戚送的水壶坏了"),
        ("Your hi-fi is broken", "Your hi-fi is broken"),
        ("Hello, €20 was taken", "€20 was taken"),
        # Shouting
        ("I WANT MY MONEY BACK", "i want my money back"),
        ("I said GIVE ME MY MONEY BACK now", "I said give me my money back now"),
        ("I bought an OLED TV from you", "I bought an OLED TV from you"),
        # Script
        ("我想退貨，東西壞了", "我想退货,东西坏了"),
        ("軟體有問題", "软件有问题"),
        ("返品をお願いします。電話番号", "返品をお願いします。電話番号"),
        # Stretching, emoji, links
        ("this is sooooo baaad!!!!", "this is so bad!"),
        ("where is it?!?!?", "where is it?"),
        ("坏了坏了😭😭", "坏了坏了"),
        ("see https://shop.example.com/a?b=1 里的", "see link 里的"),
        # Tricks
        ("re\u200bfund\u202e \ud800me", "refund me"),
        ("ｒｅｆｕｎｄ", "refund"),
        ("😀", ""),
        ("", ""),
    ],
)
def test_form_for_matching(text: str, matched: str) -> None:
    assert for_matching(text) == matched


def test_long_texts_keep_their_beginning_and_their_end() -> None:
    matched = for_matching("我买了一个水壶 " + "说来话长 " * 800 + "我要退款")
    assert len(matched) <= MAX_MATCHED
    assert matched.startswith("我买了一个水壶")
    assert matched.endswith("我要退款")


@given(st.text(max_size=300))
def test_never_raises_and_says_nothing_new_twice(text: str) -> None:
    matched = for_matching(text)
    assert len(matched) <= 2 * MAX_MATCHED
    matched.encode("utf-8")


@pytest.mark.parametrize(
    "piece", ["A A ", "https://", "hello ", "亲，", "我想退貨", "！？", "a.a."]
)
def test_twenty_thousand_characters_are_no_trouble(piece: str) -> None:
    assert len(for_matching(piece * 5_000)) <= 2 * MAX_MATCHED
