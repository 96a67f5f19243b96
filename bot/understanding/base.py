"""The protocol every understanding (rules, local model, LLM) fulfils: text in, commands out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from bot.dialogs.commands import Command
from bot.messages import InboundMessage, Option


@dataclass(frozen=True, slots=True)
class DialogView:
    """What understanding may know of the dialog: enough to read a short answer, no facts of orders
    beyond what the customer has on his screen.

    `awaited` is the slot asked for last; `options` what was offered with that question;
    `filled` the slots already known (name -> shown label).
    """

    locale: str | None = None
    flow: str | None = None
    awaited: str | None = None
    options: tuple[Option, ...] = ()
    filled: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the text that was read as something: [start, end) in characters."""

    kind: str
    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """An intent the message may have, and how likely that is, 0…1."""

    intent: str
    score: float


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What asking a language model came to. `outcome`: taken, none, refused, or why it did not
    answer; `cost` in millionths of `currency`'s unit."""

    outcome: str
    tokens_in: int = 0
    tokens_out: int = 0
    cost: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message was taken for. Stored, so that the desk can show why.

    `sentiment` −1…1; `confidence` 0…1 of the commands as a whole; `source`: rules, local, llm.
    `signals` are what a person should be told of it (`bot.understanding.signals`); their pieces of
    the text stand among `spans`. `intents` are the likeliest, best first, where a classifier was
    asked; `model` tells of a language model, where one was.
    """

    locale: str
    commands: tuple[Command, ...]
    confidence: float
    source: str
    sentiment: float = 0.0
    spans: tuple[Span, ...] = ()
    intents: tuple[Ranked, ...] = ()
    model: ModelUse | None = None
    signals: tuple[str, ...] = ()


class Understanding(Protocol):
    """Proposes commands. Never raises for a message's content."""

    async def understand(self, message: InboundMessage, view: DialogView) -> Understood: ...


@runtime_checkable
class PromptUnderstanding(Understanding, Protocol):
    """One that reads a message in a moment, once it has been shown it: what takes longer and needs
    nothing of the dialog is done before."""

    async def prepare(self, message: InboundMessage) -> None:
        """Do what is slow about it."""
        ...

    def read(self, message: InboundMessage, view: DialogView) -> Understood:
        """As `understand`; quick for a prepared message, right for any other."""
        ...
