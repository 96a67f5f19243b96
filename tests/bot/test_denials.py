"""Words of a wish that are none: denied, asked about, told as done already."""

from __future__ import annotations

import pytest

from bot.dialogs import commands as c
from bot.understanding.base import DialogView
from tests.bot.models.test_local import read as read_local
from tests.bot.test_rules import flows, read


@pytest.mark.parametrize(
    "text",
    [
        *("I did NOT ask for a refund!", "I didn't cancel my order!", "dont cancel my lamps!"),
        *("don't cancel it", "please don't cancel the lamp", "undo my cancellation"),
        *("why was my order cancelled?", "did you cancel my order HS-50001?"),
        *("我没有申请退款！", "我没有要取消订单", "T恤不要取消", "别取消T恤", "订单为什么被取消了"),
        *("no canceles mi pedido", "yo no pedí ningún reembolso", "¿por qué cancelaron mi pedido?"),
        *(
            "nicht stornieren!",
            "Bitte HS-70001 nicht stornieren!",
            "Warum habt ihr HS-1 storniert?",
        ),
        *("Ich habe keine Rückerstattung beantragt!", "Warum wurde meine Bestellung storniert?"),
        *("n'annulez pas ma commande", "ma commande a été annulée ?"),
        *("返品はしたくない", "注文をキャンセルしないでください"),
        *("non annullare il mio ordine HS-70001", "não cancele meu pedido HS-70001"),
    ],
)
def test_neither_the_rules_nor_likeness_take_it_for_a_wish(text: str) -> None:
    for commands in (read(text), read_local(text).commands):
        started = {one.flow for one in commands if isinstance(one, c.StartFlow)}
        assert not started & {"refund", "cancel_order"}
        assert c.CancelFlow() not in commands


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("it does not work refund please", "refund"),
        ("it doesn't fit, I want a refund", "refund"),
        ("不想要了，退款", "refund"),
        ("要不退款吧", "refund"),
        ("质量不好要退", "refund"),
        ("no me llegó, quiero un reembolso", "refund"),
        ("Die Lampe passt nicht, ich möchte sie zurückgeben", "refund"),
        ("ça ne marche pas, je veux un remboursement", "refund"),
        ("je veux pas être remboursée, je veux savoir où est mon colis", "order_status"),
        ("やっぱり返品やめて、荷物の状況を教えて", "order_status"),
        ("не хочу возврат, где заказ LL20260516-0004?", "order_status"),
        ("환불 말고 배송 조회 해주세요", "order_status"),
    ],
)
def test_a_denial_of_something_else_leaves_the_wish(text: str, flow: str) -> None:
    assert flows(text) == [flow]


def test_what_is_under_way_and_not_wanted_is_left() -> None:
    view = DialogView("zh-CN", "cancel_order", "cancel_reason")
    assert read("那就不取消了", view) == (c.CancelFlow(),)


def test_a_wish_taken_back_in_the_same_message_is_none() -> None:
    text = "cancel my order LL20260516-0004, no wait, dont cancel it, just tell me where it is"
    assert flows(text) == ["order_status"]
    assert flows("refund the mug, don't refund the towel") == ["refund"]
