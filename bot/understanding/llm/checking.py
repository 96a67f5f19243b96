"""Checks what a model proposed: only what the customer's own words or the offered options bear out
becomes a command. One bad command spoils the whole proposal, for it shows what the rest is worth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from bot.dialogs import commands as c
from bot.dialogs import slots as s
from bot.dialogs.menu import STARTS
from bot.ports import REASONS
from bot.understanding import entities
from bot.understanding.base import DialogView, Span
from bot.understanding.language import UNDERSTOOD
from bot.understanding.llm.masking import Masker
from bot.understanding.llm.schema import SLOTS, Proposal

MAX_WORDS: Final = 160
MAX_QUESTION: Final = 400
SMALL_TALK: Final = ("greeting", "thanks", "bye", "help")
HANDOFFS: Final = ("asked", "upset", "other_service")


class BadProposal(ValueError):
    """Names what is wrong with it, never the words themselves."""


@dataclass(frozen=True)
class Checker:
    """Checks proposals for one message: `text` normalised, as it was masked for the question."""

    text: str
    view: DialogView
    masker: Masker

    def commands(self, proposals: Sequence[Proposal]) -> tuple[c.Command, ...]:
        """The commands. Raises BadProposal if any of them can't be meant."""
        found: list[c.Command] = []
        for proposal in proposals:
            check = _CHECKS.get(proposal.command)
            if check is None:
                raise BadProposal("unknown command")
            command = check(self, proposal)
            if command not in found:
                found.append(command)
        self._agree(found)
        return _joined(found)

    def _agree(self, found: Sequence[c.Command]) -> None:
        """One value for a slot, one start of a flow, no giving up beside going on."""
        slots = [one.slot for one in found if isinstance(one, c.SetSlot | c.CorrectSlot)]
        flows = [one.flow for one in found if isinstance(one, c.StartFlow)]
        if len(set(slots)) < len(slots) or len(set(flows)) < len(flows):
            raise BadProposal("contradicts itself")
        if c.CancelFlow() in found and slots:
            raise BadProposal("contradicts itself")

    # One check for each command

    def start_flow(self, proposal: Proposal) -> c.Command:
        told = {one.slot: self.value(one.slot, one.value) for one in proposal.slots if one.value}
        return c.StartFlow(self.flow(proposal), told)

    def set_slot(self, proposal: Proposal) -> c.Command:
        return c.SetSlot(proposal.slot, self.value(proposal.slot, proposal.value))

    def correct_slot(self, proposal: Proposal) -> c.Command:
        if proposal.slot not in SLOTS:
            raise BadProposal("unknown slot")
        if self.view.flow is None:
            raise BadProposal("nothing to correct")
        value = self.value(proposal.slot, proposal.value) if proposal.value else ""
        return c.CorrectSlot(proposal.slot, value)

    def pick_option(self, proposal: Proposal) -> c.Command:
        # What an option of a summary does may be final: only he picks there.
        if self.view.awaited == s.CONFIRMED:
            raise BadProposal("a confirmation")
        number = int(proposal.value) if proposal.value.isdecimal() else 0
        if not 1 <= number <= len(self.view.options):
            raise BadProposal("no such option")
        return c.PickOptions((self.view.options[number - 1].value,))

    def cancel_flow(self, proposal: Proposal) -> c.Command:
        return c.CancelFlow()

    def clarify(self, proposal: Proposal) -> c.Command:
        return c.Clarify((self.flow(proposal),) if proposal.flow else ())

    def answer(self, proposal: Proposal) -> c.Command:
        words = self.words(proposal.value) if proposal.value else self.text
        return c.Answer(words[:MAX_QUESTION])

    def small_talk(self, proposal: Proposal) -> c.Command:
        return c.SmallTalk(_one_of(proposal.value, SMALL_TALK))

    def change_language(self, proposal: Proposal) -> c.Command:
        return c.ChangeLanguage(_one_of(proposal.value, UNDERSTOOD))

    def handoff(self, proposal: Proposal) -> c.Command:
        return c.HumanHandoff(_one_of(proposal.value, HANDOFFS))

    # Flows and values

    def flow(self, proposal: Proposal) -> str:
        """A flow that customers may start by themselves."""
        return _one_of(proposal.flow, tuple(STARTS))

    def value(self, slot: str, proposed: str) -> str:
        """The slot's value: a word both sides know, or something that stands in the message."""
        if slot not in SLOTS:
            raise BadProposal("unknown slot")
        if proposed in _WORDS.get(slot, ()):
            return proposed
        match slot:
            case s.REASON | s.RECEIVED | s.EVIDENCE:
                raise BadProposal(f"no value of {slot}")
            case s.QUANTITIES:
                return self._quantity(proposed)
            case s.ITEMS | s.ORDER if self._is_label(proposed):
                return self._restored(proposed)
            case s.TICKET:
                return self._entity(proposed, entities.TICKET)
            case s.ORDER:
                return self._order(proposed)
            case _:
                return self.words(proposed)

    def words(self, proposed: str) -> str:
        """Words of the message."""
        words = self._restored(proposed).strip()
        if not words or words.casefold() not in self.text.casefold():
            raise BadProposal("not in the message")
        return words

    def _restored(self, proposed: str) -> str:
        try:
            return self.masker.restore(proposed)
        except ValueError as error:
            raise BadProposal("unknown placeholder") from error

    def _is_label(self, proposed: str) -> bool:
        try:
            words = self._restored(proposed).casefold().strip()
        except BadProposal:
            return False
        return len(words) >= 2 and any(words in one.label.casefold() for one in self.view.options)

    def _quantity(self, proposed: str) -> str:
        """A number that stands in the message, in digits or as a word."""
        if not proposed.isdecimal() or not 1 <= len(proposed) <= 3:
            raise BadProposal("no quantity")
        if int(proposed) not in self._numbers:
            raise BadProposal("not in the message")
        return proposed

    def _entity(self, proposed: str, kind: str) -> str:
        value = self._restored(proposed)
        if value not in {span.value for span in self._entities if span.kind == kind}:
            raise BadProposal("not in the message")
        return value

    def _order(self, proposed: str) -> str:
        """The number in the words for an order ("订单HS-1001"); else words for a thing of it."""
        words = self.words(proposed)
        found = entities.find_entities(words, tail_expected=False)
        numbers = [one.value for one in found if one.kind == entities.ORDER_NUMBER]
        return numbers[0] if len(numbers) == 1 else words

    @cached_property
    def _entities(self) -> list[Span]:
        return entities.find_entities(self.text, tail_expected=False)

    @cached_property
    def _numbers(self) -> set[int]:
        named = {int(one.value) for one in self._entities if one.kind == entities.QUANTITY}
        alone = {int(found) for found in _digits(self.text)}
        whole = entities.number_of(self.text)
        return named | alone | ({whole} if whole is not None else set())


_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    s.ORDER: (s.LATEST, s.OTHER),
    s.ITEMS: (s.ALL, s.OTHER),
    s.QUANTITIES: (s.ALL,),
    s.RECEIVED: (s.YES, s.NO),
    s.REASON: REASONS,
    s.EVIDENCE: (s.NONE,),
}

_CHECKS: Final[Mapping[str, Callable[[Checker, Proposal], c.Command]]] = {
    "start_flow": Checker.start_flow,
    "set_slot": Checker.set_slot,
    "correct_slot": Checker.correct_slot,
    "pick_option": Checker.pick_option,
    "cancel_flow": Checker.cancel_flow,
    "clarify": Checker.clarify,
    "answer": Checker.answer,
    "small_talk": Checker.small_talk,
    "change_language": Checker.change_language,
    "handoff": Checker.handoff,
}


def _joined(found: Sequence[c.Command]) -> tuple[c.Command, ...]:
    """Several picks are one answer, several doubts one question; a doubt beside a wish is none."""
    picks = [value for one in found if isinstance(one, c.PickOptions) for value in one.values]
    between = tuple(flow for one in found if isinstance(one, c.Clarify) for flow in one.flows)
    rest = tuple(one for one in found if not isinstance(one, c.Clarify | c.PickOptions))
    if picks:
        return (c.PickOptions(tuple(dict.fromkeys(picks))), *rest)
    return rest if rest or not found else (c.Clarify(between),)


def _one_of(proposed: str, known: Sequence[str]) -> str:
    if proposed not in known:
        raise BadProposal("unknown word")
    return proposed


def _digits(text: str) -> list[str]:
    runs = "".join(one if one.isdecimal() and one.isascii() else " " for one in text).split()
    return [run for run in runs if len(run) <= 3]
