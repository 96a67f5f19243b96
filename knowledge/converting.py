"""Files of other kinds as Markdown: headings, paragraphs and lists; nothing that runs or links out.

Nothing is fetched: pictures, frames and styles that a file names are left out.
"""

from __future__ import annotations

import importlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

MAX_BYTES: Final = 10_000_000
"""Of a file."""
MAX_UNPACKED: Final = 60_000_000
"""Bytes a DOCX may unpack to: it is a ZIP archive, and a small one may hold gigabytes."""
MAX_PAGES: Final = 300
MAX_CHARACTERS: Final = 200_000
"""Of the text that comes out."""

_SCRIPT = re.compile(
    r"<(script|style|iframe|object|template)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_FIRST_HEADING = re.compile(r"\A\s*# +(.+?)\s*#*\n", re.MULTILINE)
_NOT_SHOWN: Final = (
    *("script", "style", "iframe", "object", "embed", "template", "noscript", "svg", "canvas"),
    *("head", "nav", "header", "footer", "aside", "form", "button"),
)
_BLOCKS: Final = (
    *("h1", "h2", "h3", "h4", "h5", "h6"),
    *("p", "li", "tr", "pre", "blockquote", "dt", "dd"),
)


class Unreadable(ValueError):
    """Why a file can't be made an article, in words for whoever imports it."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says. `title` is empty if it does not say; `body` is Markdown."""

    title: str
    body: str


def convert(name: str, content: bytes) -> Document:
    """Read a file by its name's ending. Raises Unreadable."""
    suffix = name.rpartition(".")[2].lower()
    if suffix not in _CONVERTERS:
        raise Unreadable(f"is none of {', '.join(sorted(_CONVERTERS))}")
    if len(content) > MAX_BYTES:
        raise Unreadable(f"has {len(content):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        found = _CONVERTERS[suffix](content)
    except Unreadable:
        raise
    except Exception as error:
        # Parsers of foreign files raise whatever a broken file makes them stumble over.
        raise Unreadable(f"cannot be read: {type(error).__name__}") from error
    body = re.sub(r"\n{3,}", "\n\n", found.body.replace("\x00", "")).strip()
    if not body:
        raise Unreadable("has no text")
    if len(body) > MAX_CHARACTERS:
        raise Unreadable(f"has {len(body):,} characters; at most {MAX_CHARACTERS:,} are read")
    return Document(" ".join(found.title.split())[:200], body)


def _from_markdown(content: bytes) -> Document:
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Unreadable("is not UTF-8") from error
    text = _TAG.sub("", _SCRIPT.sub("", _FRONT_MATTER.sub("", text)))
    heading = _FIRST_HEADING.match(text)
    if heading is None:
        return Document("", text)
    return Document(heading[1], text[heading.end() :])


def _from_html(content: bytes) -> Document:
    soup: Any = importlib.import_module("bs4").BeautifulSoup(content, "html.parser")
    title = soup.title.get_text() if soup.title else ""
    for hidden in soup.find_all(list(_NOT_SHOWN)):
        hidden.decompose()
    for hidden in soup.select('[hidden], [aria-hidden="true"], [style*="display:none"]'):
        hidden.decompose()
    main = soup.find("main") or soup.find("article") or soup.body or soup
    if not title and (first := main.find("h1")):
        title = first.get_text()
    return Document(title, "\n\n".join(_html_blocks(main)))


def _html_blocks(root: Any) -> Iterator[str]:
    for block in root.find_all(list(_BLOCKS)):
        # Of a paragraph in a list item or cell, only the outer one is taken.
        if block.find_parent(("p", "li", "tr", "pre", "blockquote")) or block.name == "h1":
            continue
        text = " ".join(block.get_text(" ").split())
        if not text:
            continue
        if block.name[0] == "h":
            yield f"{'#' * int(block.name[1])} {text}"
        else:
            yield f"- {text}" if block.name == "li" else _escaped(text)


def _from_pdf(content: bytes) -> Document:
    reader: Any = importlib.import_module("pypdf").PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise Unreadable("is encrypted")
    if len(reader.pages) > MAX_PAGES:
        raise Unreadable(f"has {len(reader.pages)} pages; at most {MAX_PAGES} are read")
    pages, length = [], 0
    for page in reader.pages:
        text = "\n".join(_escaped(line.strip()) for line in page.extract_text().splitlines())
        length += len(text)
        if length > MAX_CHARACTERS:
            raise Unreadable(f"has more than {MAX_CHARACTERS:,} characters")
        pages.append(text)
    title = (reader.metadata.title if reader.metadata else "") or ""
    return Document(title, "\n\n".join(pages))


def _from_docx(content: bytes) -> Document:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > MAX_UNPACKED:
        raise Unreadable(f"unpacks to {size:,} bytes; at most {MAX_UNPACKED:,} are read")
    document: Any = importlib.import_module("docx").Document(io.BytesIO(content))
    title, lines = document.core_properties.title or "", []
    for paragraph in document.paragraphs:
        text, style = paragraph.text.strip(), paragraph.style.name or ""
        if style == "Title" and text:
            title = text
        elif style.startswith("Heading ") and style[8:].isdigit():
            lines.append(f"{'#' * min(6, int(style[8:]) + 1)} {text}")
        elif style.startswith("List"):
            lines.append(f"- {text}")
        else:
            lines.append(_escaped(text))
    for table in document.tables:
        lines.extend(" | ".join(cell.text.strip() for cell in row.cells) for row in table.rows)
    return Document(title, "\n\n".join(lines))


def _escaped(text: str) -> str:
    """A line that Markdown would take for a heading, as the words it is."""
    return re.sub(r"^(#+)(?=\s)", r"\\\1", text)


_CONVERTERS: Final[dict[str, Callable[[bytes], Document]]] = {
    "md": _from_markdown,
    "markdown": _from_markdown,
    "html": _from_html,
    "htm": _from_html,
    "pdf": _from_pdf,
    "docx": _from_docx,
}
