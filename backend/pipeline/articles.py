"""The shop's articles as the dialog's port, kept up to date while it answers.

A process serves an index by meaning from its first moment, made of vectors that lie in files: ours
come with the product, a shop's own are kept in its data folder. What has none yet (articles changed
while no process ran) is indexed at once in the background, and until then there is no answer: one
by words alone is too often a wrong one. When articles change, the index before serves until the
newer one is ready.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from backend.kit import logs, memory
from bot.ports import Passage
from bot.understanding.normalise import for_matching
from knowledge.chroma import ChromaStore
from knowledge.embedding import Embedder, shared_embedder
from knowledge.hybrid import HybridIndex, names_of, pieces_of, told_of
from knowledge.known import KnownVectors
from knowledge.loader import HOME, Article, scan_articles
from knowledge.search import Passage as Found
from knowledge.vectors import MemoryStore, VectorStore

log = logging.getLogger(__name__)

FOLDER: Final = "articles"
"""Of the data folder: the shop's own articles, `<locale>/<id>.md`. While it holds any, those that
come with the product are not used."""
INDEX_FOLDER: Final = "articles-index"
VECTORS: Final = "articles-vectors.npz"
"""Of the data folder: the vectors of the shop's own articles."""
STAMP: Final = ".reindex"
"""A file in the articles' folder; touching it makes running processes index again."""
AFTER: Final = 15.0
"""Seconds after its start in which a process that can answer has better things to do than to bring
its vectors into Chroma."""
EVERY: Final = 5.0
"""Seconds between two looks at the folder."""

State = tuple[tuple[str, int, int], ...]
"""Name, time of change and size of every file: what tells that something changed."""


@dataclass(slots=True)
class ArticlesIndex:
    """Answers from the articles of a folder, or the shipped ones while that has none.

    `store` keeps the vectors, `known` those made before. `serving` is None while nothing is
    indexed. Made by `of_shop`; `keep_fresh` runs beside the process's work.
    """

    folder: Path
    store: VectorStore
    embedder: Embedder
    known: KnownVectors
    serving: HybridIndex | None = None
    _state: State | None = None
    _fallback: MemoryStore = field(default_factory=MemoryStore)

    @classmethod
    def of_shop(cls, data_dir: Path, chroma: str = "memory") -> ArticlesIndex:
        """For one process. `chroma`: `memory`, `embedded` (for the only process of a data folder)
        or a server's http(s)://host:port."""
        folder = data_dir / FOLDER
        store: VectorStore = MemoryStore()
        if chroma == "embedded":
            store = ChromaStore(data_dir / INDEX_FOLDER)
        elif chroma != "memory":
            store = ChromaStore(chroma)
        known = KnownVectors(shared_embedder(), data_dir / VECTORS)
        made = cls(folder, store, shared_embedder(), known)
        made._serve_known()
        return made

    def _serve_known(self) -> None:
        """Serve from the first moment, if nothing has to be encoded for that."""
        state = _state_of(self.folder)
        if not any(self.folder.glob("*/*.md")):
            self.serving = _shipped()
        else:
            told = told_of(articles_of(self.folder)[0])
            if self.known.has_all(names_of(pieces_of(told))):
                self.serving = HybridIndex.build(told, self.embedder, self._fallback, self.known)
        if self.serving is not None and isinstance(self.store, MemoryStore):
            self._state = state

    def answer(self, question: str, locale: str) -> Passage | None:
        """See bot.ports.Articles."""
        # In the form understanding has just encoded: then its vector is at hand.
        found = self._found(for_matching(question), locale)
        if found is None:
            return None
        return Passage(found.title, found.text, found.confidence)

    def _found(self, question: str, locale: str) -> Found | None:
        serving = self.serving
        if serving is None:
            return None
        try:
            return serving.answer(question, locale)
        except Exception:
            # Whatever the model or a spoilt store raises: words alone are better than a turn
            # that fails and is tried again with the same end.
            log.exception("an answer was looked for by words alone")
            return serving.words.answer(question, locale)

    async def keep_fresh(self) -> None:
        """Index whatever changes, until cancelled. A failure leaves the old index serving."""
        if self.serving is not None:
            await asyncio.sleep(AFTER)
        while True:
            try:
                if await asyncio.to_thread(self.refresh):
                    memory.keep()  # the encoder, Chroma and the index itself
            except Exception:  # of files, model or store: answers go on, and the log says why
                log.exception("the articles could not be indexed")
            await asyncio.sleep(EVERY)

    def refresh(self) -> bool:
        """Index the articles if they changed since the last time; whether they had. Blocks."""
        state = _state_of(self.folder)
        if state == self._state:
            return False
        self._state = state
        articles, problems = articles_of(self.folder)
        for problem in problems:
            logs.event(log, "article left out", logging.WARNING, problem=problem)
        self.serving = self._index(articles)
        logs.event(log, "articles indexed", articles=len(articles))
        return True

    def _index(self, articles: tuple[Article, ...]) -> HybridIndex:
        try:
            return self._built(articles, self.store)
        except Exception as error:
            # Chroma raises many kinds for a server that is away. The articles are few enough to
            # do without it, until they change or the process starts again.
            if isinstance(self.store, MemoryStore):
                raise
            log.warning("vectors are kept in memory: %s: %s", type(error).__name__, error)
            return self._built(articles, self._fallback)

    def _built(self, articles: tuple[Article, ...], store: VectorStore) -> HybridIndex:
        made = HybridIndex.build(articles, self.embedder, store, self.known)
        self.known.save(names_of(made.pieces))
        return made


def articles_of(folder: Path) -> tuple[tuple[Article, ...], list[str]]:
    """The shop's articles, or the shipped ones while the folder has none; and what is wrong with
    those left out."""
    found = scan_articles(folder)
    return found if any(found) else scan_articles(HOME)


@lru_cache(maxsize=1)
def _shipped() -> HybridIndex:
    """One for all houses of a process."""
    return HybridIndex.build(scan_articles(HOME)[0], shared_embedder())


def _state_of(folder: Path) -> State:
    files = [*folder.glob("*/*.md"), *folder.glob(STAMP)]
    states = ((file, file.stat()) for file in sorted(files))
    return tuple((str(file), stat.st_mtime_ns, stat.st_size) for file, stat in states)
