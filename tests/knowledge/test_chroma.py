"""Vectors in embedded Chroma: kept, reused, replaced at once."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import httpx
import numpy as np
import pytest

from knowledge.chroma import KEPT, ChromaStore
from knowledge.embedding import DIMENSIONS, Vectors
from knowledge.pieces import Pieces
from knowledge.vectors import MemoryStore


class RandomEmbedder:
    """A vector for each text that is always the same, without a model."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return self.embed_now(texts)

    def embed_now(self, texts: Sequence[str]) -> Vectors:
        self.texts.extend(texts)
        rows = np.stack([self._row(text) for text in texts])
        return np.asarray(rows, dtype=np.float32)

    def _row(self, text: str) -> Vectors:
        seed = int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)
        row = np.random.default_rng(seed).normal(size=DIMENSIONS)
        return np.asarray(row / np.linalg.norm(row), dtype=np.float32)


def pieces(*texts: str) -> Pieces:
    return Pieces((), {f"name-{text}": text for text in texts})


@pytest.fixture
def store(tmp_path: Path) -> ChromaStore:
    return ChromaStore(tmp_path / "index")


def test_it_finds_the_same_as_memory_and_only_new_pieces_are_encoded(
    store: ChromaStore, tmp_path: Path
) -> None:
    embedder = RandomEmbedder()
    old = store.open(pieces("one", "two"), embedder)
    new = store.open(pieces("two", "three"), embedder)
    assert embedder.texts == ["one", "two", "three"]
    vector = embedder.embed_now(["two"])[0]
    names = ["name-two", "name-three"]
    exact = MemoryStore().open(pieces("two", "three"), RandomEmbedder())
    expected = exact.similarities(vector, names)
    np.testing.assert_allclose(new.similarities(vector, names), expected, atol=1e-5)
    assert old.similarities(vector, ["name-two"])[0] == pytest.approx(1.0, abs=1e-5)

    again = RandomEmbedder()
    ChromaStore(tmp_path / "index").open(pieces("two", "three"), again)
    assert again.texts == [], "a process that starts again finds everything there"


def test_a_set_that_was_not_finished_is_never_served(store: ChromaStore) -> None:
    class Dying(RandomEmbedder):
        def embed_now(self, texts: Sequence[str]) -> Vectors:
            raise MemoryError

    store.open(pieces("one"), RandomEmbedder())
    with pytest.raises(MemoryError):
        store.open(pieces("one", "two"), Dying())
    embedder = RandomEmbedder()
    made = store.open(pieces("one", "two"), embedder)
    assert embedder.texts == ["two"]
    vector = embedder.embed_now(["two"])[0]
    assert made.similarities(vector, ["name-two"])[0] == pytest.approx(1.0, abs=1e-5)
    with pytest.raises(MemoryError):
        store.open(pieces("one", "three"), Dying())
    store.open(pieces("one", "four"), RandomEmbedder())
    assert len(store._client().list_collections()) == 3, "what was not finished is dropped"


def test_old_sets_are_dropped(store: ChromaStore) -> None:
    embedder = RandomEmbedder()
    for number in range(KEPT + 3):
        store.open(pieces(f"text {number}"), embedder)
    assert len(store._client().list_collections()) <= KEPT


WHILE_CONNECTING = {
    "heartbeat": {},
    "identity": {"user_id": "", "tenant": "default_tenant", "databases": ["default_database"]},
    "default_tenant": {"name": "default_tenant"},
    "default_database": {"id": str(UUID(int=1)), "name": "default_database", "tenant": "default"},
}
"""What Chroma's server answers to paths that end so."""


@contextmanager
def a_server_that_hangs(answers: Mapping[str, object]) -> Iterator[str]:
    """It never answers what is not among `answers`."""
    ended = threading.Event()

    class Hanging(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            if name not in answers:
                ended.wait()
                return
            body = json.dumps(answers[name]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is of interest."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hanging)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        ended.set()
        server.shutdown()
        server.server_close()


@pytest.mark.timeout(30)
@pytest.mark.parametrize("answers", [{}, WHILE_CONNECTING], ids=["at once", "once connected"])
def test_a_server_that_hangs_is_not_waited_for(answers: Mapping[str, object]) -> None:
    with a_server_that_hangs(answers) as place, pytest.raises(httpx.TimeoutException):
        ChromaStore(place, patience=0.5).open(pieces("one"), RandomEmbedder())
