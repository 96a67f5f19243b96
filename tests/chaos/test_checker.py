"""The checker finds each planted violation, and nothing in a sound world."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.chaos import planted_money, planted_words
from tests.chaos.check import check
from tests.chaos.record import Fault, Receipt
from tests.chaos.small_world import SmallWorld

Break = Callable[[SmallWorld], object]


def test_a_sound_world_has_no_violations() -> None:
    world = SmallWorld()
    findings = check(world.record, world.tables)
    assert findings.violations == []
    assert (findings.conversations, findings.accepted, findings.turns) == (4, 16, 16)
    assert (findings.replies, findings.refunds, findings.repeats) == (20, 4, 0)


def _lose_a_message(world: SmallWorld) -> None:
    world.drop("message", world.messages("webchat", "customer")[-1])


def _store_other_words(world: SmallWorld) -> None:
    world.messages("telegram", "customer")[0]["body"]["text"] = "something else"


def _leave_a_turn_undone(world: SmallWorld) -> None:
    world.messages("telegram", "customer")[-1]["turn_state"] = "waiting"


def _answer_twice(world: SmallWorld) -> None:
    message = world.messages("webchat", "customer")[0]
    world.reply("webchat", "greeting", answers=message["id"])


def _compute_twice_in_silence(world: SmallWorld) -> None:
    world.conversation("webchat")["state_version"] += 1


def _open_two_conversations(world: SmallWorld) -> None:
    world.tables["conversation"].append({**world.conversation("telegram"), "id": "another"})


def _store_what_nobody_sent(world: SmallWorld) -> None:
    known = world.messages("telegram", "customer")[0]
    stranger = {**known, "id": "stranger", "external_id": "0:0", "seq": 11}
    world.tables["message"].append(stranger)


def _answer_out_of_order(world: SmallWorld) -> None:
    first, second = world.messages("telegram", "bot")[:2]
    first["answers"], second["answers"] = second["answers"], first["answers"]


def _overtake_what_waited(world: SmallWorld) -> None:
    """Two messages of a burst were both there before the turn ahead of them had ended."""
    sent = world.sent("telegram")
    sent[2].first_sent, sent[2].accepted = sent[1].first_sent, sent[1].accepted
    sent[1].order, sent[2].order = sent[2].order, sent[1].order
    world.messages("telegram", "bot")[2]["answers"] = world.messages("telegram", "customer")[2][
        "id"
    ]
    earlier = world.messages("telegram", "bot")[0]["sent_at"].timestamp()
    sent[1].first_sent = sent[2].first_sent = earlier - 1
    sent[1].accepted = sent[2].accepted = earlier - 0.5


def _never_send_a_reply(world: SmallWorld) -> None:
    world.record.receipts.remove(world.receipts()[1])


def _send_a_reply_twice(world: SmallWorld) -> None:
    first = world.receipts()[0]
    again = Receipt(first.channel, first.to, first.text, first.at + 0.05)
    world.record.receipts.insert(world.record.receipts.index(first), again)


def _send_replies_in_another_order(world: SmallWorld) -> None:
    one, other = world.receipts()[:2]
    one.text, other.text = other.text, one.text


def _leave_a_delivery_pending(world: SmallWorld) -> None:
    world.messages("telegram", "bot")[-1]["delivery"] = "pending"


def _bury_a_job(world: SmallWorld) -> None:
    world.tables["job"][0]["state"] = "dead"


@pytest.mark.parametrize(
    ("kind", "plant"),
    [
        *planted_words.PLANTED,
        *planted_money.PLANTED,
        ("lost", _lose_a_message),
        ("lost", _store_other_words),
        ("lost", _leave_a_turn_undone),
        ("turn_twice", _answer_twice),
        ("turn_twice", _compute_twice_in_silence),
        ("turn_twice", _open_two_conversations),
        ("turn_twice", _store_what_nobody_sent),
        ("out_of_order", _answer_out_of_order),
        ("out_of_order", _overtake_what_waited),
        ("out_of_order", _send_replies_in_another_order),
        ("reply_lost", _never_send_a_reply),
        ("reply_lost", _leave_a_delivery_pending),
        ("reply_twice", _send_a_reply_twice),
        ("stuck", _bury_a_job),
    ],
)
def test_a_planted_violation_is_found(kind: str, plant: Break) -> None:
    world = SmallWorld()
    plant(world)
    assert check(world.record, world.tables).by_kind().get(kind, 0) > 0


@pytest.mark.parametrize("step", ["2", "3"])
def test_who_left_before_his_yes_is_due_nothing(step: str) -> None:
    world = SmallWorld()
    world.unpay("webchat")
    world.unsay("webchat", step)
    assert check(world.record, world.tables).violations == []


def test_who_left_after_his_yes_hears_the_rest_when_he_comes_back() -> None:
    world = SmallWorld()
    world.customer("webchat").finished = False
    assert check(world.record, world.tables).violations == []


def test_a_repeat_is_allowed_for_a_send_that_broke() -> None:
    world = SmallWorld()
    _send_a_reply_twice(world)
    world.receipts()[0].broke = True
    findings = check(world.record, world.tables)
    assert findings.violations == []
    assert (findings.repeats, findings.may_repeat) == (1, 1)


def test_a_repeat_is_allowed_when_something_was_killed_meanwhile() -> None:
    world = SmallWorld()
    _send_a_reply_twice(world)
    at = world.receipts()[0].at
    world.record.faults.append(Fault("kill", "worker1", at + 0.01, at + 0.02))
    assert check(world.record, world.tables).violations == []


def test_a_kill_excuses_one_repeat_and_no_more() -> None:
    world = SmallWorld()
    _send_a_reply_twice(world)
    _send_a_reply_twice(world)
    at = world.receipts()[0].at
    world.record.faults.append(Fault("kill", "worker1", at - 0.02, at - 0.01))
    assert check(world.record, world.tables).by_kind().get("reply_twice") == 1


def test_two_messages_that_crossed_on_their_way_are_no_violation() -> None:
    """The later one was there alone when its turn began."""
    world = SmallWorld()
    first, second = world.sent("telegram")[:2]
    first.order, second.order = second.order, first.order
    assert check(world.record, world.tables).violations == []
