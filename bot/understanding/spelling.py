"""Slips of the pen in the words a wish is told by: "refnud", "recieved", 推款.

Only for comparing a text with others; what a customer wrote is kept, shown and quoted as it is. A
word is corrected if nobody knows it (neither the phrases that are learned nor the encoder's own
vocabulary has it as one) and it is one slip, or two in a long word, away from a keyword that begins
alike. Names of things are in no list and stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml
from rapidfuzz.distance import OSA

HOME: Final = Path(__file__).parent / "misspelt"
KNOWN: Final = HOME / "known.txt"
"""Words of the phrases that are learned: made by `python -m tools.models words`."""
SHORTEST: Final = 4
"""Letters of a word that is looked at: among shorter ones too many are a slip apart."""
LONG: Final = 8
"""Letters from which two slips are forgiven."""
LONGEST: Final = 24
MAX_WORDS: Final = 60
"""Words of a text that are looked at."""

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# A piece of an address, a number or a link is no word.
_WORD = re.compile(r"(?<![\w@./-])[^\W\d_]+(?:'[^\W\d_]+)?(?![\w@/-]|\.\w)")
_HAN = re.compile("[\u4e00-\u9fff]")

Knows = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Keywords:
    """What is corrected to: words by first letter, and Chinese words, each with the patterns of how
    it is miswritten. `known` words and `forms` are right as they are; `slips` are wrong whoever
    knows them: miswritten -> meant."""

    by_letter: Mapping[str, Sequence[str]]
    known: frozenset[str]
    chinese: Sequence[tuple[str, re.Pattern[str]]]
    slips: Mapping[str, str]
    forms: re.Pattern[str]

    def is_right(self, word: str) -> bool:
        """Whether `word`, in small letters, is one of the words we know."""
        return word in self.known or self.forms.fullmatch(word) is not None

    def nearest(self, word: str) -> str | None:
        """The keyword that `word`, in small letters, may have been meant to be."""
        slips = 2 if len(word) >= LONG else 1
        found = [
            (distance, abs(len(keyword) - len(word)), keyword)
            for keyword in self.by_letter.get(word[0], ())
            if (distance := OSA.distance(word, keyword, score_cutoff=slips)) <= slips
        ]
        return min(found)[2] if found else None

    def unmistaken(self, text: str) -> str:
        """With Chinese words as they were meant."""
        for right, wrong in self.chinese:
            text = wrong.sub(right, text)
        return text


@lru_cache(maxsize=1)
def shipped_keywords() -> Keywords:
    """The lists that come with the product."""
    words = sorted({word for each in _read("keywords").values() for word in each.split()})
    by_letter: dict[str, list[str]] = {}
    for word in words:
        by_letter.setdefault(word[0], []).append(word)
    chinese = [(right, re.compile("|".join(wrong))) for right, wrong in _read("zh").items()]
    known = frozenset(KNOWN.read_text("utf-8").split())
    forms = re.compile("|".join(one for each in _read("forms").values() for one in each))
    return Keywords(by_letter, known | frozenset(words), chinese, shipped_slips(), forms)


@lru_cache(maxsize=1)
def shipped_slips() -> Mapping[str, str]:
    """The commonest misspellings, each with the word that is meant."""
    return {wrong: right for right, each in _read("slips").items() for wrong in each}


def _read(name: str) -> Mapping[str, Any]:
    text = (HOME / f"{name}.yml").read_text("utf-8")
    read: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506
    return read


@dataclass(frozen=True, slots=True)
class Spelling:
    """Corrects texts. `knows` tells whether the encoder's vocabulary has a word as one; it says yes
    to everything while the encoder is not loaded."""

    knows: Knows
    keywords: Keywords = field(default_factory=shipped_keywords)

    def corrected(self, text: str) -> str:
        """The text with what are most likely slips undone; the very same text if there are none."""
        if _HAN.search(text):
            text = self.keywords.unmistaken(text)
        left = MAX_WORDS

        def read(found: re.Match[str]) -> str:
            nonlocal left
            left -= 1
            begins = (
                not text[: found.start()].strip() or text[: found.start()].rstrip()[-1] in ".!?"
            )
            return self._word(found[0], begins=begins) if left >= 0 else found[0]

        return _WORD.sub(read, text)

    def _word(self, word: str, *, begins: bool) -> str:
        small = word.lower()
        if word[0].isupper() and not (begins or word.isupper() or len(word) >= LONG):
            return word  # most likely a name
        if meant := self.keywords.slips.get(small):
            return meant
        if not SHORTEST <= len(word) <= LONGEST or _HAN.search(word):
            return word
        if self.keywords.is_right(small) or self.knows(small):
            return word
        return self.keywords.nearest(small) or word


def words_of(texts: Iterable[str]) -> set[str]:
    """The words that `known.txt` holds of these texts: all but the slips in them."""
    return {
        word.lower()
        for text in texts
        for word in _WORD.findall(text)
        if SHORTEST <= len(word) <= LONGEST and not _HAN.search(word)
        if word.lower() not in shipped_slips()
    }
