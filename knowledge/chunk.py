"""Cutting articles into sections by heading, as plain text that fits a chat.

A section may say how else customers put its question, in a comment that no reader sees:

    ## How long does a refund take
    <!-- asked: when do I get my money | refund time -->
    <!-- asked de: wann bekomme ich mein Geld | Dauer der Erstattung -->
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from knowledge.loader import Article

_HEADING = re.compile(r"(?P<level>#{1,6})\s+(?P<words>.+?)\s*#*")
_ASKED = re.compile(
    r"<!--\s*asked(?:\s+(?P<language>[A-Za-z]{2,3})(?:-\w+)?)?\s*:(?P<questions>.*?)-->", re.DOTALL
)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FENCE = re.compile(r"^\s*(?:```|~~~).*$", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\]]*)\]\(([^)\s]+)[^)]*\)")
_MARKS = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_LIST_ITEM = re.compile(r"\s*(?:[-*+]|(?P<number>\d+)[.)])\s+")
_WIDE = "\u2e80-\u9fff\uff00-\uffef"
_BREAK_IN_CJK = re.compile(f"(?<=[{_WIDE}])\n(?=[{_WIDE}])")
_SENTENCE_END: Final = re.compile(r"[。！？](?:[”」』）])?|[.!?](?:[\"')\u201d])?(?=\s|$)|\n")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an article that answers by itself.

    `heading` holds the headings above the text, outermost first, joined by ` › `; it is empty for
    text before the first heading. `asked` are other ways to put its question in the article's
    language, `asked_in` those in others, by language. `number` counts the sections from 1.
    """

    article_id: str
    locale: str
    audience: str
    title: str
    heading: str
    asked: tuple[str, ...]
    number: int
    text: str
    asked_in: tuple[tuple[str, tuple[str, ...]], ...] = ()


def split_sections(article: Article) -> tuple[Section, ...]:
    """Cut an article at its headings. A heading with no text of its own makes no section."""
    return tuple(
        Section(
            article_id=article.id,
            locale=article.locale,
            audience=article.audience,
            title=article.title,
            heading=heading,
            asked=asked.pop("", ()),
            number=number,
            text=text,
            asked_in=tuple(asked.items()),
        )
        for number, (heading, asked, text) in enumerate(_parts(article.body), start=1)
    )


def _parts(body: str) -> Iterator[tuple[str, dict[str, tuple[str, ...]], str]]:
    """Heading path, other questions by language ("" the article's own) and text of each section."""
    path: dict[int, str] = {}
    lines: list[str] = []
    fenced = False
    for line in [*body.split("\n"), "# end"]:
        if _FENCE.match(line):
            fenced = not fenced
        heading = None if fenced else _HEADING.fullmatch(line)
        if heading is None:
            lines.append(line)
            continue
        markdown = "\n".join(lines)
        if text := plain_text(markdown):
            yield " › ".join(path.values()), _questions(markdown), text
        level = len(heading["level"])
        path = {depth: words for depth, words in path.items() if depth < level}
        path[level] = plain_text(heading["words"])
        lines = []


def _questions(markdown: str) -> dict[str, tuple[str, ...]]:
    listed: dict[str, list[str]] = {}
    for found in _ASKED.finditer(markdown):
        language = (found["language"] or "").lower()
        questions = (" ".join(one.split()) for one in found["questions"].split("|"))
        listed.setdefault(language, []).extend(one for one in questions if one)
    return {language: tuple(questions) for language, questions in listed.items()}


def plain_text(markdown: str) -> str:
    """What a chat without Markdown shows: no marks, one line for a paragraph or list item."""
    text = _FENCE.sub("", _COMMENT.sub("", markdown))
    text = _LINK.sub(lambda link: f"{link[1]} ({link[2]})" if link[1] else link[2], text)
    text = _MARKS.sub("", text)
    lines: list[str] = []
    for line in text.split("\n"):
        item = _LIST_ITEM.match(line)
        if item:
            lines.append((f"{item['number']}. " if item["number"] else "• ") + line[item.end() :])
        elif line.strip() and lines and lines[-1]:
            lines[-1] = f"{lines[-1]}\n{line.strip()}"
        else:
            lines.append(line.strip())
    joined = (_BREAK_IN_CJK.sub("", line).replace("\n", " ") for line in lines)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(joined)).strip()


def excerpt(text: str, limit: int) -> str:
    """The text, or as many whole sentences of it as fit into `limit` characters.

    A first sentence that is longer than that is cut at a word, with an ellipsis.
    """
    if len(text) <= limit:
        return text
    ends = [end.end() for end in _SENTENCE_END.finditer(text, 0, limit + 1) if end.end() <= limit]
    if ends:
        return text[: ends[-1]].rstrip()
    head = text[: limit - 1]
    at_word = head.rpartition(" ")[0]
    return (at_word or head).rstrip() + "…"
