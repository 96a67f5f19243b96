"""All items of an order, all but some, and several of one product in a list."""

from __future__ import annotations

import pytest

from bot.dialogs.parts.matching import match_listed
from bot.dialogs.parts.whole_orders import excepted, means_everything
from bot.ports import ItemView, Money


def item(sku: str, title: str, alias: str) -> ItemView:
    return ItemView(sku, sku, {"en": title}, 1, Money(100, "EUR"), aliases=(alias,))


HELMETS = [
    item("HB", "Bike helmet (blue, L)", "helmet"),
    item("HK", "Bike helmet (black, S)", "helmet"),
    item("CAM", "Camera (20MP, CF card)", "camera"),
]


@pytest.mark.parametrize(
    "words",
    ["everything", "all my things please", "the whole order", "全部退", "alles zurück", "所有的"],
)
def test_everything(words: str) -> None:
    assert means_everything(words)


@pytest.mark.parametrize("words", ["the lamp", "all but the lamp", "everything except the lamp"])
def test_not_everything(words: str) -> None:
    assert not means_everything(words)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("everything except the lamp, please", "the lamp"),
        ("除了台灯都退", "台灯"),
        ("除台灯以外", "台灯"),
        ("ランプ以外全部", "ランプ"),
        ("alles außer der Lampe", "der Lampe"),
        ("todo menos la lámpara", "la lámpara"),
        ("the lamp", ""),
    ],
)
def test_excepted(words: str, named: str) -> None:
    assert excepted(words).strip() == named


def test_a_list_names_two_of_one_product() -> None:
    listed = match_listed("the helmet in blue and the helmet in black", HELMETS)
    assert {one.sku for one in listed.chosen} == {"HB", "HK"}
    assert match_listed("the blue helmet", HELMETS).chosen == (HELMETS[0],)


def test_options_name_nothing_beside_a_name() -> None:
    named = match_listed("the blue helmet, the money to my card", HELMETS)
    assert named.chosen == (HELMETS[0],)
