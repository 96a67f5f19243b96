"""Makes what is shipped of our own phrases and articles, so that a first start makes nothing:
`python -m tools.models [nlu] [sentiment] [articles] [words]`."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.understanding.models.shipped import KINDS, make, seed_phrases, shipped_path
from bot.understanding.normalise import for_matching
from bot.understanding.spelling import KNOWN, words_of
from knowledge.beside import rivals
from knowledge.embedding import shared_embedder
from knowledge.hybrid import pieces_of, told_of
from knowledge.known import SHIPPED, write_vectors
from knowledge.loader import load_articles
from knowledge.meaning import elsewhere_phrases
from knowledge.pieces import name_of
from knowledge.vectors import encode

ARTICLES = "articles"
WORDS = "words"


def main(names: list[str]) -> None:
    """Make what is named, or all."""
    for name in names or (*KINDS, ARTICLES, WORDS):
        if name == ARTICLES:
            _say(name, make_vectors())
        elif name == WORDS:
            _say(name, make_words())
        else:
            make(name)
            _say(name, shipped_path(name))


def make_vectors() -> Path:
    """The vectors of the shipped articles, of what stands beside them, and of what is none of
    their matter."""
    pieces, embedder = pieces_of(told_of(load_articles())), shared_embedder()
    vectors = encode(list(pieces.texts), pieces, embedder)
    vectors |= encode(list(rivals().texts), rivals(), embedder)
    foreign = elsewhere_phrases()
    vectors |= zip(map(name_of, foreign), embedder.embed_now(foreign), strict=True)
    write_vectors(SHIPPED, vectors)
    return SHIPPED


def make_words() -> Path:
    """The words that are right as they are: see `bot.understanding.spelling`."""
    KNOWN.write_text(known_words(), "utf-8")
    return KNOWN


def known_words() -> str:
    """The words of all phrases and of the articles' texts, a line each."""
    phrases = [for_matching(phrase.text) for kind in KINDS for phrase in seed_phrases(kind)]
    articles = [f"{one.title} {one.body}" for one in load_articles()]
    return "\n".join(sorted(words_of([*phrases, *articles]))) + "\n"


def _say(name: str, made: Path) -> None:
    sys.stdout.write(f"{name}: {made.name}, {made.stat().st_size / 1e6:.2f} MB\n")


if __name__ == "__main__":
    main(sys.argv[1:])
