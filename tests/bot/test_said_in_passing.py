"""What a wish does not take in: exceptions, things said in passing, numbers of something else."""

from __future__ import annotations

import pytest

from bot.channels.base import BadPayload
from bot.dialogs.parts.orders import order_number
from bot.dialogs.parts.whole_orders import excepted, means_everything
from bot.dialogs.slots import ORDER
from bot.understanding.base import DialogView
from bot.understanding.entities import ORDER_NUMBER, find_entities
from bot.understanding.lexicon import shipped_lexicon
from bot.understanding.reading import Reading
from bot.understanding.told import order_and_proof


@pytest.mark.parametrize(
    "words",
    [
        "I want to return one of the items",
        "everything else was fine, just one of the items",
        "alles andere ist gut",
        "ça ne marche pas du tout",
        "not everything, just one",
        "不是全部",
        "none of the items",
        "除了台灯都退",
    ],
)
def test_not_all_of_it(words: str) -> None:
    assert not means_everything(words)


@pytest.mark.parametrize("words", ["everything", "all of it please", "全部退", "alles bitte"])
def test_all_of_it(words: str) -> None:
    assert means_everything(words)


def test_besides_is_no_exception() -> None:
    assert not excepted("除了吸尘器，滤芯也要退")
    assert excepted("除了吸尘器都退") == "吸尘器"


@pytest.mark.parametrize(
    "text",
    [
        "change the address to 9 Elm Street #405, Boston, MA 02110",
        "apartment #1502, refund my order",
        "photo #102",
        "refund order 5000 yen",
        "placed order 2024 in May",
        "订单2024年的",
        "order no 3 items",
        "Bestellung Nr. 5 Stück",
    ],
)
def test_no_number_of_an_order(text: str) -> None:
    spans = find_entities(text, tail_expected=False)
    assert [span for span in spans if span.kind == ORDER_NUMBER] == []


@pytest.mark.parametrize("words", ["5/18", "2pm", "20.05", "12.5", "size42"])
def test_what_else_has_digits(words: str) -> None:
    assert order_number(words) is None


def test_an_excepted_order_is_not_the_one_meant() -> None:
    def told(text: str) -> str | None:
        reading = Reading(text, DialogView(), shipped_lexicon())
        return order_and_proof(reading).get(ORDER)

    assert told("cancel all my orders except LL20260512-0001") is None
    assert told("除了LL20260512-0001都取消") is None
    assert told("not LL20260512-0001 but LL20260514-0002") == "LL20260514-0002"


def test_faults_of_a_payload_name_fields() -> None:
    assert BadPayload("x", "text: too long; one of both is needed").faults == [
        ("text", "too long"),
        ("body", "one of both is needed"),
    ]
