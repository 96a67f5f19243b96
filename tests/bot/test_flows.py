"""What the shipped flows promise, beyond the golden conversations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogs.actions import CountFailedVerification, HandOff, RequestRefund, WithdrawRequest
from bot.dialogs.commands import Clarify, CorrectSlot, SetSlot, StartFlow
from bot.dialogs.flows import FLOWS
from bot.ports import Line, Money
from tests.bot.fakes import ActionRefused
from tests.bot.support import Chat, label_keys


def test_a_flow_is_called_like_its_file() -> None:
    assert all(name == flow.id for name, flow in FLOWS.items())


def test_needs_name_slots_of_the_flow() -> None:
    for flow in FLOWS.values():
        for slot, needed in flow.needs.items():
            assert set(needed) <= flow.slots, (flow.id, slot)


# Proof


def test_unknown_numbers_and_wrong_proofs_get_the_same_answers() -> None:
    said = []
    for number in ("LL20260513-0006", "LL20260513-9999"):
        chat = Chat(customer=None)
        first = chat.say("refund", number)
        second = chat.say("1234")
        said.append((first, second, chat.last.params, label_keys(chat.last), chat.turns[-1].trace))
        assert chat.actions == [CountFailedVerification(number)]
    assert said[0] == said[1]


def test_the_fifth_wrong_try_hands_over_and_no_sixth_is_made() -> None:
    chat = Chat(customer=None)
    chat.say("refund", "LL20260513-0006", "1111", "2222", "3333", "4444", "5555")
    assert chat.actions == [
        CountFailedVerification("LL20260513-0006"),
        HandOff("verification_failed"),
    ]
    assert chat.say("9003") == []


def test_without_tries_left_nothing_is_asked() -> None:
    chat = Chat(customer=None)
    chat.shop.failures["contact"] = 5
    assert chat.say("refund") == ["handoff.verification_failed"]


@pytest.mark.parametrize(
    "proof",
    ["0142", "+1 415 555 0142", "Anna.Miller@Example.com", "last four 0142", "ending in 0142"],
)
def test_proofs_in_all_forms(proof: str) -> None:
    chat = Chat(customer=None)
    assert chat.say("refund", "ll 20260510 0003", proof) == ["verify.ok", "refund.ask_items"]


def test_a_refused_grant_is_told_like_a_wrong_proof() -> None:
    chat = Chat(customer=None)
    chat.say("refund", "LL20260510-0003")
    chat.shop.refuse_next = ActionRefused("too_many_attempts")
    assert chat.say("0142") == ["verify.failed"]


def test_an_order_no_longer_his_is_asked_for_anew() -> None:
    chat = Chat(customer=None)
    chat.say("refund", "LL20260510-0003 0142")
    chat.shop.granted.clear()
    assert chat.say("the towel") == ["verify.ask_order_number"]


# The refund


def at_summary(chat: Chat) -> Chat:
    chat.say("refund for the tea towel, I don't want it", "yes")
    assert chat.keys == ["refund.summary"]
    return chat


def test_what_is_requested_is_what_was_shown() -> None:
    chat = at_summary(Chat())
    shown = chat.last.params
    chat.say("yes")
    assert chat.actions == [
        RequestRefund(
            order_id="order-0003",
            lines=(Line("item-0003-1", 1),),
            reason="no_longer_wanted",
            received=True,
            evidence=(),
            expected_total=Money(800, "USD"),
        )
    ]
    assert shown["total"] == Money(800, "USD")


def test_an_amount_that_moved_before_the_yes_is_shown_again() -> None:
    chat = at_summary(Chat())
    chat.shop.surcharge = 100
    assert chat.say("yes") == ["dialog.look_again", "refund.summary"]
    assert chat.last.params["total"] == Money(900, "USD")
    chat.say("yes")
    assert isinstance(chat.actions[0], RequestRefund)
    assert chat.actions[0].expected_total == Money(900, "USD")


def test_an_amount_that_moved_at_the_last_moment_is_asked_as_a_new_question() -> None:
    chat = at_summary(Chat())
    old = chat.option("choice.yes_refund")
    chat.shop.refuse_next = ActionRefused("amount_changed", total=Money(900, "USD"))
    assert chat.say("yes") == ["refund.amount_changed", "refund.summary"]
    assert chat.press(old) == ["dialog.closed_question", "refund.summary"]
    assert chat.shop.tickets == []


def test_a_second_request_that_came_first_is_told() -> None:
    chat = at_summary(Chat())
    chat.shop.refuse_next = ActionRefused("already_requested", ticket="AS20260520-7")
    assert chat.say("yes") == ["refund.already_requested"]
    assert chat.last.params == {"ticket": "AS20260520-7"}
    assert chat.state.stack == ()


@pytest.mark.parametrize(
    ("code", "params", "key"),
    [
        ("over_remaining", {"remaining": Money(1, "USD")}, "refund.refused_over_remaining"),
        ("window_expired", {"days": 7, "since": None}, "refund.refused_window_expired"),
        ("photos_missing", {}, "refund.refused_photos_missing"),
        ("quantity_too_high", {"item": "x", "open": 0}, "refund.refused_quantity_too_high"),
        ("quantity_too_high", {}, "refund.refused_other"),
        ("never_heard_of", {"x": 1}, "refund.refused_other"),
    ],
)
def test_refusals_are_told_with_a_way_on(code: str, params: dict[str, object], key: str) -> None:
    chat = at_summary(Chat())
    chat.shop.refuse_next = ActionRefused(code, **params)
    assert chat.say("yes") == [key]
    assert "choice.person" in label_keys(chat.last)


def test_a_new_order_keeps_the_reason_and_asks_the_rest() -> None:
    chat = Chat("C1001")
    chat.say("the kettle is not as described, refund")
    chat.photo()
    assert chat.keys == ["refund.summary"]
    assert chat.say("no, the other order") == ["refund.ask_items"]
    assert chat.state.stack[0].slots["reason"] == "not_as_described"
    assert chat.say("the vacuum cleaner v9") == ["refund.summary"]


def test_a_reason_that_does_not_fit_any_more_is_asked_again() -> None:
    chat = Chat()
    chat.say("the tea towel is torn, refund")
    assert chat.command(SetSlot("received", "no")) == ["refund.ask_reason"]
    assert "refund.reason.damaged" not in label_keys(chat.last)


@pytest.mark.parametrize("wrong", ["3", "0", "999999", "-1", "1.5", "one hundred"])
def test_only_open_units_are_taken(wrong: str) -> None:
    chat = Chat()
    chat.say("refund for the mug")
    assert chat.say(wrong)[-1] == "refund.ask_quantity"
    assert "quantities" not in chat.state.stack[0].slots


def test_the_quantity_of_several_items_is_asked_one_by_one() -> None:
    chat = Chat()
    order = chat.shop.orders["LL20260510-0003"]
    three = tuple(replace(item, quantity=3) for item in order.view.items)
    order.view = replace(order.view, items=three)
    chat.say("refund LL20260510-0003", "both")
    assert chat.keys == ["refund.ask_quantity"]
    assert chat.say("2") == ["refund.ask_quantity"]
    assert chat.say("3") == ["refund.ask_received"]
    assert chat.state.stack[0].slots["quantities"] == {"item-0003-0": 2, "item-0003-1": 3}


def test_a_quantity_told_ahead_that_cannot_be_is_not_passed_over() -> None:
    chat = Chat()
    said = chat.command(StartFlow("refund", {"items": "the mugs", "quantities": "3"}))
    assert said == ["order.found", "refund.quantity_out_of_range", "refund.ask_quantity"]
    assert chat.say("2") == ["refund.ask_received"]


def test_a_correction_to_an_item_of_another_order_means_that_order() -> None:
    chat = Chat("C1001")
    chat.say("refund for the kettle")
    said = chat.command(CorrectSlot("items", "the vacuum cleaner"))
    assert said == ["order.found", "refund.ask_received"]
    assert chat.state.stack[0].slots["order"] == "order-0002"
    assert chat.state.stack[0].slots["items"] == ["item-0002-0"]


def test_an_item_named_with_also_comes_beside_the_first_with_its_own_number() -> None:
    chat = Chat()
    chat.command(StartFlow("refund", {"items": "the mugs", "quantities": "2"}))
    said = chat.command(SetSlot("items", "also the tea towel"))
    assert said == ["dialog.noted", "refund.ask_received"]
    slots = chat.state.stack[0].slots
    assert slots["items"] == ["item-0003-0", "item-0003-1"]
    assert slots["quantities"] == {"item-0003-0": 2}


def test_what_is_asked_right_after_an_orders_news_is_about_that_order() -> None:
    chat = Chat()
    chat.say("where is my order LL20260516-0004")
    assert chat.command(StartFlow("refund")) == ["order.found", "refund.ask_received"]
    assert chat.state.stack[0].slots["order"] == "order-0004"


def test_an_item_of_another_order_outweighs_the_order_just_told_of() -> None:
    chat = Chat()
    chat.say("where is my order LL20260516-0004")
    chat.command(StartFlow("refund", {"items": "the tea towel"}))
    assert chat.state.stack[0].slots["order"] == "order-0003"


def test_who_takes_the_order_just_told_of_back_is_asked() -> None:
    chat = Chat()
    chat.say("where is my order LL20260516-0004")
    chat.command(StartFlow("refund"))
    assert chat.command(CorrectSlot("order")) == ["refund.ask_order"]


def test_an_item_named_without_a_wish_is_kept_for_what_follows() -> None:
    chat = Chat()
    assert chat.command(Clarify(), text="hm, the tea towel") == ["clarify.which"]
    assert chat.command(StartFlow("refund")) == ["order.found", "refund.ask_received"]
    assert chat.command(Clarify(), text="blorp") == ["clarify.in_flow", "refund.ask_received"]


def test_what_never_left_the_shop_is_not_received_whatever_he_says() -> None:
    chat = Chat("C1005")
    told = {"order": "LL20260519-0008", "items": "the cream", "received": "yes"}
    said = chat.command(StartFlow("refund", {**told, "reason": "damaged"}))
    assert said == ["refund.reason_before_shipping", "refund.ask_reason"]
    assert chat.state.stack[0].slots["received"] is False


def test_a_correction_that_names_nothing_he_bought_is_told_so() -> None:
    chat = Chat("C1001")
    chat.say("refund for the kettle")
    said = chat.command(CorrectSlot("items", "the trampoline"))
    assert said == ["refund.no_such_item", "refund.ask_received"]


def test_a_quantity_that_could_be_of_two_items_is_asked_for() -> None:
    chat = Chat("C1001")
    chat.say("refund LL20260514-0002", "the filters", "2", "yes", "don't want it")
    assert chat.keys == ["refund.summary"]
    assert chat.say("I meant 1 piece") == ["refund.summary"]
    assert chat.last.params["lines"] == [{"title": "Vacuum filter", "quantity": 1}]


def test_a_comment_is_asked_for_a_reason_without_a_name() -> None:
    chat = Chat()
    chat.say("refund for the tea towel", "yes", "Something else")
    assert chat.keys == ["refund.ask_comment"]
    chat.say("It is not my taste, cancelled the party", "yes")
    assert isinstance(chat.actions[0], RequestRefund)
    assert chat.actions[0].comment == "It is not my taste, cancelled the party"
    assert chat.actions[0].reason == "other"


def test_an_unshipped_order_cannot_be_damaged() -> None:
    chat = Chat("C1005")
    chat.say("refund LL20260519-0008", "both")
    assert chat.keys == ["refund.ask_reason"]
    assert chat.say("it is broken") == ["refund.reason_before_shipping", "refund.ask_reason"]


def test_slots_a_flow_does_not_have_change_nothing() -> None:
    chat = at_summary(Chat())
    before = chat.state.stack
    assert chat.command(SetSlot("granted", "yes"))[0] == "clarify.in_flow"
    assert chat.command(CorrectSlot("total", "0"))[-1] == "refund.summary"
    assert chat.state.stack == before


def test_a_complaint_before_the_wish_is_remembered() -> None:
    chat = Chat()
    assert chat.say("the tea towel arrived torn") == ["clarify.which"]
    assert chat.say("refund please") == ["order.found", "refund.ask_photos"]


def test_unpaid_orders_are_not_offered_but_can_be_named() -> None:
    chat = Chat()
    lamp = chat.shop.orders["LL20260516-0004"]
    lamp.view = replace(lamp.view, status="pending")
    chat.say("I want a refund")
    assert label_keys(chat.last) == ["LL20260510-0003", "LL20260310-0005"]
    assert chat.say("LL20260516-0004") == ["refund.refused_not_paid"]


def test_a_parcel_that_is_not_there_is_no_missing_photo() -> None:
    chat = Chat("C1001")
    chat.say("退水壶，坏了")
    assert chat.keys[-1] == "refund.ask_photos"
    assert chat.say("不是，我还没收到货") == ["refund.summary"]
    assert chat.last.params["reason"] == "not_received"


# Withdraw


def undecided(chat: Chat) -> Chat:
    chat.say("refund for my lamp, it never arrived", "yes")
    assert chat.shop.tickets[-1].undecided
    return chat


def test_withdrawing_needs_a_yes_to_that_request() -> None:
    chat = undecided(Chat())
    assert chat.say("withdraw my request") == ["withdraw.confirm"]
    chat.say("yes")
    assert chat.actions == [WithdrawRequest("AS20260520-1001")]


def test_a_request_decided_meanwhile_cannot_be_withdrawn() -> None:
    chat = undecided(Chat())
    chat.say("withdraw my request")
    chat.shop.approve("AS20260520-1001", "supervisor")
    assert chat.say("yes") == ["withdraw.decided"]
    assert chat.actions == []


def test_a_withdrawal_refused_at_the_last_moment_is_told() -> None:
    chat = undecided(Chat())
    chat.say("withdraw my request")
    chat.shop.refuse_next = ActionRefused("not_possible_now")
    assert chat.say("yes") == ["withdraw.decided"]


def test_another_request_is_not_withdrawn_instead_of_the_named_one() -> None:
    chat = undecided(Chat())
    said = chat.command(StartFlow("withdraw", {"ticket": "AS20260520-9999"}))
    assert said == ["withdraw.not_withdrawable"]
    assert label_keys(chat.last) == ["AS20260520-1001"]
