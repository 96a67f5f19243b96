"""Replies become messages."""

from __future__ import annotations

from bot.messages import Presentation
from bot.ports import Money
from bot.rendering import render, wording
from bot.replies import Reply, ReplyOption
from tests.bot.support import CATALOG

ASKED = Reply(
    "refund.ask_order",
    options=(
        ReplyOption(
            "p1:0",
            label="LL20260510-0003",
            detail_key="refund.item_detail",
            params={"unit_price": Money(1250, "USD"), "quantity": 2},
        ),
        ReplyOption("p1:1", label_key="choice.person", image="https://shop.example/i.jpg"),
    ),
    presentation=Presentation.ORDERS,
    multiple=True,
)


def test_options_are_worded_and_keep_their_values() -> None:
    message = render(ASKED, "en", CATALOG, "Asia/Shanghai", numbered=False)
    assert [(one.value, one.label, one.detail) for one in message.options] == [
        ("p1:0", "LL20260510-0003", "$12.50 × 2"),
        ("p1:1", "Talk to a person", ""),
    ]
    assert message.options[1].image == "https://shop.example/i.jpg"
    assert message.presentation is Presentation.ORDERS
    assert message.multiple
    assert message.template_key == "refund.ask_order"
    assert "1." not in message.text


def test_channels_without_buttons_get_numbers_to_type() -> None:
    message = render(ASKED, "en", CATALOG, "Asia/Shanghai", numbered=True)
    assert message.text.endswith("\n\n1. LL20260510-0003 ($12.50 × 2)\n2. Talk to a person")
    assert len(message.options) == 2


def test_every_option_is_within_the_smallest_vendor_limit() -> None:
    message = render(ASKED, "zh-CN", CATALOG, "Asia/Shanghai", numbered=False)
    assert all(len(option.value.encode()) <= 64 for option in message.options)


def test_what_a_customer_wrote_is_never_a_template() -> None:
    reply = Reply("request.not_found", {"ticket": "{{ 7 * 7 }}"})
    assert "{{ 7 * 7 }}" in render(reply, "en", CATALOG, "UTC", numbered=False).text


def test_wording_for_the_view() -> None:
    assert wording(CATALOG)("choice.person", "zh-CN") == "转人工"
