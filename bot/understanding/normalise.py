"""The two forms of a text: as the rules read it, each character's origin remembered, and a second
one only for comparing it with other texts.

Sentence embeddings stumble over what people add around what they mean (measured: shouting
.88 -> .67, traditional Chinese .92 -> .88, "亲，你好，在吗" as much), and their cost grows with the
length. So all of that is gone from the second form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.messages import MAX_TEXT
from bot.understanding import han
from bot.understanding.lexicon import shipped_lexicon

MAX_MATCHED: Final = 600
"""Characters compared: the first two thirds and the end, where long stories say their wish."""
LINK: Final = "link"
KEPT: Final = 64
"""Texts of which the result is kept: each part of understanding asks for it anew."""

_URL = re.compile(r"(?:https?://|www\.)[^\s，。；）)\u4e00-\u9fff]+", re.IGNORECASE)
_TAG = re.compile(r"<[a-z!/][^<>]{0,200}>", re.IGNORECASE)
_PICTURES = re.compile(
    "[\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff\ufe0f\u20e3]+", re.UNICODE
)
_REPEATED_MARK = re.compile(r"([!?.,~…。，、；;:*_=#-])\1+|[!?！？]{2,}")
_REPEATED_LETTER = re.compile(r"([^\W\d_])\1{2,}")
_UPPER_WORD = r"(?:[^\W\d_]*[A-ZÀ-ÖØ-ÞА-Я]{2,}[^\W\d_]*|[A-Z])"
_SHOUTED = re.compile(
    rf"(?<!\w){_UPPER_WORD}(?:'[A-Z]+)?(?:[\s,.!?'’-]+{_UPPER_WORD}(?:'[A-Z]+)?)*(?!\w)"
)
_LOWER = re.compile(r"[a-zß-öø-ÿа-я]")

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


@lru_cache(maxsize=KEPT)
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


# The form for matching


@lru_cache(maxsize=KEPT)
def for_matching(text: str) -> str:
    """The text as it is compared with others: normalised, mainland Chinese, nothing shouted, no
    greeting around it, no emoji, no markup, links as one word, at most `MAX_MATCHED` characters.

    Empty when nothing readable is left of it. What is only a greeting stays one. Never raises.
    """
    plain = _TAG.sub(" ", _URL.sub(f" {LINK} ", normalise(text).text))
    plain = _PICTURES.sub(" ", plain)
    plain = _REPEATED_MARK.sub(lambda found: found[1] or _loudest(found[0]), plain)
    plain = _REPEATED_LETTER.sub(_once, plain)
    plain = _unpadded(_shortened(" ".join(plain.split())))
    return _unshouted(han.mainland(plain))


def _loudest(marks: str) -> str:
    return "?" if "?" in marks or "？" in marks else "!"


def _once(found: re.Match[str]) -> str:
    """ "soooo" -> "so", "goooood" -> "good": only o and e stand doubled within English words."""
    letter, text = found[1], found.string
    within = found.end() < len(text) and text[found.end()].isalpha()
    return letter * 2 if within and letter in "oeOE" else letter


def _shortened(text: str) -> str:
    if len(text) <= MAX_MATCHED:
        return text
    head = MAX_MATCHED * 2 // 3
    return f"{text[:head]} {text[-(MAX_MATCHED - head - 1) :]}"


def _unpadded(text: str) -> str:
    lexicon = shipped_lexicon()
    start, end = lexicon.padding_before(text), lexicon.padding_after(text)
    inner = text[start:end].strip(" ,，、~～-") if start < end else ""
    return inner or text


def _unshouted(text: str) -> str:
    """Shouted words in small letters. A single one ("OLED TV") is shouted only if all are."""
    if not _LOWER.search(text):
        return text.lower()
    return _SHOUTED.sub(lambda found: _calm(found[0]), text)


def _calm(words: str) -> str:
    letters = sum(one.isalpha() for one in words)
    return words.lower() if len(words.split()) >= 3 and letters >= 8 else words
