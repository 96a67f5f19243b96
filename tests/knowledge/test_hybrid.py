"""Answers by words and meaning together, measured on faq.yml, and what an index promises."""

from __future__ import annotations

import functools
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.understanding.normalise import for_matching
from knowledge import Article, HybridIndex, load_articles
from knowledge.embedding import shared_embedder
from knowledge.search import MAX_ANSWER
from knowledge.vectors import MemoryStore

HOME = Path(__file__).parent
FAQ: dict[str, Any] = yaml.safe_load((HOME / "faq.yml").read_text("utf-8"))
HELD_OUT: dict[str, Any] = yaml.safe_load((HOME / "questions.yml").read_text("utf-8"))["held_out"]


@functools.cache
def index() -> HybridIndex:
    return HybridIndex.build(load_articles(), shared_embedder())


def recall(locale: str, among: int) -> float:
    asked = FAQ["asked"][locale]
    found = 0
    for question, sections in asked.items():
        hits = [hit.section for hit in index().search(for_matching(question), locale, limit=among)]
        found += any(f"{one.article_id}#{one.number}" in sections for one in hits)
    return found / len(asked)


# What was measured, less one or two questions: colloquial Chinese and English is the hard part.
@pytest.mark.parametrize(
    ("locale", "at_1", "at_3"),
    [
        ("zh-CN", 0.7, 0.96),
        ("en", 0.76, 0.9),
        ("es", 0.92, 0.96),
        ("de", 0.92, 0.96),
        ("fr", 0.96, 0.96),
        ("ja", 0.96, 0.96),
    ],
)
def test_questions_in_six_languages_find_their_section(
    locale: str, at_1: float, at_3: float
) -> None:
    assert recall(locale, 1) >= at_1
    assert recall(locale, 3) >= at_3


def test_the_goals_are_met_over_all_six() -> None:
    for among, goal in ((1, 0.88), (3, 0.97)):
        shares = [recall(locale, among) for locale in FAQ["asked"]]
        assert sum(shares) / len(shares) >= goal


def test_three_quarters_are_answered_and_hardly_any_wrongly() -> None:
    asked = [
        (index().answer(for_matching(question), locale), sections)
        for part in (FAQ["asked"], HELD_OUT)
        for locale, questions in part.items()
        for question, sections in questions.items()
    ]
    right = [f"{told.article_id}#{told.section}" in sections for told, sections in asked if told]
    assert sum(right) >= 0.74 * len(asked)
    assert right.count(False) <= 0.03 * len(asked)


@pytest.mark.parametrize("locale", list(FAQ["foreign"]))
def test_what_is_no_matter_for_a_shops_articles_is_not_answered(locale: str) -> None:
    texts = FAQ["foreign"][locale]
    answered = [text for text in texts if index().answer(text, locale)]
    assert len(answered) <= 0.1 * len(texts), answered


@pytest.mark.parametrize(
    ("locale", "title"),
    [("ja", "When your refund arrives"), ("zh-TW", "退款什么时候到账")],
)
def test_the_answer_is_in_the_nearest_language_there_is(locale: str, title: str) -> None:
    passage = index().answer("返金はいつ口座に入りますか", locale)
    assert passage is not None
    assert passage.title == title
    assert 0.5 <= passage.confidence <= 1
    assert len(passage.text) <= MAX_ANSWER


@pytest.mark.parametrize("question", ["", "  ", "？！…", "🙂🙂🙂", "\x00\ud800", "___"])
def test_nothing_to_go_by_is_no_answer(question: str) -> None:
    assert index().search(question, "en") == []
    assert index().answer(question, "zh-CN") is None


def article(text: str, locale: str = "en", audience: str = "customer") -> Article:
    body = f"## How do I clean the kettle\n\n{text}\n\n## How loud is it\n\nVery quiet."
    return Article("kettle", locale, "Kettle care", date(2026, 5, 6), audience, body)


def test_what_is_for_agents_is_never_told() -> None:
    hidden = HybridIndex.build([article("With vinegar.", audience="agent")], shared_embedder())
    assert hidden.answer("how do I clean the kettle", "en") is None


def test_translations_of_one_section_are_one_answer() -> None:
    german = Article(
        "kettle",
        "de",
        "Pflege",
        date(2026, 5, 6),
        "customer",
        "## Wie reinige ich den Kessel\n\nMit Essig.\n\n## Wie laut ist er\n\nSehr leise.",
    )
    both = HybridIndex.build([article("With vinegar."), german], shared_embedder())
    hits = both.search("comment nettoyer la bouilloire", "de", limit=9)
    assert [hit.section.text for hit in hits] == ["Mit Essig.", "Sehr leise."]


class Counting:
    """The shared encoder, counting what it is asked for."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def embed(self, texts: Any) -> Any:
        return await shared_embedder().embed(texts)

    def embed_now(self, texts: Any) -> Any:
        self.texts.extend(texts)
        return shared_embedder().embed_now(texts)


def test_only_what_changed_is_encoded_and_the_old_index_goes_on_serving() -> None:
    store, counting = MemoryStore(), Counting()
    old = HybridIndex.build([article("With vinegar.")], counting, store)
    counting.texts.clear()
    new = HybridIndex.build([article("With lemon juice.")], counting, store)
    encoded = [text for text in counting.texts if text.startswith("How do I clean")]
    assert encoded == ["How do I clean the kettle\nWith lemon juice."]
    question = "how do I clean the kettle"
    assert old.search(question, "en")[0].section.text == "With vinegar."
    assert new.search(question, "en")[0].section.text == "With lemon juice."
