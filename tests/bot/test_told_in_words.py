"""What customers tell in their own words: reasons in all languages, how many, news, corrections."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.dialogs import commands as c
from bot.dialogs.slots import ALL, ITEMS, NO, ORDER, QUANTITIES, REASON, RECEIVED
from bot.messages import InboundKind, InboundMessage, Sender
from bot.understanding.base import DialogView, Understood
from bot.understanding.local import LocalUnderstanding
from bot.understanding.slots.variants import sizes
from tests.bot.test_rules import asked, read

LOCAL = LocalUnderstanding.shipped("en")


def by_likeness(text: str, view: DialogView | None = None) -> Understood:
    sent = datetime(2026, 5, 20, tzinfo=UTC)
    message = InboundMessage("m", Sender("x"), InboundKind.TEXT, sent, 1, text)
    return LOCAL.read(message, view or DialogView())


def started(text: str, view: DialogView | None = None) -> dict[str, dict[str, str]]:
    """The flows a text starts by rules alone, with what is told for them."""
    starts = (one for one in read(text, view) if isinstance(one, c.StartFlow))
    return {one.flow: dict(one.slots) for one in starts}


# What fails in use is of bad quality; damaged is what came so.
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("the kettle leaks", "quality"),
        ("it drips from the bottom", "quality"),
        ("the fan won't spin any more", "quality"),
        ("it arrived leaking", "damaged"),
        ("it has a small crack in it", "damaged"),
        ("tea towel, not wanted any more", "no_longer_wanted"),
        ("水壶漏水", "quality"),
        ("风扇转不动了", "quality"),
        ("收到的时候就碎了", "damaged"),
        ("水壺漏水", "quality"),
        ("la tetera gotea", "quality"),
        ("el secador ya no enciende", "quality"),
        ("llegó roto", "damaged"),
        ("nunca me ha llegado", "not_received"),
        ("der Wasserkocher ist undicht", "quality"),
        ("das Gerät heizt nicht mehr", "quality"),
        ("kam kaputt angekommen", "damaged"),
        ("brauche ich nicht mehr", "no_longer_wanted"),
        ("la bouilloire fuit", "quality"),
        ("il est tombé en panne", "quality"),
        ("la tasse est fêlée", "damaged"),
        ("trop petit pour moi", "no_longer_wanted"),
        ("ケトルから水漏れします", "quality"),
        ("電源が入らない", "quality"),
        ("カップが割れています", "damaged"),
        ("サイズが合わない", "no_longer_wanted"),
        ("주전자에서 물이 새요", "quality"),
        ("마음에 들지 않아요", "no_longer_wanted"),
        ("컵에 금이 갔어요", "damaged"),
        ("a chaleira está vazando", "quality"),
        ("veio com a tampa rachada", "damaged"),
        ("чайник протекает", "quality"),
        ("кружка треснула", "damaged"),
        ("ещё не пришёл", "not_received"),
        ("الغلاية تسرب الماء", "quality"),
        ("وصلت مكسورة", "damaged"),
        ("il bollitore perde acqua", "quality"),
        ("non è mai arrivato", "not_received"),
    ],
)
def test_reasons_in_his_words(text: str, reason: str) -> None:
    told = [one for one in read(text, asked(REASON)) if isinstance(one, c.SetSlot)]
    assert (told[0].slot, told[0].value) == (REASON, reason)


@pytest.mark.parametrize("text", ["no longer need it", "dont want it anymore", "no longer wanted"])
def test_a_reason_that_begins_with_no_is_no_no(text: str) -> None:
    assert read(text, asked(RECEIVED)) == (c.SetSlot(REASON, "no_longer_wanted"),)
    assert c.SetSlot(RECEIVED, NO) in read("no, not yet", asked(RECEIVED))


@pytest.mark.parametrize(
    ("text", "quantity", "item"),
    [
        ("i want to return 3 blue mugs", "3", "blue mugs"),
        ("send three of the mugs back, refund please", "3", "mugs"),
        ("refund both blue mugs please", "2", "blue mugs"),
        ("小风扇买了六个，有两个转不动，退款", "2", "小风扇"),
        ("refund for both the kettle and the mug", None, "kettle"),
        ("I want to return it within 3 days", None, "days"),
    ],
)
def test_how_many_he_names(text: str, quantity: str | None, item: str) -> None:
    told = started(text)["refund"]
    assert told.get(QUANTITIES) == quantity
    assert item in told.get(ITEMS, "") or item == "days"


@pytest.mark.parametrize(
    ("text", "number"), [("oh right, two", "2"), ("make it 3 please", "3"), ("两个吧", "2")]
)
def test_how_many_among_other_words(text: str, number: str) -> None:
    assert read(text, asked(QUANTITIES)) == (c.SetSlot(QUANTITIES, number),)


@pytest.mark.parametrize(
    "text",
    [
        "so what's the status of LL20260520-0016",
        "Hi, order LL20260520-0016, anna@example.com - where is it now?",
        "my sister ordered LL20260520-0016, can you tell me where it is?",
        "¿y dónde está entonces el pedido LL20260520-0016?",
    ],
)
@pytest.mark.parametrize("view", [DialogView(), asked(ORDER)], ids=["nothing asked", "asked"])
def test_where_an_order_is(text: str, view: DialogView) -> None:
    assert started(text, view)["order_status"][ORDER] == "LL20260520-0016"


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("tracking says nothing since yesterday, whats going on with the fans", "fans"),
        ("¿dónde está mi lámpara?", "lámpara"),
        ("wo bleibt denn meine Lampe", "Lampe"),
        ("où est ma lampe", "lampe"),
        ("請問龍井禮盒寄到哪裡了？", "龍井禮盒"),
    ],
)
def test_where_an_item_is(text: str, item: str) -> None:
    assert item in started(text)["order_status"][ITEMS]


def test_two_wishes_have_their_own_items() -> None:
    found = started("I'd like a refund for the tea towel and I want to know where my lamp is")
    assert "towel" in found["refund"][ITEMS]
    assert "lamp" not in found["refund"][ITEMS]
    assert "lamp" in found["order_status"][ITEMS]


def test_what_an_order_of_all_means() -> None:
    assert started("订单LL20260512-0018 全部退掉，我不想要了")["refund"][ITEMS] == ALL
    assert started("refund all of it please")["refund"][ITEMS] == ALL
    assert "杯子" in started("杯子全部退掉")["refund"][ITEMS]


def test_a_letter_tells_that_it_arrived() -> None:
    told = started("It arrived safely, but I no longer need it and want to return it.")["refund"]
    assert told[RECEIVED] == "yes"
    assert RECEIVED not in started("I want a refund, it never arrived")["refund"]


def test_a_part_of_the_money_is_for_people() -> None:
    text = "The mug has a small chip. Could I keep it and get a partial refund?"
    assert read(text) == (c.HumanHandoff("other_service"),)


def test_not_this_but_that_gives_nothing_up() -> None:
    found = read("我不想退款，我要换货")
    assert c.CancelFlow() not in found
    assert "refund" not in started("我不想退款，我要换货")
    assert found


def test_what_goes_on_with_a_request_is_no_new_one() -> None:
    assert set(started("我的退款申请怎么样了")) == {"request_status"}
    assert set(started("what about my refund now?")) == {"request_status"}


def test_an_item_is_corrected_by_naming_both() -> None:
    view = DialogView("zh-CN", "refund", RECEIVED, filled={"items": "水壶"})
    assert read("说错了，不是水壶，是吸尘器", view) == (c.CorrectSlot(ITEMS, "吸尘器"),)


def test_it_did_arrive_after_all() -> None:
    view = DialogView("en", "refund", REASON, filled={RECEIVED: NO})
    assert c.CorrectSlot(RECEIVED, "yes") in read("oh sorry, it did arrive", view)


def test_sizes_by_a_letter() -> None:
    assert sizes("den Pullover in M") == sizes("the one in M") == {"M"}
    assert not sizes("I'm in a hurry, in m")


def test_a_complaint_with_a_wish_starts_the_flow() -> None:
    (command,) = by_likeness("the kettle I got from you leaks, can I get my cash back?").commands
    assert isinstance(command, c.StartFlow)
    assert (command.flow, command.slots[REASON]) == ("refund", "quality")


def test_a_complaint_without_a_wish_is_asked_about() -> None:
    *told, question = by_likeness("the kettle leaks").commands
    assert c.SetSlot(REASON, "quality") in told
    assert question == c.Clarify(("refund",))


def test_a_yes_to_a_question_that_takes_none_is_no_call_for_help() -> None:
    view = DialogView("zh-CN", "refund", QUANTITIES)
    assert by_likeness("可以的", view).commands == (c.Clarify(),)


def test_a_request_named_by_its_number_is_taken_back_beside_the_one_under_way() -> None:
    view = DialogView("zh-CN", "refund", RECEIVED)
    (command,) = by_likeness("先撤回AS20260520-1001这个申请", view).commands
    assert command == c.StartFlow("withdraw", {"ticket": "AS20260520-1001"})
    assert read("撤回申请", view) == (c.CancelFlow(),)


def test_who_waits_no_longer_asks_for_no_news() -> None:
    assert set(started("怎么还不发货，不要了，退款")) == {"refund"}
    assert not set(started("cancel order LL20260519-0008 please")) & {"order_status"}
    assert c.CancelFlow() not in read("Please cancel order LL20260519-0008, I don't want it")


@pytest.mark.parametrize("text", ["wait, also the tea towel", "und auch die Tasse bitte"])
def test_one_more_item(text: str) -> None:
    assert by_likeness(text, asked(RECEIVED)).commands == (c.SetSlot(ITEMS, text),)


def test_items_are_told_before_their_number() -> None:
    told = started("另外小风扇也退三个", asked(RECEIVED))["refund"]
    assert list(told) == [ITEMS, QUANTITIES]


@pytest.mark.parametrize(
    ("text", "slot", "commands"),
    [
        ("吸尘器那个", ITEMS, (c.SetSlot(ITEMS, "吸尘器那个"),)),
        ("3699全退给我吗", "confirmed", (c.SetSlot("confirmed", "unclear"),)),
        ("fine, wait", "evidence", None),
    ],
)
def test_words_in_answer_to_a_question(
    text: str, slot: str, commands: tuple[c.Command, ...] | None
) -> None:
    found = by_likeness(text, asked(slot)).commands
    assert found == commands if commands else not any(isinstance(o, c.SmallTalk) for o in found)
