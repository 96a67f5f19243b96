"""The encoder: what its vectors are, and how texts that wait together are encoded together."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from knowledge.embedding import (
    DIMENSIONS,
    MAX_CHARACTERS,
    SentenceEmbedder,
    Vectors,
    readable,
    shared_embedder,
)


class Slow:
    """An encoder that tells what it was given, and waits when told to."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.go = threading.Event()
        self.began = threading.Event()
        self.loads = 0

    def load(self) -> tuple[Slow, Callable[[str], bool]]:
        self.loads += 1
        return self, {"known"}.__contains__

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        self.began.set()
        assert self.go.wait(10)
        if "bad" in texts:
            raise MemoryError("no room")
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        rows[:, 0] = [len(text) for text in texts]
        return rows


def test_the_same_wish_in_two_languages_lies_closer_than_another_wish() -> None:
    refund, in_chinese, parcel = shared_embedder().embed_now(
        ["I would like my money back", "我想退款", "where is my parcel"]
    )
    assert refund @ in_chinese > refund @ parcel + 0.2
    assert np.linalg.norm(refund) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("text", ["", "  ", "👍👍", "…!?", "\ud83d"])
def test_what_cannot_be_read_is_a_row_of_zeros(text: str) -> None:
    rows = shared_embedder().embed_now([text, "hello"])
    assert not rows[0].any()
    assert rows[1].any()


def test_lone_surrogates_and_endless_texts_are_cut() -> None:
    assert readable("a\ud800b") == "ab"
    assert len(readable("退款" * 5000)) == MAX_CHARACTERS


async def test_texts_that_wait_while_it_works_are_its_next_batch() -> None:
    slow = Slow()
    embedder = SentenceEmbedder(slow.load)
    first = asyncio.create_task(embedder.embed(["first"]))
    await asyncio.to_thread(slow.began.wait, 10)
    others = [asyncio.create_task(embedder.embed([f"text {n % 3}", "same"])) for n in range(6)]
    await asyncio.sleep(0.01)
    slow.go.set()
    assert (await first)[0, 0] == len("first")
    for rows in await asyncio.gather(*others):
        assert rows[:, 0].tolist() == [6.0, 4.0]
    assert slow.batches == [["first"], ["text 0", "same", "text 1", "text 2"]]
    assert slow.loads == 1


async def test_what_was_said_before_is_not_encoded_again() -> None:
    slow = Slow()
    slow.go.set()
    embedder = SentenceEmbedder(slow.load, cached=16)
    for _ in range(3):
        await embedder.embed(["where is it"])
    assert slow.batches == [["where is it"]]
    for number in range(20):
        await embedder.embed([f"another {number}"])
    await embedder.embed(["where is it"])
    assert slow.batches[-1] == ["where is it"], "the cache forgets what is oldest"


async def test_a_failure_reaches_all_who_wait_and_the_next_batch_is_encoded() -> None:
    slow = Slow()
    slow.go.set()
    embedder = SentenceEmbedder(slow.load)
    with pytest.raises(MemoryError):
        await embedder.embed(["bad"])
    assert (await embedder.embed(["good"]))[0, 0] == 4.0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_encodes_with_a_thread_of_its_own() -> None:
    slow = Slow()
    slow.go.set()
    embedder = SentenceEmbedder(load=slow.load)
    embedder.embed_now(["before"])  # the thread is idle, and not in the child
    child = os.fork()
    if child == 0:
        shape = embedder.embed_now(["within"]).shape
        os._exit(0 if shape == (1, DIMENSIONS) else 1)
    for _ in range(200):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(0.05)
    else:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert (ended, status) == (child, 0)


def test_every_word_is_known_until_it_is_loaded() -> None:
    slow = Slow()
    slow.go.set()
    embedder = SentenceEmbedder(slow.load)
    assert embedder.knows("anything")
    embedder.embed_now(["a text"])
    assert embedder.knows("known")
    assert not embedder.knows("anything")


def test_usual_words_are_known_and_slips_are_not() -> None:
    embedder = shared_embedder()
    embedder.embed_now(["warm"])
    assert all(map(embedder.knows, ("coat", "dress", "dose", "money")))
    assert not any(map(embedder.knows, ("exhcange", "rembousement", "refnud")))
