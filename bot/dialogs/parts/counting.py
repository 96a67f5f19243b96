"""How many he says he wants of a thing, or wants out of it: "both mugs", "remove one mug"."""

from __future__ import annotations

import re
from typing import Final

_BOTH: Final = re.compile(
    r"\bboth\s+(?:of\s+)?(?:the\s+|my\s+|these\s+|those\s+)?(?P<things>(?:[\w-]+\s+){0,3}?\w+s)\b",
    re.IGNORECASE,
)
"""Two of one kind: "both mugs", and not "both the mug and the towel"."""
_NUMBERS: Final = {"one": 1, "a": 1, "an": 1, "two": 2, "three": 3, "一": 1, "两": 2, "三": 3}
_TAKES_OUT: Final = re.compile(
    r"(?:\b(?:remove|drop|take out|leave out|minus|without)\s+|去掉|减掉|少退|拿掉)"
    r"(?P<count>\d{1,3}(?!\d)|one\b|an?\b|two\b|three\b|一|两|三)",
    re.IGNORECASE,
)


def things_of_both(words: str) -> str:
    """The words that name the things he wants both of; empty if he says no such thing."""
    found = _BOTH.search(words)
    return found["things"] if found else ""


def taken_out(words: str) -> int:
    """How many of what he names shall be left out; 0 if he says no such thing."""
    found = _TAKES_OUT.search(words)
    if found is None:
        return 0
    count = found["count"].casefold()
    return _NUMBERS.get(count) or int(count)
