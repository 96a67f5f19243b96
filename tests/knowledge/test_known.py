"""Vectors that lie in files: whether ours are up to date, and what a file may do wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge import load_articles
from knowledge.embedding import shared_embedder
from knowledge.hybrid import HybridIndex, names_of, pieces_of, told_of
from knowledge.known import KnownVectors, read_vectors, shipped_vectors, write_vectors
from knowledge.pieces import name_of
from tests.knowledge.test_chroma import RandomEmbedder


def test_every_shipped_article_has_its_vectors() -> None:
    names = names_of(pieces_of(told_of(load_articles())))
    missing = set(names) - shipped_vectors().keys()
    assert not missing, "articles changed: run `python -m tools.models articles`"
    assert shipped_vectors().keys() == set(names), "what is no longer needed is not shipped"


def test_an_index_of_shipped_articles_encodes_nothing() -> None:
    counting = RandomEmbedder()
    HybridIndex.build(load_articles(), counting)
    assert counting.texts == []


def test_shipped_vectors_are_those_of_the_encoder() -> None:
    heading = "How long do I have to return something"
    fresh = shared_embedder().embed_now([heading])[0]
    assert float(shipped_vectors()[name_of(heading)] @ fresh) > 0.999


def test_what_was_encoded_is_kept_and_what_is_gone_is_dropped(tmp_path: Path) -> None:
    file, texts = tmp_path / "deep" / "vectors.npz", ["one", "two"]
    first = KnownVectors(RandomEmbedder(), file)
    made = first.embed_now(texts)
    first.save([name_of(text) for text in texts])

    counting = RandomEmbedder()
    second = KnownVectors(counting, file)
    assert second.has_all([name_of("one"), name_of("two")])
    assert not second.has_all([name_of("three")])
    np.testing.assert_allclose(second.embed_now(texts), made, atol=0.002)
    second.embed_now(["three"])
    second.save([name_of("three")])
    assert counting.texts == ["three"]
    assert list(read_vectors(file)) == [name_of("three")]


async def test_it_encodes_for_those_who_await_it_too(tmp_path: Path) -> None:
    known = KnownVectors(RandomEmbedder(), tmp_path / "vectors.npz")
    rows = await known.embed(["one", "two", "one"])
    np.testing.assert_allclose(rows, known.embed_now(["one", "two", "one"]))


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_a_spoilt_file_holds_nothing(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "vectors.npz"
    file.write_bytes(content)
    assert read_vectors(file) == {}
    assert "vectors.npz" in caplog.text


def test_what_another_encoder_made_counts_for_nothing(tmp_path: Path) -> None:
    file = tmp_path / "vectors.npz"
    write_vectors(file, {name_of("one"): shared_embedder().embed_now(["one"])[0]})
    assert read_vectors(file)
    with np.load(file) as held:
        parts = {**held, "encoder": np.array("another 1.0")}
    np.savez_compressed(file, **parts)
    assert read_vectors(file) == {}
