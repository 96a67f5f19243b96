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


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("the blue one", "MUG-B"),
        ("la azul", "MUG-B"),
        ("das rote", "MUG-R"),
        ("藍色那個", "MUG-B"),
        ("青いの", "MUG-B"),
        ("красная", "MUG-R"),
        ("الأزرق", "MUG-B"),
        ("파란색 거요", "MUG-B"),
        ("紅色陶瓷杯", "MUG-R"),
        ("連衣裙", "DRESS"),
    ],
)
def test_told_apart_by_colour_in_any_language(text: str, chosen: str) -> None:
    matches = match_items(text, ITEMS)
    assert [one.sku for one in matches.chosen] == [chosen]


@pytest.mark.parametrize("text", ["the green one", "red or blue?", "I am feeling blue and red"])
def test_colours_that_decide_nothing(text: str) -> None:
    assert "MUG-B" not in [one.sku for one in match_items(text, ITEMS[:3]).chosen]
    assert match_items("the green one", ITEMS).chosen == ()


def test_sizes_and_prices() -> None:
    def shirt(sku: str, size: str, minor: int) -> ItemView:
        return ItemView(sku, sku, {"en": f"Shirt size {size}"}, 1, Money(minor, "EUR"))

    shirts = (shirt("S1", "M", 1000), shirt("S2", "XL", 1500), shirt("S3", "42", 1500))
    assert [one.sku for one in match_items("XL please", shirts).chosen] == ["S2"]
    assert [one.sku for one in match_items("42码的", shirts).chosen] == ["S3"]
    assert [one.sku for one in match_items("the cheapest", shirts, by_price=True).chosen] == ["S1"]
    assert [one.sku for one in match_items("便宜的那个", shirts, by_price=True).chosen] == ["S1"]
    dearest = match_items("el más caro", shirts, by_price=True)
    assert (dearest.chosen, [one.sku for one in dearest.unclear]) == ((), ["S2", "S3"])
    assert match_items("found it cheaper", shirts, by_price=True).chosen == ()
    assert match_items("the cheapest", shirts).chosen == ()
