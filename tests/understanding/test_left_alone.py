"""Orders named only to be left alone, and things only spoken of."""

from __future__ import annotations

import pytest

from bot.dialogs.parts.meaning_it import is_meant
from bot.understanding.left_alone import is_left_alone


@pytest.mark.parametrize(
    "text",
    [
        "cancel all my orders except 1002",
        "cancel 1001 but keep 1002",
        "not 1002, 1001",
        "leave my order 1002",
        "alles stornieren außer 1002",
        "annulez tout sauf la commande 1002",
        "除了1002都取消",
        "1002留着，1001取消",
        "订单1002不动",
    ],
)
def test_an_order_left_alone(text: str) -> None:
    start = text.index("1002")
    assert is_left_alone(text, start, start + 4)


@pytest.mark.parametrize(
    "text",
    [
        "cancel 1002",
        "no, 1002",
        "Why not? It is 1002",
        "my parcel has not arrived, order 1002",
        "取消1002，1001留着",
        "我不想要1002了",
    ],
)
def test_an_order_something_is_wished_for(text: str) -> None:
    start = text.index("1002")
    assert not is_left_alone(text, start, start + 4)


@pytest.mark.parametrize(
    "text",
    [
        "the towel",
        "no, the towel",
        "I meant the towel",
        "the towel instead please",
        "also the towel",
        "das Handtuch",
        "吸尘器",
        "不对，是吸尘器",
        "换成吸尘器",
    ],
)
def test_a_thing_that_is_meant(text: str) -> None:
    assert is_meant(text)


@pytest.mark.parametrize(
    "text",
    [
        "the towel is great by the way",
        "the towel is fine though",
        "my wife wants to keep the towel",
        "what if I return the towel instead",
        "I have the towel and the mugs",
        "das Handtuch ist toll",
        "吸尘器挺好用的",
        "如果退吸尘器呢",
    ],
)
def test_a_thing_only_spoken_of(text: str) -> None:
    assert not is_meant(text)
