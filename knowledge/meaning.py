"""Finding the section that answers a question by what it means, in any language.

A question is compared with the ways a section's question is put, and with its text. The best of
the first alone would be chance, so it counts half, and the mean of the two best half. A section
that exists in several locales gets the mean of what it gets in each: a question in German is as
near to the Chinese wording as to the English one, and two opinions are better than one.

How sure the best one is rests on three things: how near it is, how far the fifth best lies behind
it, and how near the question is to what customers say that has nothing to do with any article
(`elsewhere.yml`). Weights and measures: bench/knowledge.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import yaml

from knowledge.embedding import Embedder, Vectors
from knowledge.pieces import Pieces
from knowledge.vectors import VectorSet

ELSEWHERE: Final = Path(__file__).parent / "elsewhere.yml"

_CONTENT: Final = 0.3
"""How much a section's text counts beside the ways its question is put."""
_RIVAL: Final = 4
"""The section whose distance to the best tells most: the next ones are often its neighbours."""
_FOREIGN: Final = 3
"""Sentences from elsewhere whose mean likeness counts."""
_SURE: Final = (-1.5, 7.5, 8.5, -11.0)
"""Of the confidence: constant, nearness, distance of the rival, likeness to what is elsewhere."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """A question against all units: scores of shape (units,), about -0.3…1.3, and how like it is
    to what no article answers, -1…1."""

    scores: Vectors
    elsewhere: float


class Meaning:
    """The units of a set of pieces, comparable with a question's vector. Immutable."""

    def __init__(self, pieces: Pieces, vectors: VectorSet, elsewhere: Vectors) -> None:
        self._vectors = vectors
        self._elsewhere = elsewhere
        self._names = list(pieces.texts)
        at = {name: number for number, name in enumerate(self._names)}
        wordings = [(unit, one) for unit, all_ in enumerate(pieces.units) for one in all_]
        self._unit_of = np.array([unit for unit, _ in wordings], dtype=np.int64)
        self._contents = np.array([at[one.content] for _, one in wordings], dtype=np.int64)
        widest = max((len(one.questions) for _, one in wordings), default=0)
        # Padded with the first question: a wording with one question counts it twice.
        padded = [
            [at[name] for name in one.questions]
            + [at[one.questions[0]]] * (1 if len(one.questions) == 1 else 0)
            for _, one in wordings
        ]
        self._questions = np.full((len(wordings), max(2, widest)), -1, dtype=np.int64)
        for row, numbers in enumerate(padded):
            self._questions[row, : len(numbers)] = numbers
        self._units = len(pieces.units)

    def likeness(self, vector: Vectors) -> Likeness:
        """Compare a question's vector of length 1, shape (DIMENSIONS,)."""
        near = np.append(self._vectors.similarities(vector, self._names), np.float32(-2))
        two = np.sort(near[self._questions], axis=1)[:, -2:]
        of_wording = 0.75 * two[:, 1] + 0.25 * two[:, 0] + _CONTENT * near[self._contents]
        sums = np.bincount(self._unit_of, weights=of_wording, minlength=self._units)
        counts = np.bincount(self._unit_of, minlength=self._units)
        foreign = np.sort(self._elsewhere @ vector)[-_FOREIGN:].mean()
        return Likeness((sums / np.maximum(counts, 1)).astype(np.float32), float(foreign))


def confidence(nearness: float, lead: float, elsewhere: float) -> float:
    """How likely it is that a section answers, 0…1, from its likeness, its lead over the rival in
    the order by which sections were chosen, and the likeness to what is elsewhere."""
    constant, near, ahead, foreign = _SURE
    weighed = constant + near * nearness + ahead * lead + foreign * elsewhere
    return 1 / (1 + math.exp(-weighed))


def lead(scores: Sequence[float]) -> float:
    """How far the best of the scores lies before the rival."""
    ordered = sorted(scores, reverse=True)
    return ordered[0] - ordered[min(_RIVAL, len(ordered) - 1)]


@lru_cache(maxsize=1)
def elsewhere_phrases() -> tuple[str, ...]:
    """What customers say that no article of a shop answers."""
    tree = yaml.load(ELSEWHERE.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    return tuple(phrase for phrases in tree.values() for phrase in phrases)


def embed_elsewhere(embedder: Embedder) -> Vectors:
    """Their vectors, shape (phrases, DIMENSIONS)."""
    return embedder.embed_now(elsewhere_phrases())
