"""Options as Telegram's inline buttons."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.base import Undeliverable
from bot.channels.text import last_boundary, storable
from bot.messages import Option, Presentation

MAX_OPTIONS = 50
"""Telegram takes 100 buttons, but limits the size of all together; nobody reads even 50."""

MAX_CALLBACK_BYTES = 64
MAX_LABEL = 64
"""Characters; Telegram names no limit, phones cut at about 30."""

_PAIR_COLUMNS = 12
"""A label up to this wide (6 Chinese characters) shares its row with a second one."""

_SCORES_IN_ROW = 6


def inline_keyboard(
    options: Sequence[Option], presentation: Presentation
) -> InlineKeyboardMarkup | None:
    """The buttons for `options`, the first `MAX_OPTIONS` of them; None without any.

    Raises: Undeliverable `bad_option` for a value that Telegram can't carry; the whole message
    would be refused for it.
    """
    rows: list[list[InlineKeyboardButton]] = []
    row: list[InlineKeyboardButton] = []
    for option in options[:MAX_OPTIONS]:
        button = _button(option)
        if row and not _has_room(row, button, presentation):
            rows.append(row)
            row = []
        row.append(button)
    if row:
        rows.append(row)
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def pressed_label(keyboard: InlineKeyboardMarkup | None, value: str) -> str:
    """What the button with this value says; empty when it is not there any more."""
    buttons: Iterator[InlineKeyboardButton] = (
        button for row in (keyboard.inline_keyboard if keyboard else ()) for button in row
    )
    return next((button.text for button in buttons if button.callback_data == value), "")


def _button(option: Option) -> InlineKeyboardButton:
    size = len(option.value.encode("utf-8", "replace"))
    if not 1 <= size <= MAX_CALLBACK_BYTES or option.value != storable(option.value):
        raise Undeliverable("bad_option", f"a value must have 1 to {MAX_CALLBACK_BYTES} bytes")
    return InlineKeyboardButton(text=_label(option), callback_data=option.value)


def _label(option: Option) -> str:
    label = " · ".join(filter(None, (_line(option.label), _line(option.detail)))) or option.value
    if len(label) <= MAX_LABEL:
        return label
    return label[: last_boundary(label, MAX_LABEL - 1)].rstrip() + "…"


def _line(text: str) -> str:
    return " ".join(storable(text).split())


def _has_room(
    row: Sequence[InlineKeyboardButton], button: InlineKeyboardButton, presentation: Presentation
) -> bool:
    if presentation is Presentation.SCORE:
        return len(row) < _SCORES_IN_ROW
    if presentation is not Presentation.BUTTONS or len(row) == 2:
        return False
    return all(_columns(each.text) <= _PAIR_COLUMNS for each in (*row, button))


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
