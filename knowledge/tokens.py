"""Text as terms one can count: concepts, pairs of characters for Chinese, stems for Latin script.

A concept is one idea with its many wordings (`vocabulary/<locale>.yml`). It is what lets a search
by words alone see that "money back" and "refund" ask the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import yaml

from knowledge.files import TEXT_LOADER

HOME: Final = Path(__file__).parent / "vocabulary"

_LATIN_WORD = re.compile(r"[a-z0-9]+(?:[-'][a-z0-9]+)*")
_CJK_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_SUFFIXES: Final = ("ations", "ation", "ments", "ment", "ings", "ing", "ed", "es", "ly", "s")
_SHORTEST_STEM: Final = 3


@dataclass(frozen=True)
class Vocabulary:
    """A language's words that say little, and words that say the same.

    `stop` are dropped; `concepts` maps every form of an idea, itself included, to its term:
    `#name`, or `~name` for a kind of goods.
    """

    stop: frozenset[str]
    concepts: Mapping[str, str]

    def terms(self, text: str) -> list[str]:
        """The terms of a text, repetitions kept. Numbers are left out."""
        plain = unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'")
        found = [term for run in _CJK_RUN.findall(plain) for term in self._cjk_terms(run)]
        found.extend(self._latin_terms(_LATIN_WORD.findall(plain)))
        return found

    @cached_property
    def _cjk_words(self) -> re.Pattern[str]:
        """All words known, the longest first, so that no short one splits a longer one."""
        words = [word for word in (*self.concepts, *self.stop) if not word.isascii()]
        return re.compile("|".join(sorted(words, key=len, reverse=True)) or "(?!)")

    def _cjk_terms(self, run: str) -> Iterator[str]:
        end = 0
        for word in self._cjk_words.finditer(run):
            yield from _pairs(run[end : word.start()])
            if concept := self.concepts.get(word[0]):
                yield concept
            end = word.end()
        yield from _pairs(run[end:])

    @cached_property
    def _latin_phrases(self) -> dict[tuple[str, ...], str]:
        return {
            tuple(stem(word) for word in _LATIN_WORD.findall(phrase)): concept
            for phrase, concept in self.concepts.items()
            if phrase.isascii()
        }

    @cached_property
    def _longest_phrase(self) -> int:
        return max(map(len, self._latin_phrases), default=0)

    def _latin_terms(self, words: Sequence[str]) -> Iterator[str]:
        stems = [stem(word) for word in words]
        at = 0
        while at < len(words):
            for length in range(min(self._longest_phrase, len(words) - at), 0, -1):
                if concept := self._latin_phrases.get(tuple(stems[at : at + length])):
                    yield concept
                    at += length
                    break
            else:
                if words[at] not in self.stop and not words[at].isdigit():
                    yield stems[at]
                at += 1


def is_concept(term: str) -> bool:
    """Whether a term stands for an idea of the vocabulary, not just for the word as it was."""
    return term.startswith(("#", "~"))


def is_category(term: str) -> bool:
    """Whether a term is a kind of goods."""
    return term.startswith("~")


def _pairs(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
    else:
        yield from (run[at : at + 2] for at in range(len(run) - 1))


def stem(word: str) -> str:
    """An English word without its commonest endings; enough to join return, returns, returned."""
    if not word.isalpha() or len(word) <= _SHORTEST_STEM:
        return word
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST_STEM:
            if suffix == "s" and word.endswith(("ss", "us", "is")):
                break
            word = word.removesuffix(suffix)
            # stopped is stop, but call, pass and fee keep both letters
            if word[-1] == word[-2] and word[-1] not in "aeioulsz":
                word = word[:-1]
            break
    # cookie and cookies, duty and duties, change and changing meet without their last vowels.
    while word[-1] in "eiy" and len(word) > _SHORTEST_STEM:
        word = word[:-1]
    return word


def read_vocabulary(locale: str, path: Path | None = None) -> Vocabulary:
    """Read `vocabulary/<locale>.yml`. Raises ValueError naming a form two concepts claim."""
    file = (path or HOME) / f"{locale}.yml"
    tree = yaml.load(file.read_text("utf-8"), Loader=TEXT_LOADER)  # noqa: S506
    concepts: dict[str, str] = {}
    for mark, group in (("#", "concepts"), ("~", "categories")):
        for name, forms in tree[group].items():
            term = f"{mark}{name}"
            for form in (name, *forms):
                if concepts.setdefault(form, term) != term:
                    raise ValueError(f"{file.name}: {form} is in {concepts[form]} and in {term}")
    return Vocabulary(frozenset(tree["stop"]), concepts)
