"""Products named in words that share nothing with their titles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogs.commands import SetSlot
from bot.dialogs.slots import ITEMS
from bot.ports import LiteralNames, Ports
from bot.understanding.naming import NamesByMeaning
from knowledge.embedding import shared_embedder
from tests.bot.fakes import FakeShop
from tests.bot.support import Chat

NAMES = NamesByMeaning(shared_embedder())
KETTLE = ["Glass kettle 1.5 l", "玻璃电热水壶 1.5 升"]
TOWEL = ["Linen tea towel", "亚麻茶巾"]
SHOES = ["Running shoes", "跑步鞋"]


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("der Wasserkocher", 0),
        ("das Geschirrtuch", 1),
        ("les baskets", 2),
        ("スニーカー", 2),
        ("sneakers", 2),
    ],
)
def test_the_product_meant(words: str, at: int) -> None:
    assert NAMES.nearest(words, [KETTLE, TOWEL, SHOES]) == at


@pytest.mark.parametrize(
    "words",
    ["", "🙂", "le parapluie", "hello", "the best of all things I ever bought here, kettle"],
)
def test_what_names_none_of_them_or_is_a_sentence(words: str) -> None:
    assert NAMES.nearest(words, [KETTLE, TOWEL, SHOES]) is None


def test_what_fits_two_stays_open() -> None:
    assert NAMES.nearest("der Wasserkocher", [KETTLE, ["Glass kettle 2 l"], SHOES]) is None
    assert NAMES.nearest("der Wasserkocher", []) is None
    assert NAMES.nearest("der Wasserkocher", [KETTLE, ["1.5 l"]]) is None


class NamingShop(FakeShop):
    """A shop whose items are known by meaning, too."""

    def ports(self, contact: str) -> Ports:
        return replace(super().ports(contact), names=NAMES)


def test_an_answer_in_another_language_names_an_item_of_the_order() -> None:
    for shop, key in ((NamingShop.load(), "refund.ask_received"), (FakeShop.load(), None)):
        chat = Chat(shop=shop)
        assert chat.say("refund for order LL20260510-0003") == ["refund.ask_items"]
        said = chat.command(SetSlot(ITEMS, "das Geschirrtuch"), text="das Geschirrtuch")
        assert (said[-1] == key) if key else said[0] == "refund.no_such_item"


def test_without_a_model_only_words_tell() -> None:
    assert LiteralNames().nearest("kettle", [KETTLE]) is None
