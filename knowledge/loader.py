"""Reading articles: `articles/<locale>/<id>.md` with front matter between lines of `---`.

---
title: When your refund arrives
id: refund-arrival
updated: 2026-05-06
audience: customer
---
## How long does a refund take
…
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import yaml

from knowledge.files import SAFE_LOADER

HOME: Final = Path(__file__).parent / "articles"
AUDIENCES: Final = ("customer", "agent")
"""Who may be told: what is for agents is never quoted to customers."""

_FIELDS: Final = ("title", "id", "updated", "audience")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FRONT_MATTER = re.compile(r"\A---\n(?P<fields>.*?)\n---\n(?P<body>.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Article:
    """One article in one locale. `body` is Markdown without the front matter."""

    id: str
    locale: str
    title: str
    updated: date
    audience: str
    body: str


class ArticleError(Exception):
    """Articles that cannot be read; `problems` has one line for each, naming the file."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def load_articles(path: Path | None = None) -> tuple[Article, ...]:
    """Read all articles below `path`, by default those shipped with us, ordered by locale and id.

    Raises ArticleError naming every file that is not well formed, or the folder if it has none.
    """
    articles, problems = scan_articles(path or HOME)
    if not articles and not problems:
        problems = [f"{path or HOME}: no articles"]
    if problems:
        raise ArticleError(problems)
    return articles


def scan_articles(root: Path) -> tuple[tuple[Article, ...], list[str]]:
    """The well-formed articles below a folder, and one line for each file that is not."""
    articles: list[Article] = []
    problems: list[str] = []
    for file in sorted(root.glob("*/*.md")):
        name = f"{file.parent.name}/{file.name}"
        try:
            articles.append(parse_article(file.read_text("utf-8"), file.parent.name, file.stem))
        except UnicodeDecodeError:
            problems.append(f"{name}: not UTF-8")
        except OSError as error:
            problems.append(f"{name}: {error.strerror}")
        except ValueError as error:
            problems.append(f"{name}: {error}")
    return tuple(articles), problems


def parse_article(text: str, locale: str, expected_id: str) -> Article:
    """Read one article's text. Raises ValueError with all that is wrong with it."""
    parts = _FRONT_MATTER.match(text.replace("\r\n", "\n").removeprefix("\ufeff"))
    if not parts:
        raise ValueError("does not begin with front matter between two lines of ---")
    try:
        fields = yaml.load(parts["fields"], Loader=SAFE_LOADER)  # noqa: S506
    except yaml.YAMLError as error:
        raise ValueError(f"front matter: {' '.join(str(error).split())}") from error
    if not isinstance(fields, dict):
        raise ValueError("front matter is not a list of `name: value`")
    body = parts["body"].strip()
    if faults := list(_faults(fields, body, expected_id)):
        raise ValueError("; ".join(faults))
    return Article(
        id=fields["id"],
        locale=locale,
        title=fields["title"].strip(),
        updated=fields["updated"],
        audience=fields["audience"],
        body=body,
    )


def _faults(fields: dict[str, object], body: str, expected_id: str) -> Iterator[str]:
    if missing := [name for name in _FIELDS if name not in fields]:
        yield f"lacks {', '.join(missing)}"
        return
    if unknown := sorted(str(name) for name in fields if name not in _FIELDS):
        yield f"unknown {', '.join(unknown)}"
    title, id_, updated = fields["title"], fields["id"], fields["updated"]
    if not isinstance(title, str) or not title.strip():
        yield "title is empty"
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        yield f"id {id_!r} is not made of a-z, 0-9 and single dashes"
    elif id_ != expected_id:
        yield f"id {id_} differs from the file's name"
    # A datetime is a date to Python, but an article is updated on a day.
    if type(updated) is not date:
        yield f"updated {updated!r} is not a day like 2026-05-06"
    if fields["audience"] not in AUDIENCES:
        yield f"audience {fields['audience']!r} is none of {', '.join(AUDIENCES)}"
    if not body:
        yield "has no text"
