"""Answers from articles, found by words and by meaning together.

Meaning finds what shares no word with the article, in any language. Words add what meaning blurs,
in Chinese and English, where we know which words say the same; elsewhere they would only disturb.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from knowledge.beside import Beside, rivals
from knowledge.chunk import Section, excerpt, split_sections
from knowledge.embedding import Embedder
from knowledge.known import KnownVectors
from knowledge.loader import Article
from knowledge.meaning import Likeness, Meaning, confidence, elsewhere_phrases
from knowledge.pieces import Pieces, cut, language_of, name_of
from knowledge.search import MAX_ANSWER, MAX_QUESTION, Hit, Index, Passage
from knowledge.vectors import MemoryStore, VectorStore

THRESHOLD: Final = 0.65
"""Confidence from which a section counts as an answer: of what was measured (bench/knowledge.py),
three quarters are answered rightly then, and fewer than three in a hundred wrongly."""

_WORDS: Final = 0.2
"""How much the confidence of the search by words counts beside the likeness."""
_NONE: Final = np.float32(-2)
"""The score of what is not there."""
_WORDY: Final = ("zh", "en")
"""Languages whose vocabulary we have."""


@dataclass(frozen=True, slots=True)
class HybridIndex:
    """One state of the articles, searchable. Immutable; a newer state is a new index."""

    words: Index
    pieces: Pieces
    meaning: Meaning
    beside: Beside
    embedder: Embedder

    @classmethod
    def build(
        cls,
        articles: Iterable[Article],
        embedder: Embedder,
        store: VectorStore | None = None,
        known: KnownVectors | None = None,
    ) -> HybridIndex:
        """Index the articles whose audience is customers. `embedder` is for questions; `known` for
        the articles, by default what we ship and what `embedder` makes of the rest. Where much is
        new it blocks for seconds: never where a customer waits."""
        told = told_of(articles)
        pieces = pieces_of(told)
        known = known or KnownVectors(embedder)
        vectors = (store or MemoryStore()).open(pieces, known)
        foreign = known.embed_now(elsewhere_phrases())
        meaning = Meaning(pieces, vectors, foreign)
        beside = Beside.of(pieces, meaning, known)
        return cls(Index.build(told), pieces, meaning, beside, embedder)

    def search(self, question: str, locale: str, limit: int = 3) -> list[Hit]:
        """The best sections, best first, each in the wording nearest to the locale. Encodes the
        question: about 3 ms, unless the same was encoded shortly before."""
        question = question[:MAX_QUESTION]
        vector = self.embedder.embed_now([question])[0]
        if not self.pieces.units or not vector.any():
            return []
        like = self.meaning.likeness(vector)
        scores = like.scores + _WORDS * self._by_words(question, locale)
        best = np.argsort(-scores)[:limit]
        rival = self.beside.best(vector)
        return [self._hit(int(unit), scores, like, rival(int(unit)), locale) for unit in best]

    def answer(self, question: str, locale: str) -> Passage | None:
        """The best section if it is sure enough, cut at a sentence's end to MAX_ANSWER."""
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

    def _by_words(self, question: str, locale: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        """Confidence of the search by words for each unit; zeros for a language it can't read."""
        found = np.zeros(len(self.pieces.units), dtype=np.float32)
        if not locale.lower().startswith(_WORDY):
            return found
        hits = {
            (hit.section.article_id, hit.section.locale, hit.section.number): hit.confidence
            for hit in self.words.search(question, locale, limit=len(found))
        }
        for number, unit in enumerate(self.pieces.units):
            for one in unit:
                section = one.section
                key = (section.article_id, section.locale, section.number)
                found[number] = max(found[number], hits.get(key, 0.0))
        return found

    def _hit(
        self,
        unit: int,
        scores: np.ndarray[tuple[int], np.dtype[np.float32]],
        like: Likeness,
        rival: float,
        locale: str,
    ) -> Hit:
        section = nearest([one.section for one in self.pieces.units[unit]], locale)
        score = float(scores[unit])
        others = np.delete(scores, unit)
        # What is not the best has a negative lead: as much less sure as it lies behind.
        ahead = score - max(float(others.max(initial=_NONE)), rival)
        sure = confidence(float(like.scores[unit]), ahead, like.elsewhere)
        return Hit(section, score, sure)


def told_of(articles: Iterable[Article]) -> tuple[Article, ...]:
    """The articles that customers may be told."""
    return tuple(article for article in articles if article.audience == "customer")


def pieces_of(articles: Iterable[Article]) -> Pieces:
    """What of articles is turned into vectors."""
    return cut([section for article in articles for section in split_sections(article)])


def names_of(pieces: Pieces) -> tuple[str, ...]:
    """Names of all that an index of these pieces compares with a question."""
    elsewhere = (name_of(phrase) for phrase in elsewhere_phrases())
    return (*pieces.texts, *rivals().texts, *elsewhere)


def nearest(sections: Sequence[Section], locale: str) -> Section:
    """The wording to show: the locale's, its language's, English, else any."""

    def distance(section: Section) -> int:
        if section.locale.lower() == locale.lower():
            return 0
        if language_of(section.locale) == language_of(locale):
            return 1
        return 2 if section.locale.lower().startswith("en") else 3

    return min(sections, key=distance)
