"""Finding the section that answers a question by what it means, in any language.

A question is compared with the ways a section's question is put, and with its text. Within one
language the best of the first counts three quarters and the second best one: the best alone would
be chance. Of the languages a section is asked for in, the mean of the two nearest counts: a
question in German is near to German wordings or, without any, as near to the Chinese as to the
English one, and two opinions are better than one. Its text counts as the mean of its locales.

How sure the best one is rests on three things: how near it is, how far the second best lies behind
it, and how near the question is to what customers say that has nothing to do with any article
(`elsewhere.yml`). The weights were fitted on the shipped wordings, each found without itself;
measures: bench/knowledge.py.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import yaml

from knowledge.embedding import Vectors
from knowledge.files import TEXT_LOADER
from knowledge.pieces import Pieces
from knowledge.vectors import VectorSet

ELSEWHERE: Final = Path(__file__).parent / "elsewhere.yml"

_BEST: Final = 0.75
"""How much the best wording of a language counts; the second best is the rest."""
_LANGUAGES: Final = 2
"""The nearest languages that count."""
_CONTENT: Final = 0.3
"""How much a section's text counts beside the ways its question is put."""
_FOREIGN: Final = 3
"""Sentences from elsewhere whose mean likeness counts."""
_SURE: Final = (-1.3, 6.0, 19.5, -9.8)
"""Of the confidence: constant, nearness, lead, likeness to what is elsewhere."""
_FAR: Final = np.float32(-2)
"""Further off than anything: fills up rows."""

Rows = npt.NDArray[np.int64]


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
        groups: list[list[int]] = []
        of_units: list[list[int]] = []
        for wordings in pieces.units:
            asked: dict[str, list[int]] = defaultdict(list)
            for wording in wordings:
                for language, questions in wording.questions:
                    asked[language].extend(at[name] for name in questions)
            of_units.append(list(range(len(groups), len(groups) + len(asked))))
            groups.extend(asked.values())
        self._groups = _padded(groups, 2)
        self._of_units = _padded(of_units, _LANGUAGES)
        self._contents = _padded([[at[one.content] for one in unit] for unit in pieces.units], 1)

    def likeness(self, vector: Vectors) -> Likeness:
        """Compare a question's vector of length 1, shape (DIMENSIONS,)."""
        near = np.append(self._vectors.similarities(vector, self._names), _FAR)
        two = np.sort(near[self._groups], axis=1)[:, -2:]
        of_groups = np.append(_BEST * two[:, 1] + (1 - _BEST) * two[:, 0], _FAR)
        asked = np.sort(of_groups[self._of_units], axis=1)[:, -_LANGUAGES:].mean(axis=1)
        there = self._contents >= 0
        content = (near[self._contents] * there).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
        foreign = np.sort(np.einsum("ij,j->i", self._elsewhere, vector))[-_FOREIGN:].mean()
        scores = (asked + _CONTENT * content).astype(np.float32)
        return Likeness(scores, float(foreign))


def _padded(rows: Sequence[Sequence[int]], least: int) -> Rows:
    """Rows of numbers as one matrix, the rest filled with -1: the last place of what is looked up,
    which is far off. A row shorter than `least` counts its only one again."""
    widest = max((len(row) for row in rows), default=0)
    matrix = np.full((len(rows), max(least, widest)), -1, dtype=np.int64)
    for number, row in enumerate(rows):
        whole = [*row, *[row[0]] * (least - len(row))]
        matrix[number, : len(whole)] = whole
    return matrix


def confidence(nearness: float, lead: float, elsewhere: float) -> float:
    """How likely it is that a section answers, 0…1, from its likeness, its lead over the next in
    the order by which sections were chosen, and the likeness to what is elsewhere."""
    constant, near, ahead, foreign = _SURE
    weighed = constant + near * nearness + ahead * lead + foreign * elsewhere
    return 1 / (1 + math.exp(-weighed))


@lru_cache(maxsize=1)
def elsewhere_phrases() -> tuple[str, ...]:
    """What customers say that no article of a shop answers."""
    tree = yaml.load(ELSEWHERE.read_text("utf-8"), Loader=TEXT_LOADER)  # noqa: S506
    return tuple(phrase for phrases in tree.values() for phrase in phrases)
