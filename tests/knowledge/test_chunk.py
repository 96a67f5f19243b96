"""Cutting articles into sections and sections into answers."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import load_articles
from knowledge.chunk import Section, excerpt, plain_text, split_sections
from knowledge.loader import Article


def sections(body: str) -> tuple[Section, ...]:
    return split_sections(Article("returns", "en", "Returns", date(2026, 5, 6), "customer", body))


def test_headings_are_kept_as_a_path() -> None:
    body = "Intro.\n\n# Home\n\n## Time\nSeven days.\n\n### Abroad ##\nFourteen.\n\n# Other\nX."
    assert [(part.heading, part.text, part.number) for part in sections(body)] == [
        ("", "Intro.", 1),
        ("Home › Time", "Seven days.", 2),
        ("Home › Time › Abroad", "Fourteen.", 3),
        ("Other", "X.", 4),
    ]


def test_other_questions_are_read_and_not_shown() -> None:
    (part,) = sections(
        "## Time\n<!-- asked: how long |  how many\n days -->\nSeven<!-- sic --> days."
    )
    assert part.asked == ("how long", "how many days")
    assert part.text == "Seven days."


def test_questions_in_other_languages_are_kept_apart() -> None:
    (part,) = sections(
        "## Time\n<!-- asked: how long -->\n<!-- asked de: wie lange | Frist -->\n"
        "<!-- asked pt-BR: quanto tempo -->\n<!-- asked de: bis wann -->\nSeven days."
    )
    assert part.asked == ("how long",)
    assert part.asked_in == (
        ("de", ("wie lange", "Frist", "bis wann")),
        ("pt", ("quanto tempo",)),
    )


def test_a_heading_in_code_is_no_heading() -> None:
    (part,) = sections("## Time\n```\n# not one\n```\nSeven.")
    assert part.text == "# not one\n\nSeven."


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**Bold**, *slanted* and `code`", "Bold, slanted and code"),
        ("a_b_c and 3 * 4 * 5", "a_b_c and 3 * 4 * 5"),
        ("See [the page](https://x.example/a) now", "See the page (https://x.example/a) now"),
        ("one\ntwo\n\nthree", "one two\n\nthree"),
        ("一行\n又一行，\nok", "一行又一行， ok"),
        (
            "Take:\n\n- one\n- two\n  more\n\n1. first\n2) second",
            "Take:\n\n• one\n• two more\n\n1. first\n2. second",
        ),
    ],
)
def test_plain_text(markdown: str, text: str) -> None:
    assert plain_text(markdown) == text


def test_an_excerpt_ends_with_a_sentence() -> None:
    assert excerpt("One. Two is longer. Three.", 20) == "One. Two is longer."
    assert excerpt("一句话。第二句话，长一点。", 8) == "一句话。"
    assert excerpt("It costs 3.50 dollars or so. Yes.", 28) == "It costs 3.50 dollars or so."
    assert excerpt("No end here at all", 10) == "No end…"
    assert excerpt("没有标点的一句话", 5) == "没有标点…"
    assert excerpt("Short.", 6) == "Short."


@given(text=st.text(max_size=200), limit=st.integers(2, 100))
def test_an_excerpt_is_never_longer_than_allowed(text: str, limit: int) -> None:
    assert len(excerpt(text, limit)) <= limit


def test_the_shipped_sections_fit_into_one_answer() -> None:
    for article in load_articles():
        for part in split_sections(article):
            assert part.heading, f"{article.locale}/{article.id}: text without a heading"
            assert len(part.text) <= 600, f"{article.locale}/{article.id}#{part.number}"
