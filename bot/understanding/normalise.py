"""Brings a text into the one form the rules read, and remembers where each character came from."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from bot.messages import MAX_TEXT

_QUOTES = {ord(mark): "'" for mark in "\u2018\u2019\u201b\u02bc\u00b4`"}


@dataclass(frozen=True, slots=True)
class Normalised:
    """`text` as the rules read it; `offsets[i]` is where its i-th character began in the original,
    with one more at the end for the original's (cut) length."""

    text: str
    offsets: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The piece [start, end) of the text, as a piece of the original."""
        return self.offsets[start], self.offsets[end]


def normalise(original: str) -> Normalised:
    """Width folded (NFKC), invisible characters and lone surrogates gone, white space single.

    At most `MAX_TEXT` characters of the original are read, and about as many are given back: some
    single ones fold into eighteen. Never raises.
    """
    pieces: list[str] = []
    offsets: list[int] = []
    cut = original[:MAX_TEXT]
    for at, cluster in _clusters(cut):
        if len(pieces) >= MAX_TEXT:
            cut = cut[:at]
            break
        for character in unicodedata.normalize("NFKC", cluster).translate(_QUOTES):
            if character.isspace():
                if not pieces or pieces[-1] == " ":
                    continue
                character = " "
            elif _unreadable(character):
                continue
            pieces.append(character)
            offsets.append(at)
    if pieces and pieces[-1] == " ":
        pieces.pop()
        offsets.pop()
    return Normalised("".join(pieces), (*offsets, len(cut)))


def _clusters(text: str) -> Iterator[tuple[int, str]]:
    """A character with the marks combined with it: NFKC puts them together only side by side."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not unicodedata.combining(text[at]):
            yield start, text[start:at]
            start = at


def _unreadable(character: str) -> bool:
    """Controls, format characters (zero width, direction), lone surrogates, private use."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")
