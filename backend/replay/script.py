"""What a conversation's file says. docs/guides/conversations.md shows the format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import yaml

from backend.kit.errors import Invalid

MAX_BYTES: Final = 1_000_000
ACTIONS: Final = ("customer", "picks", "presses", "sends", "edits", "opens", "sends_voice")
STEPS: Final = (*ACTIONS, "bot", "approves", "rejects", "later")
SHOWS: Final = ("several_requests", "digression", "correction")
"""What a conversation may be about besides its flow, for those who count."""

_SIDE_WORDS: Final = ("contains", "lacks", "options", "old", "caption", "by", "reason", "but")
_HEAD: Final = ("title", "locale", "channel", "as", "shows", "conversation", "outcome")
_OUTCOMES: Final = ("tickets", "paid_back", "handed_off")


@dataclass(frozen=True, slots=True)
class Script:
    """A conversation as written. `customer` is who is signed in, None for nobody.

    `judged` is false for a plain list of what the customer says: it expects nothing.
    """

    name: str
    title: str
    locale: str
    channel: str
    customer: str | None
    steps: Sequence[Mapping[str, Any]]
    outcome: Mapping[str, Any] = field(default_factory=dict)
    shows: tuple[str, ...] = ()
    judged: bool = True

    @classmethod
    def read(cls, file: Path, *, locale: str = "", customer: str = "") -> Script:
        """Read a file: the written form, or a plain list of the customer's lines (a list in YAML,
        or any other text, line by line).

        A word nobody knows is an error, not a step that is passed over. `locale` and `customer`
        stand in for what the file says. Raises: Invalid.
        """
        document = _document(file)
        if isinstance(document, list):
            script = _plain(file, document)
        elif isinstance(document, Mapping):
            script = _written(file, document)
        else:
            raise _bad(file, "holds no conversation")
        if locale:
            script = replace(script, locale=locale)
        return replace(script, customer=customer) if customer else script


def _document(file: Path) -> object:
    if file.stat().st_size > MAX_BYTES:
        raise _bad(file, f"is larger than {MAX_BYTES} bytes")
    try:
        text = file.read_text("utf-8")
        if file.suffix not in (".yml", ".yaml"):
            return [line.strip() for line in text.splitlines() if line.strip()]
        document: object = yaml.safe_load(text)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise _bad(file, str(error)) from error
    return document


def _plain(file: Path, lines: Sequence[object]) -> Script:
    if not lines or not all(isinstance(line, str) for line in lines):
        raise _bad(file, "a plain list holds what the customer says and nothing else")
    steps = [{"customer": line} for line in lines]
    return Script(file.stem, file.stem, "zh-CN", "webchat", None, steps, judged=False)


def _written(file: Path, document: Mapping[str, Any]) -> Script:
    if unknown := set(document) - set(_HEAD):
        raise _bad(file, f"nobody knows {sorted(unknown)}")
    if missing := {"title", "locale", "as", "conversation"} - set(document):
        raise _bad(file, f"{sorted(missing)} missing")
    who = document["as"]
    if who != "anonymous" and not (isinstance(who, Mapping) and set(who) == {"customer"}):
        raise _bad(file, "as: anonymous, or as: { customer: … }")
    for step in document["conversation"]:
        _check_step(file, step)
    shows = tuple(document.get("shows", ()))
    if unknown := set(shows) - set(SHOWS):
        raise _bad(file, f"shows one of {SHOWS}, not {sorted(unknown)}")
    outcome = document.get("outcome", {})
    if unknown := set(outcome) - set(_OUTCOMES):
        raise _bad(file, f"an outcome nobody knows: {sorted(unknown)}")
    return Script(
        name=file.stem,
        title=document["title"],
        locale=document["locale"],
        channel=document.get("channel", "webchat"),
        customer=None if who == "anonymous" else str(who["customer"]),
        steps=document["conversation"],
        outcome=outcome,
        shows=shows,
    )


def _check_step(file: Path, step: object) -> None:
    if not isinstance(step, Mapping) or len(set(step) & set(STEPS)) != 1:
        raise _bad(file, f"a step is one of {STEPS}, not {step}")
    if set(step) - set(STEPS) - set(_SIDE_WORDS):
        raise _bad(file, f"nobody knows a word of {step}")


def _bad(file: Path, why: str) -> Invalid:
    return Invalid("conversation_unreadable", f"{file.name}: {why}")
