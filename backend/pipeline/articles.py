"""The shop's articles as the dialog's port."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from bot.ports import Passage
from knowledge.loader import load_articles
from knowledge.search import Index


@dataclass(frozen=True, slots=True)
class ArticlesIndex:
    """Answers from the published articles."""

    index: Index

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> ArticlesIndex:
        """The index over the shipped articles: one for all houses of a process."""
        return cls(Index.build(load_articles()))

    def answer(self, question: str, locale: str) -> Passage | None:
        """See bot.ports.Articles."""
        found = self.index.answer(question, locale)
        if found is None:
            return None
        return Passage(found.title, found.text, found.confidence)
