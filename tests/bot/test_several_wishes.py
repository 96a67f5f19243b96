"""Which orders are cancelled, which are asked after, and what each of several wishes takes."""

from __future__ import annotations

import pytest

from bot.dialogs import commands as c
from bot.dialogs.slots import FACTOR, ITEMS, ORDER, TICKET
from bot.understanding.base import DialogView
from tests.bot.test_rules import asked, flows, read


def orders(text: str, flow: str) -> list[str | None]:
    return [
        command.slots.get(ORDER)
        for command in read(text)
        if isinstance(command, c.StartFlow) and command.flow == flow
    ]


@pytest.mark.parametrize(
    "text",
    [
        *("cancel HS-70001", "Please cancel HS-70001!", "I want to cancel HS-70001"),
        *(
            "取消HS-70001",
            "帮我把HS-70001取消掉",
            "Bitte HS-70001 stornieren",
            "HS-70001 storniere",
        ),
        *("cancelar HS-70001", "cancela el HS-70001 por favor", "anular HS-70001"),
        *("annuler HS-70001", "annulez HS-70001 svp"),
        *("HS-70001をキャンセルしてください", "HS-70001を取り消したい"),
    ],
)
def test_cancel_with_a_number_is_the_wish_to_cancel_that_order(text: str) -> None:
    assert flows(text) == ["cancel_order"]
    assert orders(text, "cancel_order") == ["HS-70001"]


@pytest.mark.parametrize(
    "text", ["don't cancel HS-70001", "never mind HS-70001", "cancel everything but HS-70001"]
)
def test_what_is_denied_or_excepted_is_not_cancelled(text: str) -> None:
    assert flows(text) == []


def test_in_the_middle_of_something_cancel_leaves_it() -> None:
    assert read("cancel HS-70001", DialogView("en", "refund", "reason")) == (c.CancelFlow(),)


def test_cancel_with_the_number_of_a_request_takes_it_back() -> None:
    assert read("cancel AS20260520-1286") == (c.StartFlow("withdraw", {TICKET: "AS20260520-1286"}),)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("cancel HS-50001 and HS-50002", ["HS-50001", "HS-50002"]),
        (
            "cancel orders HS-50001, HS-50002 & HS-50003 please",
            ["HS-50001", "HS-50002", "HS-50003"],
        ),
        ("取消HS-60001和HS-60002", ["HS-60001", "HS-60002"]),
        ("cancel HS-50001, not HS-50002", ["HS-50001"]),
        ("where is order HS-50003 and then cancel order HS-50001", ["HS-50001"]),
        ("查一下HS-60001，然后取消HS-60002", ["HS-60002"]),
        ("cancel HS-50001 and then return HS-50002", ["HS-50001"]),
    ],
)
def test_each_number_joined_to_the_word_is_an_order_to_cancel(
    text: str, numbers: list[str]
) -> None:
    assert orders(text, "cancel_order") == numbers


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("T恤换成蓝色，台灯退掉", ["exchange", "refund"]),
        ("大衣换小一码，裙子退掉", ["exchange", "refund"]),
        ("swap the tee for blue and return the lamp", ["exchange", "refund"]),
        ("T-Shirt in Blau umtauschen und die Lampe zurückgeben", ["exchange", "refund"]),
        ("cambiar la camiseta por una azul y devolver la lámpara", ["exchange", "refund"]),
        ("échanger le t-shirt contre un bleu et retourner la lampe", ["exchange", "refund"]),
        ("Tシャツを青に交換して、ランプは返品したい", ["exchange", "refund"]),
        ("cancel HS-50001 and return the lamp", ["cancel_order", "refund"]),
        ("付款改成礼品卡，地址也改成上海市南京西路1号", ["change_payment", "change_address"]),
    ],
)
def test_no_wish_of_several_is_lost(text: str, wishes: list[str]) -> None:
    assert flows(text) == wishes


def test_a_colour_in_an_address_swaps_nothing() -> None:
    assert flows("change my address to 5 Red Lion Square, Boston, MA 02110") == ["change_address"]


def test_an_order_named_for_the_second_wish_is_not_that_of_the_first() -> None:
    text = "refund the towel and then a refund for the lamp in LL20260516-0004"
    assert orders(text, "refund") == [None, "LL20260516-0004"]
    text = "refund the towel in LL20260510-0003, and then where is LL20260516-0004?"
    assert orders(text, "order_status") == ["LL20260516-0004"]


def test_things_of_one_wish_told_twice_add_up() -> None:
    (command,) = read("滤芯退一个，水壶也退，都不想要了")
    assert isinstance(command, c.StartFlow)
    assert "滤芯" in command.slots[ITEMS]
    assert "水壶" in command.slots[ITEMS]


def test_wishes_told_with_what_proves_an_order_are_heard() -> None:
    view = DialogView("en", "verify_identity", FACTOR)
    told = read("0142, and I want a refund for the mugs, and where is LL20260516-0004?", view)
    assert told[0] == c.SetSlot(FACTOR, "0142")
    assert not any(isinstance(one, c.SetSlot) and one.slot == ORDER for one in told)
    assert [one.flow for one in told if isinstance(one, c.StartFlow)] == ["refund", "order_status"]


@pytest.mark.parametrize(
    "text",
    [
        *("where's my invoice?", "where is my receipt", "where is my gift card", "发票到哪了"),
        *("領収書はどこですか", "dov'è la mia fattura?", "wo ist meine Rechnung?"),
    ],
)
def test_what_comes_with_no_parcel_is_not_tracked(text: str) -> None:
    assert "order_status" not in flows(text)


@pytest.mark.parametrize(
    "text",
    [
        *("where is LL20260512-0001", "what is the status of LL20260512-0001?", "track HS-50003"),
        *("where's my parcel with the invoice", "查一下HS-60001"),
    ],
)
def test_what_comes_with_a_parcel_is_tracked(text: str) -> None:
    assert flows(text) == ["order_status"]


def test_a_bare_no_is_no_telling_part_of_an_option() -> None:
    view = asked("reason", "No longer wanted", "Never arrived", "Not as described")
    for text in ("no", "not", "never"):
        assert not any(isinstance(one, c.PickOptions) for one in read(text, view))


def test_leave_it_with_the_neighbour_ends_nothing() -> None:
    view = asked("confirmed", flow="change_address")
    assert c.CancelFlow() not in read("yes and please leave it with the neighbour", view)


def test_a_postal_code_is_no_order() -> None:
    (command,) = read("收货地址改为：广东省深圳市南山区科技园南路8号，邮编518000")
    assert isinstance(command, c.StartFlow)
    assert ORDER not in command.slots


def test_one_wish_for_things_of_several_orders_is_one_for_each() -> None:
    text = "return the lamp from HS-70003 and the tee from HS-70004"
    told = [one.slots for one in read(text) if isinstance(one, c.StartFlow)]
    assert [one[ORDER] for one in told] == ["HS-70003", "HS-70004"]
    assert "tee" not in told[0][ITEMS]
    assert "tee" in told[1][ITEMS]
    assert orders("refund orders LL20260510-0003 and LL20260516-0004 please", "refund") == [
        "LL20260510-0003",
        "LL20260516-0004",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "refund LL20260510-0003, LL20260516-0004 is fine",
        "return the mug from LL20260510-0003 and keep LL20260516-0004",
        "I want a refund for LL20260510-0003 and I still wait for LL20260516-0004",
    ],
)
def test_of_an_order_he_says_something_of_nothing_is_wished(text: str) -> None:
    assert orders(text, "refund") == ["LL20260510-0003"]
