"""Vectors in Chroma: embedded in a folder (one process), or a server that several share.

Each state of the articles is a collection of its own, named by the pieces' fingerprint. It is
filled from the collections there are and by encoding what is new, then marked as complete; until
then the one before it serves. Chroma itself never encodes anything: vectors are always passed.

A server is where several processes share what was encoded; each reads its set once and compares by
itself, so that no customer's question waits for the network, or for a server that hangs.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np

from knowledge.embedding import Embedder, Vectors
from knowledge.pieces import Pieces
from knowledge.vectors import MemorySet, VectorSet, encode

PREFIX: Final = "articles-"
HEARTBEAT: Final = "/api/v2/heartbeat"
KEPT: Final = 3
"""States kept: the one that serves, the one before it (another process may still use it) and one
that another process is filling."""
LOOKED_AT: Final = 400
"""The nearest pieces that count for a question; the shipped articles have some 1,500."""
PAGE: Final = 100
"""Vectors read or written at a time. Embedded, Chroma keeps the interpreter to itself while it
writes: 500 held every customer up for half a second, 100 do for 50 ms, fewer only take longer."""
PATIENCE: Final = 5.0
"""Seconds a server may be silent. A thread that waits for one can't be stopped: a process that ends
waits for it."""


class ChromaSet:
    """One complete collection."""

    def __init__(self, collection: Any, size: int) -> None:
        self._collection = collection
        self._size = size

    def similarities(self, vector: Vectors, names: Sequence[str]) -> Vectors:
        """See knowledge.vectors.VectorSet."""
        found = self._collection.query(
            query_embeddings=vector[None, :],
            n_results=min(LOOKED_AT, self._size),
            include=["distances"],
        )
        near = {
            name: 1.0 - distance
            for name, distance in zip(found["ids"][0], found["distances"][0], strict=True)
        }
        floor = min(near.values(), default=-1.0)
        return np.array([near.get(name, floor) for name in names], dtype=np.float32)


class ChromaStore:
    """A Chroma database. `place` is a folder, or http(s)://host:port of a server.

    The import and the connection happen at the first `open`, never before: about 2 s and 85 MB.
    `patience`: seconds that a server may be silent.
    """

    def __init__(self, place: Path | str, patience: float = PATIENCE) -> None:
        self._place = place
        self._patience = patience
        self._opened: Any = None

    def open(self, pieces: Pieces, embedder: Embedder) -> VectorSet:
        """See knowledge.vectors.VectorStore. Raises what Chroma raises for a folder or server
        that cannot be used."""
        client = self._client()
        name = PREFIX + pieces.fingerprint
        complete = [one for one in client.list_collections() if _is_complete(one)]
        for one in complete:
            if one.name == name and one.count() == len(pieces.texts):
                return self._set(one, pieces)
        made = self._fill(name, pieces, embedder, complete)
        self._drop_older(complete)
        return self._set(made, pieces)

    def _set(self, collection: Any, pieces: Pieces) -> VectorSet:
        if isinstance(self._place, Path):
            return ChromaSet(collection, len(pieces.texts))
        vectors: dict[str, Vectors] = {}
        for batch in _pages(list(pieces.texts)):
            rows = collection.get(ids=batch, include=["embeddings"])
            vectors |= dict(zip(rows["ids"], rows["embeddings"], strict=True))
        return MemorySet(vectors)

    def _client(self) -> Any:
        if self._opened is None:
            chromadb = importlib.import_module("chromadb")
            settings = importlib.import_module("chromadb.config").Settings
            quiet = settings(anonymized_telemetry=False)
            if isinstance(self._place, Path):
                self._place.mkdir(parents=True, exist_ok=True)
                self._opened = chromadb.PersistentClient(str(self._place), settings=quiet)
            else:
                self._opened = self._connect(chromadb, quiet, self._place)
        return self._opened

    def _connect(self, chromadb: Any, settings: Any, place: str) -> Any:
        """Chroma's client asks the server as it is made, and of itself would wait for ever."""
        import httpx  # comes with Chroma; a tenth of a second that others need not spend

        server = urlsplit(place)
        host = server.hostname or "localhost"
        port = server.port or (443 if server.scheme == "https" else 8000)
        address = httpx.URL(scheme=server.scheme, host=host, port=port, path=HEARTBEAT)
        httpx.get(address, timeout=self._patience).raise_for_status()
        ssl = server.scheme == "https"
        client = chromadb.HttpClient(host=host, port=port, ssl=ssl, settings=settings)
        # There is no setting for it, nor a way to hand a session of ours in.
        client._server._session.timeout = httpx.Timeout(self._patience)
        return client

    def _fill(self, name: str, pieces: Pieces, embedder: Embedder, complete: Sequence[Any]) -> Any:
        """A complete collection for the pieces. Repeating it, or two doing it, does no harm."""
        collection = self._opened.get_or_create_collection(
            name, embedding_function=None, configuration={"hnsw": {"space": "ip"}}
        )
        wanted = set(pieces.texts)
        for source in [collection, *complete]:
            for batch in _pages(sorted(wanted)):
                rows = source.get(ids=batch, include=["embeddings"])
                if rows["ids"] and source is not collection:
                    collection.upsert(ids=rows["ids"], embeddings=rows["embeddings"])
                wanted -= set(rows["ids"])
        for batch in _pages(sorted(wanted)):
            vectors = encode(batch, pieces, embedder)
            collection.upsert(ids=list(vectors), embeddings=list(vectors.values()))
        latest = max((_order(one) for one in complete), default=0)
        collection.modify(metadata={"complete": True, "order": latest + 1})
        return collection

    def _drop_older(self, complete: Sequence[Any]) -> None:
        for one in sorted(complete, key=_order, reverse=True)[KEPT - 1 :]:
            self._opened.delete_collection(one.name)
        if isinstance(self._place, Path):
            # What nobody finished; on a server, somebody may be just about to.
            for one in self._opened.list_collections():
                if one.name.startswith(PREFIX) and not _is_complete(one):
                    self._opened.delete_collection(one.name)


def _is_complete(collection: Any) -> bool:
    return collection.name.startswith(PREFIX) and bool((collection.metadata or {}).get("complete"))


def _order(collection: Any) -> int:
    return int((collection.metadata or {}).get("order", 0))


def _pages(names: Sequence[str]) -> Iterator[list[str]]:
    for page in range(math.ceil(len(names) / PAGE)):
        yield list(names[page * PAGE : (page + 1) * PAGE])
