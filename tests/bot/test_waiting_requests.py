"""Requests that wait for their turn: none is lost without a word."""

from __future__ import annotations

from bot.dialogs.commands import StartFlow
from bot.dialogs.session import MAX_QUEUED
from bot.dialogs.slots import ITEMS, ORDER, REASON, TICKET
from tests.bot.support import Chat

MUGS = "LL20260510-0003"
LAMP = "LL20260516-0004"
KETTLE = "LL20260310-0005"


def waiting(chat: Chat) -> list[tuple[str, dict[str, str]]]:
    return [(request.flow, dict(request.raw)) for request in chat.state.queue]


def busy(wishes: int) -> Chat:
    """Asked about the towel, with so many other wishes waiting."""
    chat = Chat()
    chat.command(StartFlow("refund", {ORDER: MUGS, ITEMS: "towel"}))
    for number in range(wishes):
        chat.command(StartFlow("withdraw", {TICKET: f"AS20260520-{1001 + number}"}))
    return chat


def test_a_wish_that_cannot_wait_is_told() -> None:
    chat = busy(MAX_QUEUED)
    assert len(chat.state.queue) == MAX_QUEUED
    assert chat.command(StartFlow("request_status", {})) == ["request.none", "refund.ask_received"]
    assert chat.command(StartFlow("withdraw", {TICKET: "AS20260520-2001"})) == [
        "queue.full",
        "refund.ask_received",
    ]
    assert chat.replies[0].params == {"wish": "withdraw"}


def test_a_wish_told_again_waits_once_and_is_answered() -> None:
    chat = busy(1)
    chat.command(StartFlow("withdraw", {TICKET: "AS20260520-1001"}))
    assert chat.keys == ["queue.later_withdraw", "refund.ask_received"]
    assert waiting(chat) == [("withdraw", {TICKET: "AS20260520-1001"})]


def test_things_named_one_after_another_all_wait() -> None:
    chat = Chat()
    chat.command(StartFlow("order_status", {}), StartFlow("refund", {ITEMS: "the lamp"}))
    chat.command(StartFlow("refund", {ITEMS: "the tea towel"}))
    assert waiting(chat) == [("refund", {ITEMS: "the lamp the tea towel"})]
    chat.command(StartFlow("refund", {ITEMS: "the cup", ORDER: MUGS}))
    chat.command(StartFlow("refund", {ITEMS: "the cup", ORDER: MUGS, REASON: "damaged"}))
    chat.command(StartFlow("refund", {ORDER: MUGS, REASON: "late"}))
    assert waiting(chat)[1:] == [
        ("refund", {ITEMS: "the cup", ORDER: MUGS, REASON: "damaged"}),
        ("refund", {ORDER: MUGS, REASON: "late"}),
    ]


def test_of_several_orders_only_those_that_can_wait_are_announced() -> None:
    chat = busy(MAX_QUEUED - 1)
    chat.command(StartFlow("order_status", {ITEMS: "the cup, the lamp and the water boiler"}))
    note = chat.replies[0]
    assert note.key == "order.one_by_one"
    told, left = note.params["order_numbers"], note.params["rest"]
    assert [*told, *left] == [MUGS, LAMP, KETTLE]  # type: ignore[misc]
    assert len(told) == 2  # type: ignore[arg-type]
    assert len(chat.state.queue) == MAX_QUEUED


def test_with_no_room_the_first_of_several_orders_is_served_and_the_others_named() -> None:
    chat = busy(MAX_QUEUED)
    chat.command(StartFlow("order_status", {ITEMS: "the cup and the lamp"}))
    assert chat.replies[0].key == "order.one_only"
    assert chat.replies[0].params == {"order_numbers": [MUGS], "rest": [LAMP]}
    assert len(chat.state.queue) == MAX_QUEUED
