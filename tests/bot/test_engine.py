"""What the engine promises to every flow, shown with flows made for it."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.dialogs.actions import Refused, WithdrawRequest
from bot.dialogs.commands import CancelFlow, Command, CorrectSlot, PickOptions, SetSlot
from bot.dialogs.flow import (
    Act,
    Again,
    Ask,
    Bad,
    Call,
    Check,
    Collect,
    Confirm,
    Done,
    End,
    Flow,
    Found,
    Given,
    Known,
    Look,
    Offer,
    Resume,
    Say,
    Step,
    Talk,
)
from bot.dialogs.flows import handoff
from bot.dialogs.state import DialogState, Effect, Frame
from bot.messages import InboundKind, InboundMessage, Sender
from bot.replies import Reply
from bot.turn import Turn, take_turn
from bot.understanding.base import Understood
from tests.bot.fakes import FakeShop

PORTS = FakeShop.load().ports("contact")


def collect(slot: str, **changes: object) -> Collect:
    """A slot that takes any word but `bad`."""

    def read(_talk: Talk, given: Given) -> Known | Bad:
        words = given.picked[0] if given.picked else given.words
        return Bad(Reply(f"{slot}.bad")) if words == "bad" else Known({slot: words})

    offers = (Offer(Effect.ANSWER, "picked", label="one"),)
    given = {"ask": lambda _talk: Ask(slot, f"{slot}.ask", offers=offers), "read": read, **changes}
    return Collect(slot, **given)  # type: ignore[arg-type]


def confirm(*slots: str) -> Confirm:
    """A confirmation that shows the values of slots."""

    def ask(talk: Talk) -> Ask:
        offers = (Offer(Effect.ANSWER, "yes", label="Y"), Offer(Effect.ANSWER, "no", label="N"))
        return Ask("confirmed", "sure", {slot: talk.slots[slot] for slot in slots}, offers)

    return Confirm(ask, no=lambda _talk: End((Reply("kept"),)))


def act(**changes: object) -> Act:
    """An act that withdraws what slot a names."""
    given = {
        "act": lambda talk: Done((WithdrawRequest(talk.slots["a"]),)),
        "refused": lambda _talk, refused: End((Reply("refused"),)),
        **changes,
    }
    return Act(**given)  # type: ignore[arg-type]


OVER = Check(lambda _talk: End((Reply("over"),)))


class Table:
    """A dialog over a table of flows; `main` is under way."""

    def __init__(self, *steps: Step, needs: dict[str, tuple[str, ...]] | None = None) -> None:
        self.flows = {"main": Flow("main", steps, needs or {}), "handoff": handoff.FLOW}
        self.state = DialogState(locale="en", stack=(Frame("main"),))
        self.turn: Turn | None = None

    def hear(self, *commands: Command, refused: Refused | None = None) -> list[str]:
        """Take a turn with these commands; gives the keys said."""
        message = InboundMessage(
            "m", Sender("contact"), InboundKind.TEXT, datetime(2026, 5, 20, tzinfo=UTC), 1, "…"
        )
        understood = Understood("en", commands, 1.0, "test")
        self.turn = take_turn(self.state, message, understood, PORTS, refused, self.flows)
        if refused is None and not self.turn.actions:
            self.state = self.turn.state
        return [reply.key for reply in self.turn.replies]

    @property
    def actions(self) -> tuple[object, ...]:
        assert self.turn is not None
        return self.turn.actions


def test_asks_the_first_open_slot_and_passes_known_ones() -> None:
    table = Table(collect("a"), collect("b"), OVER)
    assert table.hear(SetSlot("b", "2")) == ["dialog.noted", "a.ask"]
    assert table.hear(SetSlot("a", "1")) == ["over"]
    assert table.state.stack == ()


def test_taking_a_slot_back_empties_what_needs_it_and_nothing_else() -> None:
    table = Table(
        collect("a"), collect("b"), collect("c"), collect("d"), needs={"b": ("a",), "c": ("b",)}
    )
    for slot in ("a", "b", "c"):
        table.hear(SetSlot(slot, "1"))
    assert table.hear(CorrectSlot("a", "2")) == ["b.ask"]
    frame = table.state.stack[0]
    assert frame.slots == {"a": "2"}


def test_a_correction_to_the_same_value_changes_nothing() -> None:
    table = Table(collect("a"), collect("b"), collect("c"), needs={"b": ("a",)})
    table.hear(SetSlot("a", "1"))
    table.hear(SetSlot("b", "1"))
    assert table.hear(CorrectSlot("a", "1")) == ["dialog.noted", "c.ask"]


def test_taking_back_without_a_value_asks_again_and_remembers_what_was_meant() -> None:
    table = Table(collect("a"), collect("b"))
    table.hear(SetSlot("a", "1"))
    assert table.hear(CorrectSlot("a")) == ["a.ask"]
    assert table.state.stack[0].taken_back == {"a": "1"}


def test_an_answer_that_cannot_be_is_said_and_asked_again() -> None:
    table = Table(collect("a"))
    table.hear()
    assert table.hear(SetSlot("a", "bad")) == ["a.bad", "a.ask"]


def test_early_words_that_cannot_be_are_forgotten_silently() -> None:
    table = Table(collect("a"), collect("b"))
    table.hear(SetSlot("b", "bad"))
    assert table.hear(SetSlot("a", "1")) == ["b.ask"]


def test_a_question_asked_again_unchanged_keeps_its_number() -> None:
    table = Table(collect("a"), OVER)
    table.hear()
    first = table.state.prompt
    assert table.hear(SetSlot("a", "bad"))
    assert table.state.prompt == first
    assert table.hear(PickOptions(("p1:0",))) == ["over"]
    assert table.state.stack == ()


def test_derived_values_follow_and_are_not_kept() -> None:
    derived = collect("b", derive=lambda talk: "x" if talk.slots["a"] == "1" else None)
    table = Table(collect("a"), derived, collect("c"))
    assert table.hear(SetSlot("a", "1")) == ["dialog.noted", "c.ask"]
    assert "b" not in table.state.stack[0].slots
    assert table.hear(CorrectSlot("a", "2")) == ["b.ask"]


def test_checks_and_lookups_stop_the_flow_or_feed_it() -> None:
    def look(talk: Talk) -> Found | End:
        return Found(talk.slots["a"] * 2) if talk.slots["a"] != "stop" else End((Reply("over"),))

    def check(talk: Talk) -> Ask | None:
        return Ask("a", "again", clears=("a",)) if talk.slots["twice"] == "nono" else None

    table = Table(collect("a"), Look("twice", look), Check(check), collect("b"))
    table.hear()
    assert table.hear(SetSlot("a", "no")) == ["again"]
    assert table.hear(SetSlot("a", "stop")) == ["over"]
    assert table.state.stack == ()


def test_says_once() -> None:
    table = Table(Say("hello", lambda _talk: (Reply("hello"),)), collect("a"))
    assert table.hear() == ["clarify.in_flow", "hello", "a.ask"]
    assert table.hear(SetSlot("a", "bad")) == ["a.bad", "a.ask"]


def test_a_called_flow_hands_its_values_back_as_words() -> None:
    table = Table(
        Call("sub", lambda t: not {**t.slots, **t.raw}, lambda t: {"n": "given"}, {"n": "a"}),
        collect("a"),
        collect("b"),
    )
    table.flows["sub"] = Flow("sub", (collect("n"), collect("m")))
    assert table.hear()[-1] == "m.ask"
    assert table.state.stack[-1].called
    assert table.hear(SetSlot("m", "1")) == ["b.ask"]
    assert table.state.stack[0].slots == {"a": "given"}


def test_a_flow_in_a_circle_ends_with_a_person() -> None:
    table = Table(Call("sub", lambda _talk: True, lambda _talk: {}))
    table.flows["sub"] = Flow("sub", ())
    assert table.hear(SetSlot("a", "1"))[-1] == "handoff.stuck"
    assert [type(action).__name__ for action in table.actions] == ["HandOff"]


# Confirmations


def confirmed(*steps: Step) -> Table:
    table = Table(collect("a"), confirm("a"), *steps)
    table.hear()
    assert table.hear(SetSlot("a", "1")) == ["sure"]
    return table


def test_yes_to_what_was_shown_acts() -> None:
    table = confirmed(act())
    assert table.hear(SetSlot("confirmed", "yes")) == []
    assert table.actions == (WithdrawRequest("1"),)


def test_yes_before_anything_was_shown_does_nothing() -> None:
    table = Table(collect("a"), confirm("a"), act())
    table.hear()
    assert table.hear(SetSlot("a", "1"), SetSlot("confirmed", "yes")) == ["sure"]
    assert table.actions == ()


def test_yes_with_a_change_shows_the_change_first() -> None:
    table = confirmed(act())
    assert table.hear(SetSlot("confirmed", "yes"), CorrectSlot("a", "2")) == ["sure"]
    assert table.actions == ()


def test_yes_and_no_is_neither() -> None:
    table = confirmed(act())
    said = table.hear(SetSlot("confirmed", "yes"), SetSlot("confirmed", "no"))
    assert said == ["dialog.say_yes_or_no", "sure"]
    assert table.actions == ()


def test_yes_beside_a_cancel_is_a_cancel() -> None:
    table = confirmed(act())
    assert table.hear(SetSlot("confirmed", "yes"), CancelFlow())[0] == "dialog.cancelled"
    assert table.actions == ()


def test_words_of_a_model_other_than_yes_are_no_yes() -> None:
    table = confirmed(act())
    for words in ("YES", "true", "1", "yes ", "ja", ""):
        assert table.hear(SetSlot("confirmed", words)) == ["dialog.say_yes_or_no", "sure"]
        assert table.actions == ()


def test_no_does_what_the_flow_says() -> None:
    table = confirmed(act())
    assert table.hear(SetSlot("confirmed", "no")) == ["kept"]
    assert table.actions == ()


# Refusals


def test_a_refused_action_is_answered_and_not_wanted_again() -> None:
    table = confirmed(act())
    refused = Refused(WithdrawRequest("1"), "why")
    assert table.hear(SetSlot("confirmed", "yes"), refused=refused) == ["refused"]
    assert table.actions == ()


def test_asking_again_after_a_refusal_is_a_new_question() -> None:
    table = confirmed(act(refused=lambda _t, _r: Again((Reply("changed"),))))
    before = table.state.prompt
    refused = Refused(WithdrawRequest("1"), "why")
    assert table.hear(SetSlot("confirmed", "yes"), refused=refused) == ["changed", "sure"]
    assert table.turn is not None
    after = table.turn.state.prompt
    assert before is not None
    assert after is not None
    assert after.id == before.id + 1


def test_a_person_takes_over_at_the_second_refusal() -> None:
    table = confirmed(act(refused=lambda _t, _r: Again((Reply("changed"),))))
    refused = Refused(WithdrawRequest("1"), "why")
    table.hear(SetSlot("confirmed", "yes"), refused=refused)
    assert table.turn is not None
    table.state = table.turn.state
    assert table.hear(SetSlot("confirmed", "yes"), refused=refused) == ["handoff.refused"]


def test_a_turn_that_continues_goes_on_without_a_message() -> None:
    def prove(talk: Talk) -> Done | End:
        if talk.slots.get("proven"):
            return End((Reply("seen"),))
        return Done((WithdrawRequest("1"),), then=Resume({"proven": True}))

    table = Table(act(act=prove))
    table.hear()
    assert table.turn is not None
    assert table.turn.continues
    following = take_turn(table.turn.state, None, None, PORTS, None, table.flows)
    assert [reply.key for reply in following.replies] == ["seen"]
    assert not following.continues
