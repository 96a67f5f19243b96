"""What a text is made of: pieces of words and characters, as numbers.

Sentence vectors see what is meant and overlook the wording; the pieces see the wording alone. A
linear model over both is right where either of them is not.

A piece is known by the CRC-32 of its UTF-8: a model needs no list of words, only the hashes it
learned, and two of some ten thousand hardly ever share one.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint32]
Weights = npt.NDArray[np.float32]

MAX_CHARACTERS: Final = 400
"""Characters whose pieces are counted: what a letter wants stands at its beginning or end."""

_UNSPACED: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_RUN = re.compile(rf"(?P<unspaced>[{_UNSPACED}]+)|(?:(?![{_UNSPACED}])[^\W_])+(?:'[^\W\d_]+)*")
_DIGITS = re.compile(r"\d+")
_UNSPACED_SIZES: Final = (1, 2, 3, 4)
_WORD_SIZES: Final = (2, 3, 4, 5)
_WHOLE_RUN: Final = 8
"""A run of Chinese or Japanese up to this long is a word of its own, too."""


def pieces(text: str) -> tuple[dict[int, int], dict[int, int]]:
    """How often each piece of characters and each word or pair of words stands in a text, by hash.

    The text should be lowercase; numbers are all taken for the same one.
    """
    characters: list[str] = []
    words: list[str] = []
    before = ""
    for run in _RUN.finditer(_DIGITS.sub("0", cut(text))):
        word = run[0]
        if run["unspaced"]:
            characters.extend(_grams(word, _UNSPACED_SIZES))
            if len(word) <= _WHOLE_RUN:
                words.append(f"={word}")
            before = ""
            continue
        characters.extend(_grams(f" {word} ", _WORD_SIZES))
        words.append(f"={word}")
        if before:
            words.append(f"={before} {word}")
        before = word
    return _counted(characters), _counted(words)


def cut(text: str, limit: int = MAX_CHARACTERS) -> str:
    """The text; of a longer one its beginning and its end."""
    if len(text) <= limit:
        return text
    return f"{text[: limit // 2]} {text[-limit // 2 :]}"


def _grams(text: str, sizes: tuple[int, ...]) -> list[str]:
    return [text[at : at + n] for n in sizes for at in range(len(text) - n + 1)]


def _counted(found: list[str]) -> dict[int, int]:
    return {crc32(one.encode("utf-8", "replace")): n for one, n in Counter(found).items()}


class Pieces:
    """The pieces a model knows: `hashes` sorted, `rarity` (idf) of each, both of length n."""

    def __init__(self, hashes: Hashes, rarity: Weights) -> None:
        self.hashes, self.rarity = hashes, rarity

    def of(self, text: str) -> tuple[npt.NDArray[np.intp], Weights]:
        """Places of the known pieces of a text and their weights.

        Characters and words make each a block of length 1, so that neither drowns the other.
        """
        places: list[npt.NDArray[np.intp]] = []
        weights: list[Weights] = []
        for counts in pieces(text):
            at, weight = self._block(counts)
            places.append(at)
            weights.append(weight)
        return np.concatenate(places), np.concatenate(weights)

    def _block(self, counts: dict[int, int]) -> tuple[npt.NDArray[np.intp], Weights]:
        asked = np.fromiter(counts, dtype=np.uint32, count=len(counts))
        often = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        at = np.searchsorted(self.hashes, asked)
        known = at < len(self.hashes)
        known[known] = self.hashes[at[known]] == asked[known]
        at = at[known]
        weight = (1 + np.log(often[known])) * self.rarity[at]
        length = float(np.sqrt(weight @ weight))
        return at, (weight / length if length else weight).astype(np.float32)
