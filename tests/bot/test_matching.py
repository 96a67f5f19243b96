"""Which products does a text name?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogs.parts.matching import match_items
from bot.ports import ItemView, Money


def item(sku: str, en: str, zh: str, *aliases: str) -> ItemView:
    return ItemView(sku, sku, {"en": en, "zh-CN": zh}, 1, Money(100, "CNY"), aliases=aliases)


ITEMS = (
    item("KETTLE", "Glass electric kettle 1.5 L", "玻璃电热水壶 1.5 升", "烧水壶"),
    item("VAC-9", "Cordless vacuum cleaner V9", "无线吸尘器 V9", "hoover"),
    item("FILTER", "Vacuum filter", "吸尘器滤芯", "滤芯"),
    item("MUG-B", "Blue ceramic mug", "蓝色陶瓷杯", "杯子"),
    item("MUG-R", "Red ceramic mug", "红色陶瓷杯"),
    item("DRESS", "Silk dress", "真丝连衣裙", "裙子"),
)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("the kettle", ["KETTLE"]),
        ("I want a refund for the ketle please", ["KETTLE"]),
        ("my kettles are broken", ["KETTLE"]),
        ("水壶", ["KETTLE"]),
        ("那个烧水壶坏了", ["KETTLE"]),
        ("blue mug", ["MUG-B"]),
        ("红色的杯", ["MUG-R"]),
        ("the vacuum filter", ["FILTER"]),
        ("吸尘器的滤芯", ["FILTER"]),
        ("kettle and the silk dress", ["KETTLE", "DRESS"]),
        ("水壶和裙子", ["KETTLE", "DRESS"]),
        ("hoover", ["VAC-9"]),
        ("MUG-R", ["MUG-R"]),
        ("连衣裙", ["DRESS"]),
    ],
)
def test_named(text: str, chosen: list[str]) -> None:
    matches = match_items(text, ITEMS)
    assert [one.sku for one in matches.chosen] == chosen
    assert matches.unclear == ()


@pytest.mark.parametrize(
    ("text", "unclear"),
    [("mug", ["MUG-B", "MUG-R"]), ("陶瓷杯", ["MUG-B", "MUG-R"]), ("vacuum", ["VAC-9", "FILTER"])],
)
def test_named_alike(text: str, unclear: list[str]) -> None:
    matches = match_items(text, ITEMS)
    assert matches.chosen == ()
    assert [one.sku for one in matches.unclear] == unclear


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I want a refund for my order",
        "我要退款",
        "broken",
        "1",
        "1.5",
        "9",
        "something else",
        "it arrived damaged and the quality is bad",
        "订单里的商品",
        "yes",
    ],
)
def test_names_nothing(text: str) -> None:
    matches = match_items(text, ITEMS)
    assert matches.chosen == ()
    assert matches.unclear == ()


@given(st.text(max_size=400))
def test_no_item_is_both_chosen_and_unclear(text: str) -> None:
    matches = match_items(text, ITEMS)
    assert not {one.id for one in matches.chosen} & {one.id for one in matches.unclear}
