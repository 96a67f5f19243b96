"""Reading articles, and naming what is wrong with one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge import ArticleError, load_articles

GOOD = """---
title: Returns
id: returns
updated: 2026-05-06
audience: customer
---

## How long

Seven days.
"""


def write(root: Path, text: str, name: str = "en/returns.md") -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def test_an_article_is_read_with_its_fields(tmp_path: Path) -> None:
    write(tmp_path, "\ufeff" + GOOD.replace("\n", "\r\n"))
    (article,) = load_articles(tmp_path)
    assert (article.id, article.locale, article.title) == ("returns", "en", "Returns")
    assert article.updated == date(2026, 5, 6)
    assert article.body == "## How long\n\nSeven days."


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("---\ntitle", "title", "does not begin with front matter"),
        ("title: Returns\n", "", "lacks title"),
        ("title: Returns", "title: ' '", "title is empty"),
        ("title: Returns", "title: [", "front matter:"),
        ("id: returns", "id: refunds", "id refunds differs from the file's name"),
        ("id: returns", "id: The_Returns", "is not made of"),
        ("2026-05-06", "6 May", "is not a day"),
        ("2026-05-06", "2026-05-06 10:00:00", "is not a day"),
        ("customer", "everybody", "audience 'everybody' is none of customer, agent"),
        ("audience", "autor: x\naudience", "unknown autor"),
        ("## How long\n\nSeven days.\n", "", "has no text"),
    ],
)
def test_a_malformed_article_is_named_with_its_fault(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    assert old in GOOD
    write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ArticleError) as caught:
        load_articles(tmp_path)
    assert str(caught.value).startswith("en/returns.md: ")
    assert problem in str(caught.value)


def test_all_malformed_articles_are_named(tmp_path: Path) -> None:
    write(tmp_path, "x", "en/a.md")
    write(tmp_path, "y", "zh-CN/b.md")
    (tmp_path / "en" / "c.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ArticleError) as caught:
        load_articles(tmp_path)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "en/a.md",
        "en/c.md",
        "zh-CN/b.md",
    ]


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="no articles"):
        load_articles(tmp_path)


def test_the_shipped_articles_exist_in_both_languages() -> None:
    ids: dict[str, set[str]] = {"zh-CN": set(), "en": set()}
    for article in load_articles():
        ids[article.locale].add(article.id)
    assert ids["zh-CN"] == ids["en"]
    assert len(ids["en"]) >= 12
