"""What customers ask beside what a shop's articles are about: rivals of its sections.

How far the best section is ahead of the next says little where there are few articles, or where a
question is about a neighbouring matter that none of them holds: "do points expire" is nearer to the
section on points taken back than to any other. So a section must be ahead of these, too: subjects
of shops in general (`beside.yml`). What a section of the shop's own covers is no rival of that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import yaml

from knowledge.chunk import Section, split_sections
from knowledge.embedding import DIMENSIONS, Embedder, Vectors
from knowledge.files import TEXT_LOADER
from knowledge.loader import load_articles
from knowledge.meaning import Meaning
from knowledge.pieces import Pieces, Wording, cut
from knowledge.vectors import MemorySet, encode

SUBJECTS: Final = Path(__file__).parent / "beside.yml"
SAME: Final = 0.6
"""Score of a section for a rival's own questions from which both are about the same."""
_NONE: Final = np.float32(-2)
_SMALLEST: Final = 1e-9


@lru_cache(maxsize=1)
def rivals() -> Pieces:
    """All subjects, as pieces."""
    tree = yaml.load(SUBJECTS.read_text("utf-8"), Loader=TEXT_LOADER)  # noqa: S506
    return cut([_section(name, asked) for name, asked in tree.items()])


@dataclass(frozen=True, slots=True)
class Beside:
    """The rivals of an index's units. `homes` has for each rival the unit that is about the same,
    or -1."""

    meaning: Meaning
    homes: npt.NDArray[np.int64]

    @classmethod
    def of(cls, pieces: Pieces, here: Meaning, embedder: Embedder) -> Beside:
        """`here` compares with the pieces. What of the rivals `embedder` does not know it has to
        encode."""
        none = np.zeros((1, DIMENSIONS), dtype=np.float32)
        vectors = encode(list(rivals().texts), rivals(), embedder)
        homes = [_home(unit, vectors, here, pieces) for unit in rivals().units]
        meaning = Meaning(rivals(), MemorySet(vectors), none)
        return cls(meaning, np.array(homes, dtype=np.int64))

    def best(self, vector: Vectors) -> Callable[[int], float]:
        """From a unit to the score of the best of its rivals for a question's vector."""
        scores = self.meaning.likeness(vector).scores

        def of(unit: int) -> float:
            return float(scores[self.homes != unit].max(initial=_NONE))

        return of


def _home(
    rival: Sequence[Wording], vectors: Mapping[str, Vectors], here: Meaning, pieces: Pieces
) -> int:
    """The unit that is about the same as a rival: nearest to all its questions together. None of
    ours is, for the subjects were chosen to stand beside them."""
    asked = np.array(
        [vectors[name] for one in rival for _, names in one.questions for name in names]
    )
    middle = asked.mean(axis=0)
    scores = here.likeness(middle / max(float(np.linalg.norm(middle)), _SMALLEST)).scores
    if not len(scores) or scores.max() < SAME:
        return -1
    unit = int(scores.argmax())
    ours = all(one.content in _shipped_pieces().texts for one in pieces.units[unit])
    return -1 if ours else unit


@lru_cache(maxsize=1)
def _shipped_pieces() -> Pieces:
    told = (article for article in load_articles() if article.audience == "customer")
    return cut([section for article in told for section in split_sections(article)])


def _section(name: str, asked: dict[str, list[str]]) -> Section:
    heading, *others = asked.pop("en")
    foreign = tuple((locale.split("-")[0], tuple(ones)) for locale, ones in asked.items())
    return Section(
        article_id=f"beside/{name}",
        locale="en",
        audience="customer",
        title=name,
        heading=heading,
        asked=tuple(others),
        number=1,
        text=heading,
        asked_in=foreign,
    )
