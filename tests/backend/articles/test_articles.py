"""Articles in a running process: which serve, when they change, and what nobody answered."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from backend.conversations.repository_questions import unanswered_questions
from backend.house import House
from backend.kit.db import Tx
from backend.pipeline.articles import FOLDER, STAMP, VECTORS, ArticlesIndex
from knowledge.embedding import Embedder, Vectors
from knowledge.hybrid import HybridIndex
from knowledge.pieces import Pieces
from knowledge.vectors import VectorSet
from tests.support.houses import Hello

ARTICLE = """---
title: Kettle care
id: kettle-care
updated: 2026-05-06
audience: customer
---

## How do I descale the kettle

{answer}
"""


def write(data_dir: Path, answer: str, name: str = "kettle-care") -> Path:
    file = data_dir / FOLDER / "en" / f"{name}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(ARTICLE.format(answer=answer), "utf-8")
    return file


def told(articles: ArticlesIndex, question: str) -> str | None:
    passage = articles.answer(question, "en")
    return passage.text if passage else None


def test_the_shipped_articles_answer_at_once_and_changes_are_taken_up(tmp_path: Path) -> None:
    articles = ArticlesIndex.of_shop(tmp_path)
    assert isinstance(articles.serving, HybridIndex)
    assert told(articles, "how long does a refund take"), "the shipped ones, for want of others"
    assert not articles.refresh(), "they were indexed when we shipped them"

    file = write(tmp_path, "With vinegar.")
    assert articles.refresh()
    assert told(articles, "how do I descale the kettle") == "With vinegar."
    assert told(articles, "how long does a refund take") is None, "only the shop's own now"

    before = articles.serving
    file.write_text(ARTICLE.format(answer="With lemon juice."), "utf-8")
    assert articles.refresh()
    assert told(articles, "how do I descale the kettle") == "With lemon juice."
    assert before.search("how do I descale the kettle", "en")[0].section.text == "With vinegar."


def test_own_articles_are_encoded_once_and_never_answered_by_words_alone(tmp_path: Path) -> None:
    write(tmp_path, "With vinegar.")
    first = ArticlesIndex.of_shop(tmp_path)
    assert told(first, "how do I descale the kettle") is None, "not indexed yet"
    assert first.refresh()

    second = ArticlesIndex.of_shop(tmp_path)
    assert told(second, "how do I descale the kettle") == "With vinegar."
    assert not second.refresh()

    (tmp_path / VECTORS).write_bytes(b"spoilt")
    assert ArticlesIndex.of_shop(tmp_path).serving is None


def test_touching_the_stamp_indexes_again(tmp_path: Path) -> None:
    write(tmp_path, "With vinegar.")
    articles = ArticlesIndex.of_shop(tmp_path)
    assert articles.refresh()
    stamp = tmp_path / FOLDER / STAMP
    stamp.touch()
    assert articles.refresh()
    os.utime(stamp, ns=(1, 1))
    assert articles.refresh()


def test_a_broken_article_is_left_out_and_the_others_serve(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "With vinegar.")
    (tmp_path / FOLDER / "en" / "broken.md").write_text("no front matter", "utf-8")
    articles = ArticlesIndex.of_shop(tmp_path)
    articles.refresh()
    assert told(articles, "how do I descale the kettle") == "With vinegar."
    assert "article left out" in caplog.text


def test_a_store_that_is_away_is_done_without(tmp_path: Path) -> None:
    class Away:
        def open(self, pieces: Pieces, embedder: Embedder) -> VectorSet:
            raise ConnectionError("no server")

    write(tmp_path, "With vinegar.")
    articles = ArticlesIndex.of_shop(tmp_path)
    articles.store = Away()
    assert articles.refresh()
    assert told(articles, "how do I descale the kettle") == "With vinegar."


def test_vectors_that_fail_leave_the_words(tmp_path: Path) -> None:
    class Spoilt:
        def similarities(self, vector: Vectors, names: Sequence[str]) -> Vectors:
            raise OSError("disk")

    class SpoiltStore:
        def open(self, pieces: Pieces, embedder: Embedder) -> VectorSet:
            return Spoilt()

    write(tmp_path, "With vinegar.")
    articles = ArticlesIndex.of_shop(tmp_path)
    articles.store = SpoiltStore()
    articles.refresh()
    assert isinstance(articles.serving, HybridIndex)
    assert told(articles, "how do I descale the kettle") == "With vinegar."


async def test_what_no_article_answered_is_listed(
    house: House, http: httpx.AsyncClient, hello: Hello
) -> None:
    answer = await http.post("/api/chat/v1/sessions", json=hello("K1"))
    auth = {"authorization": f"Bearer {answer.json()['token']}"}
    worker = house.worker()
    asked = ["what is the airspeed velocity of an unladen swallow?", "hello"]
    for number, text in enumerate(asked):
        sent = {"client_id": f"c{number}", "text": text}
        await http.post("/api/chat/v1/messages", json=sent, headers=auth)
        await worker.run_until_idle()

    def listed(tx: Tx) -> list[tuple[str, str]]:
        found = unanswered_questions(tx, tx.now - timedelta(days=1))
        assert not unanswered_questions(tx, tx.now + timedelta(days=1))
        return [(one.locale, one.text) for one in found]

    assert await house.db.read(listed) == [("en", asked[0])]
