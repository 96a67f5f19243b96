"""Text and options as WeCom takes them, measured in bytes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.base import Undeliverable
from bot.channels.text import last_boundary, split_text, storable
from bot.messages import Option

MAX_TEXT = 2048
"""Bytes of a text message, for both ways; a longer one is refused (kf) or cut off (app)."""

MAX_VALUE_BYTES = 64
"""Of what a pressed button sends back: kf's limit for a menu item's id, and our own."""


def utf8_width(character: str) -> int:
    """Bytes of one character, as WeCom counts."""
    return len(character.encode("utf-8", "replace"))


def parts_of(text: str) -> tuple[str, ...]:
    """The text in pieces that fit, cut at the end of sentences."""
    return split_text(storable(text), MAX_TEXT, utf8_width)


def split_tail(text: str, limit: int, characters: bool = False) -> tuple[str, str]:
    """`text` as a head and a tail that fits into `limit`, cut at the end of a sentence.

    The head is empty when all of it fits. Counted in bytes, or in characters.
    """
    pieces = split_text(text, limit, (lambda _: 1) if characters else utf8_width)
    tail = pieces[-1]
    return text[: len(text.rstrip()) - len(tail)].strip(), tail


def label_of(option: Option, limit: int, *, characters: bool = False) -> str:
    """What its button says, shortened to `limit` bytes (or characters)."""
    width = (lambda _: 1) if characters else utf8_width
    label = " · ".join(filter(None, (_line(option.label), _line(option.detail)))) or option.value
    if sum(map(width, label)) <= limit:
        return label
    used, end = width("…"), 0
    for character in label:
        used += width(character)
        if used > limit:
            break
        end += 1
    return label[: last_boundary(label, max(end, 1))].rstrip() + "…"


def check_values(options: Sequence[Option]) -> None:
    """Raises: Undeliverable `bad_option` for a value that would not come back as it was."""
    for option in options:
        size = len(option.value.encode("utf-8", "replace"))
        if not 1 <= size <= MAX_VALUE_BYTES or option.value != storable(option.value):
            raise Undeliverable("bad_option", f"a value must have 1 to {MAX_VALUE_BYTES} bytes")


def _line(text: str) -> str:
    return " ".join(storable(text).split())
