"""All items of an order, or all but some: "everything except the lamp", "除了台灯都退"."""

from __future__ import annotations

import re

_EVERYTHING = re.compile(
    r"\b(?:everything|(?:the )?(?:whole|entire|complete) order|the (?:items|goods)"
    r"|all (?:of )?(?:it|them)"
    r"|all (?:of )?(?:the |my |these |those )?(?:\w+ )?(?:items|things|products|goods))\b"
    r"|全部|所有|整单|全退|都退|都换|全て|すべて",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"(?:bitte )?(?:alles|alle|todos?|todas?|tout(?:es)?|tous|tutt[oi]|tudo)"
    r"(?: zurück)?(?: bitte| por favor| s'il vous plaît)?",
    re.IGNORECASE,
)
"""Mean all of it in answer to which; within a sentence they mean anything ("du tout")."""
_NOT_ALL = re.compile(
    r"n['’]t\b|\b(?:not|never|none|one|some|any|part|half|only|just|else|others?|but|nicht|nur|andere[nrs]?)\b"
    r"|不是|没有|[只另别]",
    re.IGNORECASE,
)
_CLAUSE_ENDS = re.compile(r"[,.;:!?，。；：！？]|\band\b")
_EXCEPT = re.compile(
    r"\b(?:except(?: for)?|apart from|other than|excluding|(?:everything|all) but"
    r"|au(?:ß|ss)er|excepto|menos|salvo|sauf|tranne|exceto)\b"
    r"|\b(?:everything|all)\b(?: \S+){1,4} but(?! not)(?: keep| leave)?\b"
    r"|除了|除(?=[^。]{1,20}(?:外|都))|只有(?=[^，。]{1,20}不[退换要])",
    re.IGNORECASE,
)
_NOTHING_ELSE = re.compile(
    r"\b(?:nothing|none|nichts|nada|rien|niente)\b[^.;]{0,40}$", re.IGNORECASE
)
"""Before an exception: that alone is meant."""
_NONE_OF_THE_OTHERS = re.compile(
    r"(?:都|全部?)不[退换要]|以外は?[^。]{0,10}(?:しません|しない|結構)"
)
_EXCEPT_ENDS = re.compile(r"[,，。;；.]|之外|以外|外|都|其他|其它|其余|全部|不[退换要]")
_BESIDES = re.compile(r"除了?[^也还另都全其]{1,30}[也还另]")
"""Adds instead: "除了吸尘器，滤芯也要退"."""
_BEFORE_EXCEPT = re.compile(r"以外|のほか")
"""Follows what is excepted, in Japanese."""


def means_everything(words: str) -> bool:
    """Whether the words, which name no item, mean all of them."""
    if excepted(words):
        return False
    if _ALONE.fullmatch(words.strip(" .!。！")):
        return True
    clauses = _CLAUSE_ENDS.split(words)
    return any(_EVERYTHING.search(one) and not _NOT_ALL.search(one) for one in clauses)


def excepted(words: str) -> str:
    """The words that name what is excepted; empty if nothing is."""
    if _NONE_OF_THE_OTHERS.search(words):
        return ""
    found = _EXCEPT.search(words)
    if found and _NOTHING_ELSE.search(words[: found.start()]):
        return ""
    if found and not _BESIDES.search(words, found.start()):
        return _EXCEPT_ENDS.split(words[found.end() :], maxsplit=1)[0]
    if found := _BEFORE_EXCEPT.search(words):
        return words[: found.start()]
    return ""
