"""All items of an order, or all but some: "everything except the lamp", "除了台灯都退"."""

from __future__ import annotations

import re

_EVERYTHING = re.compile(
    r"\b(?:everything|(?:the )?(?:whole|entire|complete) order|the (?:items|goods)"
    r"|all (?:of )?(?:it|them)"
    r"|all (?:of )?(?:the |my |these |those )?(?:\w+ )?(?:items|things|products|goods))\b"
    r"|全部|所有|整单|全退|都退|都换|全て|すべて|\balles\b|\btodos?\b|\btout\b",
    re.IGNORECASE,
)
_EXCEPT = re.compile(
    r"\b(?:except(?: for)?|apart from|other than|excluding|(?:everything|all) but"
    r"|au(?:ß|ss)er|excepto|menos|salvo|sauf|tranne|exceto)\b"
    r"|除了|除(?=[^。]{1,20}(?:外|都))",
    re.IGNORECASE,
)
_EXCEPT_ENDS = re.compile(r"[,，。;；.]|之外|以外|外|都|其他|其它|其余|全部")
_BEFORE_EXCEPT = re.compile(r"以外|のほか")
"""Follows what is excepted, in Japanese."""


def means_everything(words: str) -> bool:
    """Whether the words, which name no item, mean all of them."""
    return bool(_EVERYTHING.search(words)) and not excepted(words)


def excepted(words: str) -> str:
    """The words that name what is excepted; empty if nothing is."""
    if found := _EXCEPT.search(words):
        return _EXCEPT_ENDS.split(words[found.end() :], maxsplit=1)[0]
    if found := _BEFORE_EXCEPT.search(words):
        return words[: found.start()]
    return ""
