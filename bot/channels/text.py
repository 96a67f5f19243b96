"""Text on its way through a channel: made storable, and cut to a vendor's length.

Vendors count differently (Telegram UTF-16 units, WeCom bytes), so the cut takes the counting as an
argument; where it cuts is the same for all: at the end of a paragraph, a sentence, a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

Width = Callable[[str], int]
"""How much of a vendor's limit one character takes."""

_PARAGRAPH_END = re.compile(r"\n[^\S\n]*\n")
_SENTENCE_END = re.compile(
    r"""\n
      | [。！？!?…]+ [”’」』）)\]"']*
      | \.+ [”’)\]"']* (?=\s)       # "3.50" and "shop.example" go on
    """,
    re.VERBOSE,
)
_PHRASE_END = re.compile(r"\s|[，、；：,;]")

_ZERO_WIDTH_JOINER = "\u200d"


def storable(text: str) -> str:
    """`text` without what no database and no wire takes: NUL dropped, lone surrogates replaced."""
    if text.isascii():
        return text.replace("\0", "")
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "")


def utf16_width(character: str) -> int:
    """UTF-16 code units of one character: 2 beyond the basic plane (most emoji), else 1."""
    return 2 if character > "\uffff" else 1


def split_text(text: str, limit: int, width: Width) -> tuple[str, ...]:
    """Cut `text` into parts of at most `limit`, counted by `width`, best at the end of a sentence.

    Only white space at the cuts and at both ends is lost. Equal input gives equal parts, so a
    delivery that broke off can go on at the part it had reached. Blank text gives no part.
    """
    parts = []
    rest = text.strip()
    while rest:
        end = _fitting(rest, limit, width)
        if end < len(rest):
            end = _cut(rest, end)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return tuple(parts)


def _fitting(text: str, limit: int, width: Width) -> int:
    """How many characters fit; at least one, or a split would never end."""
    used = 0
    for index, character in enumerate(text):
        used += width(character)
        if used > limit:
            return max(index, 1)
    return len(text)


def _cut(text: str, end: int) -> int:
    """The best place to cut at or before `end`.

    A place in the first half is not worth it: it would make many short parts of one long text.
    """
    for pattern in (_PARAGRAPH_END, _SENTENCE_END, _PHRASE_END):
        places = [place for place in _ends(pattern, text, end) if is_boundary(text, place)]
        if places and places[-1] >= end // 2:
            return places[-1]
    return last_boundary(text, end)


def _ends(pattern: re.Pattern[str], text: str, end: int) -> Iterator[int]:
    # Not `endpos`: a look-ahead must see the character behind the window.
    for match in pattern.finditer(text):
        if match.end() > end:
            return
        yield match.end()


def last_boundary(text: str, end: int) -> int:
    """The last place at or before `end` that is_boundary; `end` itself when there is none."""
    return next((place for place in range(end, 0, -1) if is_boundary(text, place)), end)


def is_boundary(text: str, index: int) -> bool:
    """Whether a reader sees two signs meet at `index`, and not the inside of one.

    The common cases of Unicode's grapheme clusters (UAX #29): accents, emoji with skin tones and
    variation selectors, families joined by ZWJ, flags, Hangul syllables, CR LF.
    """
    if index <= 0 or index >= len(text):
        return True
    before, after = text[index - 1], text[index]
    if before == _ZERO_WIDTH_JOINER or _extends(after) or (before == "\r" and after == "\n"):
        return False
    if _is_regional(before) and _is_regional(after):
        return _regionals_before(text, index) % 2 == 0
    return True


def _extends(character: str) -> bool:
    return (
        character in ("\u200c", _ZERO_WIDTH_JOINER)
        or unicodedata.category(character) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= character <= "\U000e007f"  # tags of regional flags
        or "\u1160" <= character <= "\u11ff"  # Hangul vowels and finals
    )


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _regionals_before(text: str, index: int) -> int:
    count = 0
    while count < index and _is_regional(text[index - 1 - count]):
        count += 1
    return count
