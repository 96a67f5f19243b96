"""What is named only to be left out is not taken."""

from __future__ import annotations

import pytest

from bot.dialogs.parts.left_out import without_left_out
from bot.dialogs.parts.matching import match_items
from bot.dialogs.parts.whole_orders import excepted
from bot.ports import ItemView, Money


def item(sku: str, *names: str) -> ItemView:
    titles = {"en": names[0], "zh-CN": names[1]}
    return ItemView(sku, sku, titles, 1, Money(100, "EUR"), aliases=names[2:])


ITEMS = [
    item("mug", "Blue ceramic mug", "蓝色陶瓷杯", "mug", "杯子", "湯のみ"),
    item("towel", "Linen tea towel", "亚麻茶巾", "towel", "茶巾", "handtuch"),
    item("vacuum", "Cordless vacuum V9", "无线吸尘器", "vacuum", "吸尘器", "急須"),
    item("filter", "Filter pack", "滤芯", "filter"),
]


def named(text: str) -> set[str]:
    matches = match_items(text, ITEMS)
    return {one.sku for one in (*matches.chosen, *matches.unclear)}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("the mugs, not the towel. they're broken", {"mug"}),
        ("return the mugs but not the towel", {"mug"}),
        ("I want to return the towel. actually no, the mugs", {"mug"}),
        ("I love the towel but the mugs are broken, refund please", {"mug"}),
        ("keep the towel, I'm returning the mugs", {"mug"}),
        ("退吸尘器，不是滤芯", {"vacuum"}),
        ("只退吸尘器，滤芯不退", {"vacuum"}),
        ("吸尘器留着，滤芯要退", {"filter"}),
        ("我要退的不是吸尘器，是滤芯", {"filter"}),
        ("急須じゃなくて湯のみを返品したい", {"mug"}),
        ("das Handtuch, nicht den Filter", {"towel"}),
        ("please don't refund the mugs, refund the towel", {"towel"}),
        ("I don't want to return the mugs, send back the filter", {"filter"}),
        ("I'm not returning the towel, only the mugs", {"mug"}),
        ("别退杯子，退茶巾", {"towel"}),
        ("杯子不想退，茶巾退了", {"towel"}),
        ("das Handtuch nicht zurückgeben, den Filter schon", {"filter"}),
        ("no devuelvas el mug, devuelve el towel", {"towel"}),
        ("急須は返品しないで、湯のみを返品", {"mug"}),
    ],
)
def test_what_is_left_out_is_not_taken(text: str, wanted: set[str]) -> None:
    assert named(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("this is not the mug I ordered", {"mug"}),
        ("the vacuum does not work and the towel is torn", {"vacuum", "towel"}),
        ("not only the mug but also the towel", {"mug", "towel"}),
        ("吸尘器不好用，滤芯也不好", {"vacuum", "filter"}),
        ("the towel is not fine, the mug is broken", {"towel", "mug"}),
        ("I don't want the mug, the towel is torn", {"mug", "towel"}),
        ("why don't you refund the mug", {"mug"}),
    ],
)
def test_a_denial_of_something_else_leaves_all_that_is_named(text: str, wanted: set[str]) -> None:
    assert named(text) == wanted


def test_places_stay_what_they_were() -> None:
    assert len(without_left_out("the mugs, not the towel")) == len("the mugs, not the towel")


@pytest.mark.parametrize(
    ("words", "named_out"),
    [
        ("refund everything from LL20260510-0003 but the towel", "towel"),
        ("只有大米不退，其他都退", "大米"),
        ("refund nothing except the towel from order LL20260510-0003", ""),
        ("除了风扇，其他都不退", ""),
        ("湯のみ以外は返品しません", ""),
    ],
)
def test_exceptions_the_right_way_round(words: str, named_out: str) -> None:
    found = excepted(words)
    assert (named_out in found) if named_out else not found
