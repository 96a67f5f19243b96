"""What shall be swapped, in words that also say for what: "the red tee for a black one"."""

from __future__ import annotations

import re
from typing import Final

_VERB: Final = (
    r"swap\w*|exchang\w*|chang\w*|replac\w*|switch\w*|trad\w*|(?:um|ein)?(?:zu)?tausch\w*|änder\w*"
    r"|cambi\w*|scambi\w*|[ée]chang\w*|troc\w*|обмен\w*|поменя\w*"
)
_FOR: Final = r"for|to|into|with|by|gegen|durch|por|contre|per|con|на"
_PIECE_END: Final = r"(?=[,;.!?，。；！？]|\b(?:and|und|et|y|e|и)\b|和|还有|另外|$)"
_INTO: Final = re.compile(
    rf"(?<=\w)\s+\b(?:{_FOR})\s+(?:an?\s+|the\s+)?(?P<into>[^,;.!?，。；！？]{{0,80}}?){_PIECE_END}",
    re.IGNORECASE,
)
_STARTS: Final = re.compile(rf"\b(?:{_VERB})\s+\S+", re.IGNORECASE)
_INTO_DE: Final = re.compile(
    r"\s(?:gegen|in|durch)\s[^,.;!?]{0,80}?(?=\b(?:um|ein)?(?:zu)?tausch\w*|\bänder\w*)",
    re.IGNORECASE,
)
_INTO_ZH: Final = re.compile(rf"(?:换|換|改)(?:成|为|為|到)[^,;.，。；]{{0,80}}?{_PIECE_END}")
_INTO_JA: Final = re.compile(r"(?<=を)[^、。を]{1,20}(?=[にへ](?:交換|変更|替え|換え|変え))")
_INSTEAD: Final = re.compile(
    r"^.*?\b(?:instead of|rather than|anstelle|statt|en lugar de|au lieu d[e'])\s*", re.IGNORECASE
)
_NAMES: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{2,}|[^\W\d_]{3,}")


def swapped(text: str) -> str:
    """The text without what is wanted instead; all of it where that leaves nothing."""
    found = _STARTS.search(text)
    rest = text
    if found:
        rest = text[: found.end()] + _INTO.sub(" ", text[found.end() :])
    rest = _INTO_JA.sub("", _INTO_ZH.sub("", _INTO_DE.sub(" ", rest)))
    if rest == text:
        rest = _INSTEAD.sub("", text)
    return rest if _NAMES.search(_STARTS.sub(_thing, rest)) else text


def _thing(found: re.Match[str]) -> str:
    return found.group().split()[-1]
