"""A trained linear text classifier: sentence vector and pieces in, labels with confidence out.

Needs numpy alone. One file (.npz) holds it; `training` makes it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from bot.understanding.models.calibration import OUT_OF_SCOPE, THRESHOLD, Array, Calibration, best
from bot.understanding.models.features import Pieces

FORMAT: Final = 1
"""Of the file and of the features: a model made for another one cannot be read."""
TOP: Final = 3

Vectors = npt.NDArray[np.float32]


class ModelError(Exception):
    """A file that holds no model we can use; the text says why."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What a text was taken for. `label` is the likeliest (never out-of-scope), `confidence` how
    likely it is right, 0…1; `ranked` has it and the next likely, with their probabilities."""

    label: str
    confidence: float
    ranked: tuple[tuple[str, float], ...]

    @property
    def is_sure(self) -> bool:
        """Whether to believe it."""
        return self.confidence >= THRESHOLD


@dataclass(frozen=True, slots=True)
class TextClassifier:
    """One linear score a label, over a centred sentence vector and the text's pieces.

    Shapes, with n labels, d dimensions and p pieces: centre (d), dense (d, n), sparse (p, n),
    bias (n). `about` is told to people: when it was made, of what.
    """

    labels: tuple[str, ...]
    centre: Vectors
    dense: Vectors
    pieces: Pieces
    sparse: npt.NDArray[np.float16]
    bias: Vectors
    calibration: Calibration
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def outside(self) -> int | None:
        """The column of out-of-scope, if the model knows it."""
        return self.labels.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in self.labels else None

    def scores(self, texts: Sequence[str], vectors: Vectors) -> Array:
        """Raw scores (texts, labels). `texts` in the form for matching, `vectors` are theirs."""
        found = centred(vectors, self.centre) @ self.dense + self.bias
        for row, text in enumerate(texts):
            at, weights = self.pieces.of(text)
            found[row] += weights @ self.sparse[at].astype(np.float32)
        return found.astype(np.float64)

    def guess(self, texts: Sequence[str], vectors: Vectors) -> list[Guess]:
        """What each text is taken for."""
        return self.guess_by(self.scores(texts, vectors)) if len(texts) else []

    def guess_by(self, scores: Array) -> list[Guess]:
        """The same for raw scores (texts, labels)."""
        confidence = self.calibration.confidence(scores, self.outside)
        shares = self.calibration.shares(scores)
        return [self._guess(*row) for row in zip(scores, confidence, shares, strict=True)]

    def _guess(self, scores: Array, confidence: float, shares: Array) -> Guess:
        first = int(best(scores[None, :], self.outside)[0])
        # What the confidence leaves is shared by the others as the softmax says.
        rest = (1 - float(confidence)) / max(1 - float(shares[first]), 1e-9)
        others = [
            (self.labels[at], float(shares[at]) * rest)
            for at in np.argsort(-scores)
            if at not in (first, self.outside)
        ]
        ranked = ((self.labels[first], float(confidence)), *others[: TOP - 1])
        return Guess(self.labels[first], float(confidence), ranked)

    def save(self, path: Path) -> None:
        """Write the file whole or not at all."""
        header = {
            "format": FORMAT,
            "labels": self.labels,
            "calibration": self.calibration.to_json(),
            "about": dict(self.about),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        with part.open("wb") as file:
            np.savez_compressed(
                file,
                header=np.frombuffer(json.dumps(header).encode(), dtype=np.uint8),
                centre=self.centre.astype(np.float16),
                dense=self.dense.astype(np.float16),
                hashes=self.pieces.hashes,
                rarity=self.pieces.rarity.astype(np.float16),
                sparse=self.sparse,
                bias=self.bias,
            )
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> TextClassifier:
        """Read a file that `save` wrote. Raises ModelError."""
        try:
            with np.load(path, allow_pickle=False) as held:
                header = json.loads(held["header"].tobytes())
                if header["format"] != FORMAT:
                    raise ModelError(f"{path}: made for another version, train it anew")
                return cls(
                    labels=tuple(header["labels"]),
                    centre=held["centre"].astype(np.float32),
                    dense=held["dense"].astype(np.float32),
                    pieces=Pieces(held["hashes"], held["rarity"].astype(np.float32)),
                    sparse=held["sparse"],
                    bias=held["bias"],
                    calibration=Calibration.from_json(header["calibration"]),
                    about=header["about"],
                )
        except (OSError, BadZipFile, KeyError, ValueError, EOFError) as error:
            raise ModelError(f"{path}: not a model ({error})") from error


def centred(vectors: Vectors, centre: Vectors) -> Vectors:
    """Vectors as seen from the centre of all, of length 1; what has no vector stays without."""
    moved = np.where(vectors.any(axis=1, keepdims=True), vectors - centre, 0)
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    result: Vectors = (moved / np.maximum(length, 1e-9)).astype(np.float32)
    return result
