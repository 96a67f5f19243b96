"""Finding the section that answers a question, by its words.

Sections are ranked by BM25 over their terms, those of title, heading and the other questions they
name counting more, and by how alike one of these questions is to the one asked.

Rank alone says nothing about whether the best section answers at all, so a confidence goes with
it: how much of what the question says, weighed by how telling each term is, the section says too.
A term the articles never use is the most telling of all: it is what the question is about, and we
have nothing on it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from knowledge.chunk import Section, excerpt, split_sections
from knowledge.loader import Article
from knowledge.tokens import Vocabulary, is_category, is_concept, read_vocabulary

MAX_QUESTION: Final = 500
"""Characters of a question that are read; the rest of a letter rarely changes what it asks."""
MAX_ANSWER: Final = 600
"""Characters of an answer."""
THRESHOLD: Final = 0.55
"""Confidence from which a section counts as an answer; between 0.46 and 0.54 what is answered
rightly on tests/knowledge/questions.yml, and what is refused, hardly change."""

_QUESTION_WEIGHT: Final = 2.0
_TITLE_WEIGHT: Final = 1.0
_SATURATION: Final = 1.2
_LENGTH_PENALTY: Final = 0.4

_CATEGORY: Final = 0.4
_PLAIN_WORD: Final = 0.8
"""How much a kind of goods, and a word outside the vocabulary, tell beside a concept."""
_IN_PASSING: Final = 0.5
"""How much a plain word counts that only the text of a section has: "the next morning" in it does
not make "good morning" its subject."""
_WORDED: Final = ("zh-CN", "en")
"""Languages with a vocabulary of their own; others are read by the English one."""
_COVERAGE: Final = 0.75
"""Share of coverage in the confidence; the rest is likeness to a question of the section."""


@dataclass(frozen=True, slots=True)
class Passage:
    """An answer in the words of an article. `confidence` 0…1; `section` counts from 1."""

    article_id: str
    section: int
    title: str
    heading: str
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A section and how it fits a question. `score` orders; `confidence` 0…1 judges."""

    section: Section
    score: float
    confidence: float


@dataclass(frozen=True, slots=True)
class _Posting:
    """A term in a section: how often, weighed by where, and how much it covers of a question."""

    weight: float
    coverage: float


class LocaleIndex:
    """The sections of one language, searchable. Immutable; needs at least one section."""

    def __init__(self, sections: Sequence[Section], vocabulary: Vocabulary) -> None:
        self._sections = tuple(sections)
        self._vocabulary = vocabulary
        self._questions = [
            [frozenset(vocabulary.terms(q)) for q in (section.heading, *section.asked)]
            for section in sections
        ]
        self._postings: dict[str, dict[int, _Posting]] = defaultdict(dict)
        lengths = [self._add(at, section) for at, section in enumerate(sections)]
        mean = sum(lengths) / len(lengths)
        self._norms = [
            _SATURATION * (1 - _LENGTH_PENALTY + _LENGTH_PENALTY * length / mean)
            for length in lengths
        ]
        # Only now is known in how many sections each term is.
        self._likenesses = [
            [{term: self._telling(term) for term in terms} for terms in questions]
            for questions in self._questions
        ]

    def _add(self, at: int, section: Section) -> float:
        """Post a section's terms; gives its weighed length."""
        weights: dict[str, float] = defaultdict(float)
        titled = frozenset(self._vocabulary.terms(section.title))
        questioned = frozenset[str]().union(*self._questions[at])
        for term in self._vocabulary.terms(section.text):
            weights[term] += 1.0
        for term in questioned:
            weights[term] += _QUESTION_WEIGHT
        for term in titled:
            weights[term] += _TITLE_WEIGHT
        for term, weight in weights.items():
            subject = term in titled or term in questioned or is_concept(term)
            self._postings[term][at] = _Posting(weight, 1.0 if subject else _IN_PASSING)
        return sum(weights.values())

    def _telling(self, term: str) -> float:
        """How much a term tells sections apart; most when no section has it."""
        having = len(self._postings.get(term, ()))
        rarity = math.log(1 + (len(self._sections) - having + 0.5) / (having + 0.5))
        if is_category(term):
            return _CATEGORY * rarity
        return rarity if is_concept(term) else _PLAIN_WORD * rarity

    def search(self, question: str, limit: int = 3) -> list[Hit]:
        """The best sections for a question, best first; none if no term is known."""
        asked = {t: self._telling(t) for t in self._vocabulary.terms(question[:MAX_QUESTION])}
        scores: dict[int, float] = defaultdict(float)
        covered: dict[int, float] = defaultdict(float)
        for term, telling in asked.items():
            for at, posting in self._postings.get(term, {}).items():
                scores[at] += telling * posting.weight / (posting.weight + self._norms[at])
                covered[at] += telling * posting.coverage
        total = sum(asked.values())
        hits = []
        for at, score in scores.items():
            likeness = max(_alike(known, asked, total) for known in self._likenesses[at])
            confidence = _COVERAGE * covered[at] / total + (1 - _COVERAGE) * likeness
            hits.append(Hit(self._sections[at], score * (1 + likeness), confidence))
        return sorted(hits, key=lambda hit: -hit.score)[:limit]


def _alike(known: Mapping[str, float], asked: Mapping[str, float], total: float) -> float:
    """How alike two questions are, 0…1: what either says alone counts against it.

    Both are term -> how telling it is; `total` is the sum of `asked`.
    """
    shared = sum(telling for term, telling in known.items() if term in asked)
    return 2 * shared / (total + sum(known.values()))


class Index:
    """All articles customers may be told, by language."""

    def __init__(self, by_language: dict[str, LocaleIndex]) -> None:
        self._by_language = by_language

    @classmethod
    def build(cls, articles: Iterable[Article]) -> Index:
        """Index the articles whose audience is customers."""
        sections: dict[str, list[Section]] = defaultdict(list)
        for article in articles:
            if article.audience == "customer":
                sections[_language(article.locale)].extend(split_sections(article))
        return cls(
            {
                lang: LocaleIndex(found, read_vocabulary(lang if lang in _WORDED else "en"))
                for lang, found in sections.items()
            }
        )

    def search(self, question: str, locale: str, limit: int = 3) -> list[Hit]:
        """The best sections for a question in the articles of the locale's language; in English
        ones for those whose language has none, but Chinese."""
        language = _language(locale)
        other = None if language == "zh-CN" else self._by_language.get("en")
        index = self._by_language.get(language, other)
        return index.search(question, limit) if index else []

    def answer(self, question: str, locale: str) -> Passage | None:
        """The best section above the threshold, cut at a sentence's end to MAX_ANSWER."""
        hits = self.search(question, locale, limit=1)
        if not hits or hits[0].confidence < THRESHOLD:
            return None
        section = hits[0].section
        return Passage(
            article_id=section.article_id,
            section=section.number,
            title=section.title,
            heading=section.heading,
            text=excerpt(section.text, MAX_ANSWER),
            confidence=hits[0].confidence,
        )


def _language(locale: str) -> str:
    """Which articles serve a locale: Chinese ones any Chinese, others their own language."""
    language = locale.replace("_", "-").split("-")[0].lower()
    return "zh-CN" if language == "zh" else language
