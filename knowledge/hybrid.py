"""Answers from articles, found by words and by meaning together.

Meaning finds what shares no word with the article, in any language. Words add what meaning blurs,
in Chinese and English, where we know which words say the same; elsewhere they would only disturb.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from knowledge.chunk import Section, excerpt, split_sections
from knowledge.embedding import Embedder
from knowledge.loader import Article
from knowledge.meaning import Likeness, Meaning, confidence, embed_elsewhere, lead
from knowledge.pieces import Pieces, cut
from knowledge.search import MAX_ANSWER, MAX_QUESTION, Hit, Index, Passage
from knowledge.vectors import MemoryStore, VectorStore

THRESHOLD: Final = 0.5
"""Confidence from which a section counts as an answer."""

_WORDS: Final = 0.3
"""How much the confidence of the search by words counts beside the likeness."""
_WORDY: Final = ("zh", "en")
"""Languages whose vocabulary we have."""


@dataclass(frozen=True, slots=True)
class HybridIndex:
    """One state of the articles, searchable. Immutable; a newer state is a new index."""

    words: Index
    pieces: Pieces
    meaning: Meaning
    embedder: Embedder

    @classmethod
    def build(
        cls,
        articles: Iterable[Article],
        embedder: Embedder,
        store: VectorStore | None = None,
    ) -> HybridIndex:
        """Index the articles whose audience is customers. Blocks for seconds: never where a
        customer waits."""
        told = [article for article in articles if article.audience == "customer"]
        pieces = cut([section for article in told for section in split_sections(article)])
        vectors = (store or MemoryStore()).open(pieces, embedder)
        meaning = Meaning(pieces, vectors, embed_elsewhere(embedder))
        return cls(Index.build(told), pieces, meaning, embedder)

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
        return [self._hit(int(unit), scores, like, locale) for unit in best]

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
        locale: str,
    ) -> Hit:
        section = nearest([one.section for one in self.pieces.units[unit]], locale)
        score, top = float(scores[unit]), float(scores.max())
        # What is not the best is as much less sure as it lies behind it.
        ahead = lead([float(one) for one in scores]) - (top - score)
        sure = confidence(float(like.scores[unit]), ahead, like.elsewhere)
        return Hit(section, score, sure)


def nearest(sections: Sequence[Section], locale: str) -> Section:
    """The wording to show: the locale's, its language's, English, else any."""
    language = locale.split("-", maxsplit=1)[0].lower()

    def distance(section: Section) -> int:
        if section.locale.lower() == locale.lower():
            return 0
        if section.locale.split("-", maxsplit=1)[0].lower() == language:
            return 1
        return 2 if section.locale.lower().startswith("en") else 3

    return min(sections, key=distance)
