"""What he names only to leave it out: "the mugs, not the towel", "滤芯不退", "keep the lamp"."""

from __future__ import annotations

import re
from typing import Final

_PIECE_ENDS: Final = re.compile(
    r"[,，、。;；!！?？\n]+|(?<!\d)\.(?!\d)|\b(?:but(?! also)|aber|sondern|pero|sino|mais|ma|mas)\b"
    r"|但是?|而是|不过"
)
_THE: Final = (
    r"(?=(?:the|my|an?|that|this|those|these|your|d(?:en|ie|as|er|em)|mein\w*|l[aeo]s?|les|mon|ma"
    r"|mes|el|mis?|il|i|gli|os?|as?)\b|l')"
)
_WANTING: Final = (
    r"(?:(?:please|want(?:ing)?|wish|like|need|have|going|to|a|an|any|the|be|me|get)\s+)*"
)
_TAKING: Final = (
    r"(?:refund|return|send(?:ing)? back|take back|tak(?:e|ing)|cancel|exchang|swap|replac)\w*"
)
_NOT: Final = re.compile(
    rf"\b(?:not|nicht|pas|no|non|n[ãa]o|ni|drop|remove|leave out|skip|take out)\s+{_THE}"
    r"|\b(?:without|rather than|instead of|never mind|kein\w*|ohne|sans|senza|sin|sem)\s+"
    r"|不是(?!说|很)|不要退|别退|并非"
    rf"|(?:\b(?:not|never|dont)|n['’]t)\s+{_WANTING}{_TAKING}"
    r"|\bno\s+(?:(?:quiero|me|lo|la)\s+)*(?:devolv|devuelv|reembols|cancel|anul|cambi)\w*"
    r"|\b(?:rembours|renvoy|retourn|annul|[ée]chang)\w*\s+pas\b"
    r"|(?:别|不要|不用|不想|先别)(?:再|给我|帮我|把)?(?:取消|换|退)",
    re.IGNORECASE,
)
"""From here to the end of the piece something is left out."""
_KEPT: Final = re.compile(
    r"\b(?:keep(?:ing)?|kept|love[sd]?|fine|perfect|okay|great|behalt\w*|garde[rz]?|quedo|tengo)\b"
    r"|留[着下]|不退|不想退|不用退|不要退|不换|先不[退换]|没问题|挺好|很好|そのまま|残し",
    re.IGNORECASE,
)
"""A piece with one of these says what stays with him …"""
_NOT_KEPT: Final = re.compile(
    r"\bnot\b|n['’]?t\b|\bnicht\b|\bpas\b|不好|不想(?!退|换)|不能留", re.IGNORECASE
)
"""… unless it says the opposite."""
_RATHER: Final = re.compile(
    r"(?:じゃな(?:くて|く)|ではなく(?:て)?)"
    r"|(?:返品|返金|交換|キャンセル)(?:は|を)?(?:しないで|せず|しなくて)"
    r"|\bnicht\s+(?:zurück\w*|erstatt\w*|stornier\w*|um(?:zu)?tausch\w*)(?:\s+und\b)?",
    re.IGNORECASE,
)
"""Behind what is left out, in Japanese and German."""
_TAKEN_BACK: Final = re.compile(
    r"\b(?:actually,? no|no,? wait|wait,? no|scratch that|nein,? doch)\b|不对|说错了?|弄错了?",
    re.IGNORECASE,
)
"""Before it stands what is no longer meant."""


def without_left_out(words: str) -> str:
    """The words, with as many spaces in place of those that only leave something out."""
    kept = list(words)
    for back in _TAKEN_BACK.finditer(words):
        _blank(kept, 0, back.end())
    start = 0
    for end in [*(one.start() for one in _PIECE_ENDS.finditer(words)), len(words)]:
        piece = words[start:end]
        if found := _RATHER.search(piece):
            _blank(kept, start, start + found.end())
        elif _KEPT.search(piece) and not _NOT_KEPT.search(piece):
            _blank(kept, start, end)
        elif found := _NOT.search(piece):
            _blank(kept, start + found.start(), end)
        start = end
    return "".join(kept)


def _blank(characters: list[str], start: int, end: int) -> None:
    characters[start:end] = " " * (end - start)
