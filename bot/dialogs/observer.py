"""Tells somebody outside how steps of flows went: for reports of what conversations visit.

The engine calls it and takes nothing from it; without one a turn does the same and tells nobody.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Protocol

from bot.dialogs.flow import Act, Call, Check, Collect, Confirm, Flow, Look, Say, Step


class Outcome(StrEnum):
    """What became of a step when the engine came to it."""

    SKIPPED = "skipped"
    """It does not apply now."""
    KNOWN = "known"
    """The slot was filled before."""
    ASKED = "asked"
    ANSWERED = "answered"
    """An answer was read and taken."""
    MISREAD = "misread"
    """An answer was read and can't be, or is none."""
    GUESSED = "guessed"
    DERIVED = "derived"
    FOUND = "found"
    PASSED = "passed"
    STOPPED = "stopped"
    """The flow can't go on so: it asks otherwise, or ends."""
    CALLED = "called"
    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"
    """Neither a yes nor a no, or to another summary."""
    SAID = "said"
    ACTED = "acted"
    REFUSED = "refused"
    """The house refused the action."""


class Observer(Protocol):
    """Is told of each step the engine comes to."""

    def visited(self, flow: str, step: Step, outcome: Outcome) -> None: ...


_WANTED: Final[dict[type, tuple[Outcome, ...]]] = {
    Collect: (Outcome.ASKED, Outcome.ANSWERED),
    Look: (Outcome.FOUND, Outcome.STOPPED),
    Check: (Outcome.STOPPED,),
    Call: (Outcome.CALLED,),
    Confirm: (Outcome.ASKED, Outcome.YES, Outcome.NO),
    Say: (Outcome.SAID,),
    Act: (Outcome.ACTED,),
}


def wanted(step: Step) -> tuple[Outcome, ...]:
    """The outcomes without which a step was not really tried.

    A refused action is not among them: the house refuses what it offered a moment ago only when
    something changed in between, and no conversation by itself makes that happen.
    """
    return _WANTED[type(step)]


def names_of(flow: Flow) -> list[str]:
    """A name for each step, in their order: its kind and its slot, or what it calls or does."""
    names: list[str] = []
    for step in flow.steps:
        name = _name(step)
        same = sum(other.partition(" #")[0] == name for other in names)
        names.append(f"{name} #{same + 1}" if same else name)
    return names


def _name(step: Step) -> str:
    match step:
        case Collect(slot=slot):
            return f"collect {slot}"
        case Look(slot=slot):
            return f"look up {slot}"
        case Check(check=check):
            return f"check {_called(check)}"
        case Call(flow=flow):
            return f"call {flow}"
        case Confirm():
            return "confirm"
        case Say(mark=mark):
            return f"say {mark}"
        case Act(act=act):
            return f"act {_called(act)}"


def _called(function: object) -> str:
    return str(getattr(function, "__name__", function)).strip("_")
