"""Where the pieces' vectors are kept and compared with a question's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from knowledge.embedding import DIMENSIONS, Embedder, Vectors
from knowledge.pieces import Pieces

BATCH = 64
"""Texts that are encoded in one go: a customer's message never waits for more than these."""


class VectorSet(Protocol):
    """The vectors of one state of the articles; never changed once it serves."""

    def similarities(self, vector: Vectors, names: Sequence[str]) -> Vectors:
        """Cosine to each named piece, float32 of shape (len(names),). A piece that is too far off
        to be looked at counts as far as the farthest that was."""
        ...


class VectorStore(Protocol):
    """Makes sets of vectors, reusing what it has."""

    def open(self, pieces: Pieces, embedder: Embedder) -> VectorSet:
        """The set for these pieces; only those not seen before are encoded. Blocks: seconds for
        thousands of new pieces. What `open` gave before stays usable until the call after this."""
        ...


class MemorySet:
    """All vectors in one matrix: exact, and for some thousand pieces the quickest."""

    def __init__(self, vectors: Mapping[str, Vectors]) -> None:
        self._rows = {name: row for row, name in enumerate(vectors)}
        self._matrix = np.array(list(vectors.values()), dtype=np.float32).reshape(-1, DIMENSIONS)

    def similarities(self, vector: Vectors, names: Sequence[str]) -> Vectors:
        """See VectorSet."""
        # Not `@`: for a matrix of this size it wakes other threads, and takes ten times the CPU.
        every = np.einsum("ij,j->i", self._matrix, vector)
        rows = [self._rows[name] for name in names]
        return np.asarray(every[rows], dtype=np.float32)

    def known(self) -> dict[str, Vectors]:
        """Name -> vector of all pieces."""
        return {name: self._matrix[row] for name, row in self._rows.items()}


class MemoryStore:
    """Keeps vectors in this process only, for as long as it lives."""

    def __init__(self) -> None:
        self._latest = MemorySet({})

    def open(self, pieces: Pieces, embedder: Embedder) -> MemorySet:
        """See VectorStore."""
        known = self._latest.known()
        vectors = {name: known[name] for name in pieces.texts if name in known}
        new = [name for name in pieces.texts if name not in known]
        vectors |= encode(new, pieces, embedder)
        self._latest = MemorySet(vectors)
        return self._latest


def encode(names: Sequence[str], pieces: Pieces, embedder: Embedder) -> dict[str, Vectors]:
    """Name -> vector, made in small batches."""
    made: dict[str, Vectors] = {}
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        rows = embedder.embed_now([pieces.texts[name] for name in batch])
        made |= dict(zip(batch, rows, strict=True))
    return made
