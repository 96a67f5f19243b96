"""What a turn does with messages of every kind."""

from __future__ import annotations

import pytest

from bot.dialogs.actions import CountFailedVerification, GrantOrderAccess, HandOff, RequestRefund
from bot.dialogs.commands import Answer, ChangeLanguage, StartFlow
from bot.dialogs.state import DialogState, Frame, Mode
from bot.messages import InboundKind
from tests.bot.fakes import ActionRefused
from tests.bot.support import Chat, label_keys


def towel(chat: Chat) -> Chat:
    """Bring a chat to the summary of a refund for the tea towel."""
    assert chat.say("refund for the tea towel, I don't want it", "yes") == ["refund.summary"]
    return chat


# People


def test_the_bot_is_silent_while_people_answer() -> None:
    chat = Chat()
    assert chat.say("talk to a person") == ["handoff.asked"]
    assert chat.state.mode is Mode.HUMAN
    assert chat.say("hello?", "I want a refund") == []
    assert chat.actions == []


def test_a_handoff_clears_the_table_and_handing_back_starts_fresh() -> None:
    chat = towel(Chat())
    chat.say("agent please")
    assert chat.state.stack == ()
    chat.state = chat.state.handed_back()
    assert chat.say("hello") == ["chat.greeting"]


def test_a_refused_handoff_leaves_the_bot_in_charge() -> None:
    chat = Chat()
    chat.shop.refuse_next = ActionRefused("nobody_there")
    assert chat.say("talk to a person") == ["handoff.unavailable"]
    assert chat.state.mode is Mode.BOT


def test_a_person_is_offered_once_when_the_mood_falls() -> None:
    chat = Chat()
    chat.say("refund for the tea towel, I don't want it")
    assert "handoff.offered" not in chat.say("hmm, this is disappointing")
    assert "handoff.offered" in chat.say("your service is really poor and useless")
    assert chat.state.mode is Mode.BOT, "it is offered, not imposed"
    assert min(chat.state.moods) < 0
    assert "handoff.offered" not in chat.say("refund for the towel, what useless junk")


def test_buttons_tell_no_mood() -> None:
    chat = Chat()
    chat.say("refund for the tea towel, I don't want it")
    before = chat.state.moods
    chat.press(chat.option("choice.received"))
    assert chat.state.moods == before


# Edits


def test_an_edit_of_the_last_message_replaces_it() -> None:
    chat = Chat()
    first = chat.message(text="refund for the kettle")
    chat.take(first)
    assert chat.keys == ["order.found", "refund.refused_window_expired"]
    edit = chat.message(kind=InboundKind.EDIT, text="refund for the towel", edits="m1")
    chat.take(edit)
    assert chat.keys == ["order.found", "refund.ask_received"]


def test_edits_of_edits_go_back_to_the_same_state() -> None:
    chat = Chat()
    chat.take(chat.message(text="refund for the kettle"))
    for text in ("refund for the mug", "refund for the towel", "where is my lamp"):
        chat.take(chat.message(kind=InboundKind.EDIT, text=text, edits="m1"))
    assert chat.keys[0] == "order.found"
    assert "order.status_shipped" in chat.keys
    assert chat.state.stack == ()


def test_an_edit_after_a_refund_was_requested_changes_nothing() -> None:
    chat = towel(Chat())
    yes = chat.message(text="yes")
    chat.take(yes)
    assert [type(action) for action in chat.actions] == [RequestRefund]
    chat.take(chat.message(kind=InboundKind.EDIT, text="no", edits=yes.external_id))
    assert chat.keys == ["dialog.edit_noted"]
    assert len(chat.shop.tickets) == 1


def test_an_edit_into_a_yes_shows_the_summary_again() -> None:
    chat = towel(Chat())
    chat.take(chat.message(text="no"))
    assert chat.keys == ["refund.what_to_change"]
    assert chat.state.last is not None
    chat.take(chat.message(kind=InboundKind.EDIT, text="yes", edits=chat.state.last.external_id))
    assert chat.keys == ["refund.summary"]
    assert chat.actions == []


def test_an_edit_of_a_wrong_proof_counts_as_a_new_try() -> None:
    chat = Chat(customer=None)
    chat.say("refund", "LL20260510-0003")
    wrong = chat.message(text="0124")
    chat.take(wrong)
    assert [type(action) for action in chat.actions] == [CountFailedVerification]
    chat.take(chat.message(kind=InboundKind.EDIT, text="0142", edits=wrong.external_id))
    assert [type(action) for action in chat.actions] == [GrantOrderAccess]


def test_an_edit_does_not_revive_old_buttons() -> None:
    chat = Chat()
    chat.take(chat.message(text="refund for the mug"))
    old = chat.option("1")
    chat.take(chat.message(kind=InboundKind.EDIT, text="refund for the towel", edits="m1"))
    assert chat.press(old) == ["dialog.closed_question", "refund.ask_received"]


# Opening, buttons, contents


@pytest.mark.parametrize(
    ("payload", "first"),
    [
        ("", "chat.greeting"),
        ("refund", "refund.ask_order"),
        ("order_LL20260516-0004", "order.status_shipped"),
        ("track", "order.ask_for_status"),
        ("'; DROP TABLE", "chat.greeting"),
        ("x" * 500, "chat.greeting"),
    ],
)
def test_deep_links(payload: str, first: str) -> None:
    chat = Chat()
    chat.take(chat.message(kind=InboundKind.START, text=payload))
    assert chat.keys[0] == first


def test_opening_the_chat_again_goes_on_where_it_was() -> None:
    chat = towel(Chat())
    chat.take(chat.message(kind=InboundKind.START))
    assert chat.keys == ["chat.hello", "refund.summary"]


def test_menu_buttons_stay_good_while_nothing_else_was_asked() -> None:
    chat = Chat()
    chat.say("hello")
    start = chat.option("choice.refund")
    assert chat.say("thanks") == ["chat.thanks"]
    assert chat.press(start) == ["refund.ask_order"]


@pytest.mark.parametrize("value", ["p1:9", "p0:0", "p2:0", "q1:0", "", "p1:0;", "p-1:0", "１"])
def test_values_not_on_offer_close_nothing(value: str) -> None:
    chat = Chat()
    chat.say("I want a refund")
    before = chat.state
    assert chat.press(value) == ["dialog.closed_question", "refund.ask_order"]
    assert chat.state.stack == before.stack
    assert chat.state.prompt == before.prompt


def test_only_questions_that_take_several_take_several() -> None:
    chat = Chat()
    chat.say("I want a refund")
    assert chat.press("p1:0,p1:1") == ["dialog.pick_one", "refund.ask_order"]
    chat.press("p1:1")
    assert chat.press("p2:0,p2:1,p2:0") == ["refund.ask_quantity"]


def test_voice_and_strange_contents_are_answered() -> None:
    chat = Chat()
    assert chat.photo(kind="voice", ref="r") == ["evidence.unsupported"]
    assert chat.photo(kind="video", ref="r")[0] == "evidence.unsupported"
    chat.take(chat.message(kind=InboundKind.UNSUPPORTED))
    assert chat.keys[0] == "evidence.unsupported"


# Photos


def test_only_checked_photos_count() -> None:
    chat = Chat()
    chat.say("the tea towel is torn, refund")
    assert chat.keys[-1] == "refund.ask_photos"
    assert chat.photo(ref=None) == ["evidence.unavailable", "refund.ask_photos"]
    assert chat.photo(rejected="not_an_image") == ["evidence.not_an_image", "refund.ask_photos"]
    assert chat.photo(kind="file") == ["refund.summary"]


def test_one_photo_counts_once() -> None:
    chat = Chat()
    chat.say("the tea towel is torn, refund")
    chat.photo(ref="same")
    chat.photo(ref="same")
    chat.say("yes")
    assert isinstance(chat.actions[0], RequestRefund)
    assert chat.actions[0].evidence == ("same",)


def test_later_parts_of_an_album_are_added_in_silence() -> None:
    chat = Chat()
    chat.say("the tea towel is torn, refund")
    assert chat.photo(ref="1", group="g") == ["refund.summary"]
    assert chat.photo(ref="2", group="g") == []
    assert chat.photo(ref="3") == ["evidence.added", "refund.summary"]
    chat.say("yes")
    assert isinstance(chat.actions[0], RequestRefund)
    assert chat.actions[0].evidence == ("1", "2", "3")


def test_photos_of_one_request_are_not_used_for_the_next() -> None:
    chat = Chat()
    chat.say("the tea towel is torn, refund")
    chat.photo()
    chat.say("yes")
    assert chat.state.photos == ()
    assert chat.say("the mug is cracked, refund", "1")[-1] == "refund.ask_photos"


def test_a_photo_sent_days_ago_is_no_evidence() -> None:
    chat = Chat()
    chat.photo()
    chat.shop.now = chat.shop.now.replace(day=22)
    assert chat.say("the tea towel is torn, refund")[-1] == "refund.ask_photos"


# Language


def test_a_chosen_language_is_kept() -> None:
    chat = Chat()
    assert chat.command(ChangeLanguage("zh-CN")) == ["chat.language_changed"]
    chat.say("I want a refund for the mug please")
    assert chat.state.locale == "zh-CN"


def test_a_language_not_spoken_is_said_so() -> None:
    chat = Chat()
    assert chat.command(ChangeLanguage("ru"))[0] == "chat.language_unknown"
    assert chat.state.locale == "en"


# Several things at once


def test_requests_wait_their_turn_and_are_started_after_a_refund_with_fresh_facts() -> None:
    chat = Chat()
    chat.command(StartFlow("refund", {"items": "towel"}), StartFlow("request_status"))
    assert "queue.later_request_status" in chat.keys
    chat.say("yes", "don't want it", "yes")
    assert chat.keys == ["queue.next_request_status", "request.status_completed"]


def test_the_same_request_is_not_queued_twice_and_few_wait() -> None:
    chat = Chat()
    chat.command(StartFlow("refund"), *[StartFlow("withdraw")] * 5, StartFlow("order_status"))
    assert [request.flow for request in chat.state.queue] == ["withdraw", "order_status"]


def test_an_unknown_flow_or_one_not_to_be_started_is_ignored() -> None:
    chat = Chat()
    assert chat.command(StartFlow("make_me_rich")) == ["clarify.first"]
    assert chat.command(StartFlow("verify_identity")) == ["clarify.second"]


def test_an_answer_from_the_articles_keeps_the_question_open() -> None:
    chat = Chat()
    chat.say("I want a refund")
    prompt = chat.state.prompt
    said = chat.command(Answer("how long does it take"))
    assert said == ["chat.answer", "refund.ask_order"]
    assert chat.state.prompt == prompt


def test_three_unanswered_questions_bring_a_person() -> None:
    chat = Chat()
    assert chat.command(Answer("why is the sky blue")) == ["chat.no_answer"]
    assert chat.command(Answer("why is the sky blue")) == ["chat.no_answer"]
    assert chat.command(Answer("why is the sky blue")) == ["handoff.stuck"]
    assert chat.actions == [HandOff("stuck")]


def test_being_understood_in_between_starts_the_count_anew() -> None:
    chat = Chat()
    chat.say("blorp", "zzz", "hello", "blorp")
    assert chat.keys == ["clarify.first"]


# What does not fit


def test_every_message_gets_an_answer() -> None:
    for text in ("yes", "no", "2", "1234", "the other order", "2 pieces", "damaged", "..."):
        assert Chat().say(text), text


def test_numbers_before_a_wish_are_kept_for_it() -> None:
    chat = Chat(customer=None)
    assert chat.say("LL20260510-0003 0142") == ["clarify.which"]
    assert label_keys(chat.last) == ["choice.order_status", "choice.refund", "choice.person"]
    assert chat.press(chat.option("choice.refund")) == ["verify.ok", "refund.ask_items"]


def test_a_state_with_a_flow_that_is_gone_starts_fresh() -> None:
    chat = Chat()
    chat.state = DialogState(locale="en", stack=(Frame("long_gone"),), prompts=5)
    assert chat.say("I want a refund") == ["refund.ask_order"]
    assert chat.state.prompts == 6
