"""Makes what is shipped of our own phrases and articles, so that a first start makes nothing:
`python -m tools.models [nlu] [sentiment] [articles]`."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.understanding.models.shipped import KINDS, make, shipped_path
from knowledge.embedding import shared_embedder
from knowledge.hybrid import pieces_of, told_of
from knowledge.known import SHIPPED, write_vectors
from knowledge.loader import load_articles
from knowledge.meaning import elsewhere_phrases
from knowledge.pieces import name_of
from knowledge.vectors import encode

ARTICLES = "articles"


def main(names: list[str]) -> None:
    """Make what is named, or all."""
    for name in names or (*KINDS, ARTICLES):
        if name == ARTICLES:
            _say(name, make_vectors())
        else:
            make(name)
            _say(name, shipped_path(name))


def make_vectors() -> Path:
    """The vectors of the shipped articles, and of what is none of their matter."""
    pieces, embedder = pieces_of(told_of(load_articles())), shared_embedder()
    vectors = encode(list(pieces.texts), pieces, embedder)
    foreign = elsewhere_phrases()
    vectors |= zip(map(name_of, foreign), embedder.embed_now(foreign), strict=True)
    write_vectors(SHIPPED, vectors)
    return SHIPPED


def _say(name: str, made: Path) -> None:
    sys.stdout.write(f"{name}: {made.name}, {made.stat().st_size / 1e6:.2f} MB\n")


if __name__ == "__main__":
    main(sys.argv[1:])
