"""What stands beside the articles: asked confidently, it is not answered from its neighbour."""

from __future__ import annotations

import pytest

from knowledge.embedding import shared_embedder
from knowledge.hybrid import HybridIndex
from knowledge.loader import Article, load_articles, parse_article
from knowledge.search import Index


@pytest.fixture(scope="module")
def shipped() -> HybridIndex:
    return HybridIndex.build(load_articles(), shared_embedder())


def article(locale: str, name: str, body: str) -> Article:
    head = f"title: {name}\nid: {name}\nupdated: 2026-05-06\naudience: customer"
    return parse_article(f"---\n{head}\n---\n\n{body}\n", locale, name)


ISLANDS = article(
    "en", "ship", "We ship to Alaska.\n\n## Do you ship to Hawaii?\n\nYes, within 9 days."
)
AUSTRIA = article(
    "de",
    "versand",
    "Der Versand nach Österreich kostet 7,90 Euro.\n\n"
    "## Wie lange dauert der Versand nach Österreich?\n\nDrei bis fünf Werktage.",
)
POINTS = article("en", "points", "## Do points expire?\n\nPoints expire after 12 months.")


@pytest.mark.parametrize(
    ("locale", "question"),
    [
        ("en", "can I combine two coupons"),
        ("en", "how many points do I get per dollar"),
        ("en", "when do my points expire"),
        ("en", "are the products original"),
        ("en", "leave the parcel with a neighbour"),
        ("en", "how do I get into my account again, the password is gone"),
        ("zh-CN", "可以货到付款吗"),
        ("zh-CN", "洗了一次的衣服还能退吗"),
        ("de", "kann ich auf Rechnung bestellen"),
    ],
)
def test_a_neighbouring_matter_is_not_answered(
    shipped: HybridIndex, locale: str, question: str
) -> None:
    assert shipped.answer(question, locale) is None


@pytest.mark.parametrize(
    "question",
    ["how long is the return window", "how long is the warranty?", "how long can I return it"],
)
def test_few_articles_answer_no_more_than_they_say(question: str) -> None:
    index = HybridIndex.build([ISLANDS, AUSTRIA], shared_embedder())
    assert index.answer(question, "en") is None


def test_what_a_shop_writes_itself_about_is_no_rival() -> None:
    index = HybridIndex.build([ISLANDS, AUSTRIA, POINTS], shared_embedder())
    told = index.answer("when do my points expire", "en")
    assert told is not None
    assert told.article_id == "points"


def test_by_words_a_question_is_compared_with_articles_in_its_language() -> None:
    index = Index.build([ISLANDS, AUSTRIA])
    assert {hit.section.article_id for hit in index.search("Versand ship", "en")} == {"ship"}
    assert {hit.section.article_id for hit in index.search("Versand ship", "de")} == {"versand"}
    assert {hit.section.article_id for hit in index.search("Versand ship", "fr")} == {"ship"}
