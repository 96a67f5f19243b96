"""What understanding may propose. The engine checks each and decides; none of them moves money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StartFlow:
    """Begin a flow, with what the message already told (slot name -> raw words)."""

    flow: str
    slots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetSlot:
    """A value for a slot, as the customer put it; the flow's own reader validates it."""

    slot: str
    value: str


@dataclass(frozen=True, slots=True)
class CorrectSlot:
    """He takes something back: `slot` again, with `value`, or empty to be asked anew."""

    slot: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class PickOptions:
    """He pressed buttons of a prompt, or typed their numbers: values as they were offered."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CancelFlow:
    """Leave what we are doing."""


@dataclass(frozen=True, slots=True)
class Clarify:
    """Not understood, or between `flows`: ask."""

    flows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer a question from the shop's articles."""

    question: str


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """`kind`: greeting, thanks, bye, help."""

    kind: str


@dataclass(frozen=True, slots=True)
class ChangeLanguage:
    """He asked for another language."""

    locale: str


@dataclass(frozen=True, slots=True)
class HumanHandoff:
    """Bring a person in. `reason`: asked, upset, stuck, verification_failed …"""

    reason: str


Command = (
    StartFlow
    | SetSlot
    | CorrectSlot
    | PickOptions
    | CancelFlow
    | Clarify
    | Answer
    | SmallTalk
    | ChangeLanguage
    | HumanHandoff
)
