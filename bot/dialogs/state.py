"""What a dialog remembers between two messages. Frozen; a turn makes a new one.

Stored as JSON beside the conversation. A state written by another version, or damaged, never
stops a conversation: what is safe to keep is kept (language, whether a person has taken over, the
number of the last prompt, so that an old button stays an old button) and the rest starts fresh.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pydantic import JsonValue, TypeAdapter, ValidationError

from bot.dialogs.slots import REASON
from bot.messages import InboundKind, InboundMessage, Option
from bot.understanding.base import DialogView

SCHEMA: Final = 1
"""Raise it when a stored state of before can no longer be read as it was meant."""


class Mode(StrEnum):
    """Who answers the customer."""

    BOT = "bot"
    HUMAN = "human"


class Effect(StrEnum):
    """What picking an offered option does."""

    ANSWER = "answer"
    """Answers the question asked; `value` is the answer in canonical form."""
    START = "start"
    """Starts the flow named by `value`."""
    CORRECT = "correct"
    """Takes the slot named by `value` back, so that it is asked for again."""
    HUMAN = "human"
    """Brings a person in."""
    CANCEL = "cancel"
    """Leaves the flow."""
    LEAVE = "leave"
    """Leaves the sub-flow; the flow that called it asks for something else instead."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An option as it was offered: what it does, and how it was called (key or plain label)."""

    effect: Effect
    value: str = ""
    label_key: str = ""
    label: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prompt:
    """The question that stands open.

    `id` numbers the prompts of a conversation; option values are `p<id>:<index>`. `fingerprint`
    tells whether a question asked again is the same one: then its earlier buttons stay good.
    """

    id: int
    slot: str
    fingerprint: str
    choices: tuple[Choice, ...] = ()
    multiple: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """A flow under way. Where it stands follows from what is known.

    `slots` what the customer told, read and checked; `raw` words still to be read when their turn
    comes; `taken_back` values he took back; `said` marks of what need not be said again; `called`
    whether another flow waits for this one; `refusals` how often its action was refused.
    """

    flow: str
    slots: Mapping[str, JsonValue] = field(default_factory=dict)
    raw: Mapping[str, str] = field(default_factory=dict)
    taken_back: Mapping[str, JsonValue] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    called: bool = False
    refusals: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """A flow that waits its turn, with what was told for it."""

    flow: str
    raw: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Photo:
    """A checked photo no request has used yet."""

    ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LastMessage:
    """The message answered last, for edits: may its turn still be taken back as a whole?"""

    external_id: str
    undoable: bool = True
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class DialogState:
    """Everything a dialog remembers.

    `locale_fixed`: he asked for this language, so it is no longer guessed. `prompts` counts the
    prompts ever asked; `misses` how often in a row he was not understood. `carried` holds slots he
    named before saying what he wants. `moods` are how his last messages felt, −1…1, oldest first;
    `album` is the group id of the photos taken last. `before`
    is the state before the last message (and has no `before` of its own).
    """

    locale: str = ""
    locale_fixed: bool = False
    mode: Mode = Mode.BOT
    stack: tuple[Frame, ...] = ()
    prompt: Prompt | None = None
    prompts: int = 0
    misses: int = 0
    queue: tuple[Request, ...] = ()
    photos: tuple[Photo, ...] = ()
    carried: Mapping[str, str] = field(default_factory=dict)
    moods: tuple[float, ...] = ()
    album: str = ""
    last: LastMessage | None = None
    before: DialogState | None = None

    def to_json(self) -> dict[str, Any]:
        """A JSON object `from_json` reads back to an equal state."""
        stored: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return {"schema": SCHEMA, **stored}

    @classmethod
    def from_json(cls, stored: object) -> DialogState:
        """Read a stored state: an object, its text, or None for a conversation without one."""
        data = _mapping(stored)
        if data is None:
            return cls()
        if data.get("schema") == SCHEMA:
            try:
                return _ADAPTER.validate_python(
                    {name: value for name, value in data.items() if name != "schema"}
                )
            except ValidationError:
                return _rescue(data)
        return _rescue(data)

    def handed_back(self) -> DialogState:
        """The state once a person gives the conversation back to the bot."""
        return DialogState(locale=self.locale, locale_fixed=self.locale_fixed, prompts=self.prompts)


_ADAPTER: Final = TypeAdapter(DialogState)


def _mapping(stored: object) -> Mapping[str, Any] | None:
    if isinstance(stored, str | bytes):
        try:
            stored = json.loads(stored)
        except ValueError:
            return None
    return stored if isinstance(stored, Mapping) else None


def _rescue(data: Mapping[str, Any]) -> DialogState:
    locale, prompts = data.get("locale"), data.get("prompts")
    return DialogState(
        locale=locale if isinstance(locale, str) else "",
        locale_fixed=data.get("locale_fixed") is True,
        mode=Mode.HUMAN if data.get("mode") == Mode.HUMAN else Mode.BOT,
        prompts=prompts if isinstance(prompts, int) and prompts > 0 else 0,
    )


Wording = Callable[[str, str], str]
"""The text of a template without parameters: (key, locale) -> text."""


def view_of(
    state: DialogState, message: InboundMessage | None = None, wording: Wording | None = None
) -> DialogView:
    """What understanding may know when it reads `message`.

    An edit of the message answered last is read as that message was: in the state before it.
    With `wording`, options carry their labels in the customer's language.
    """
    if message is not None:
        state = read_in(state, message)
    frame = state.stack[-1] if state.stack else None
    prompt = state.prompt
    return DialogView(
        locale=state.locale or None,
        flow=frame.flow if frame else None,
        awaited=prompt.slot or None if prompt else None,
        options=_options(prompt, state.locale, wording) if prompt else (),
        filled=_filled(frame) if frame else {},
    )


def _filled(frame: Frame) -> dict[str, str]:
    """What is known in a frame, and the reason also while it waits to be read."""
    told = {name: words for name, words in frame.raw.items() if name == REASON}
    return {**told, **{name: str(value) for name, value in frame.slots.items()}}


def read_in(state: DialogState, message: InboundMessage) -> DialogState:
    """The state in which a message is to be read: for an edit that undoes, the one before."""
    if not undoes(state, message) or state.before is None:
        return state
    return replace(state.before, prompts=state.prompts)


def undoes(state: DialogState, message: InboundMessage) -> bool:
    """Whether the message is an edit of the one answered last, and its turn did nothing final."""
    return (
        message.kind is InboundKind.EDIT
        and state.last is not None
        and state.last.undoable
        and state.before is not None
        and message.edits == state.last.external_id
    )


def _options(prompt: Prompt, locale: str, wording: Wording | None) -> tuple[Option, ...]:
    return tuple(
        Option(value=f"p{prompt.id}:{index}", label=_label(choice, locale, wording))
        for index, choice in enumerate(prompt.choices)
    )


def _label(choice: Choice, locale: str, wording: Wording | None) -> str:
    if choice.label or wording is None:
        return choice.label
    return wording(choice.label_key, locale)
