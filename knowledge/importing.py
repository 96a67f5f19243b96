"""Bringing a folder of documents in as articles: `<locale>/<id>.md` with front matter.

A file's locale is the folder it is in (`de/returns.html`), else the one given. The same files
imported again change nothing; a file that can't be read is named and stops no other.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import yaml

from knowledge.converting import MAX_BYTES, Document, Unreadable, convert
from knowledge.loader import Article, parse_article

MAX_FILES: Final = 2000
MAX_SECTION: Final = 1200
"""Characters of a section; a longer one is cut at its paragraphs, for an answer shows about 600."""

_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][A-Za-z]{1,3})?")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_HEADING = re.compile(r"^#{1,6} .*$", re.MULTILINE)


@dataclass(slots=True)
class ImportReport:
    """Files by what became of them. `problems`: one line for each file that was left out."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: list[str] = field(default_factory=list)


def import_folder(source: Path, target: Path, locale: str) -> ImportReport:
    """Import all documents below `source` into `target`. Raises ValueError for an unknown shape
    of `locale`, or more than MAX_FILES files."""
    if not _LOCALE.fullmatch(locale):
        raise ValueError(f"{locale!r} is not a locale like en or zh-CN")
    report, written = ImportReport(), dict[Path, Path]()
    files = list(_files(source))
    if len(files) > MAX_FILES:
        raise ValueError(f"{source} has {len(files)} files; at most {MAX_FILES} are imported")
    for file in files:
        name = file.relative_to(source)
        try:
            article = _read(file, _locale_of(name, locale))
            place = target / article.locale / f"{article.id}.md"
            if place in written:
                raise Unreadable(f"would be the same article as {written[place]}")
            written[place] = name
            _keep(article, place, report)
        except (ValueError, OSError) as error:
            report.problems.append(f"{name}: {error}")
    return report


def _files(source: Path) -> Iterator[Path]:
    for file in sorted(source.rglob("*")):
        relative = file.relative_to(source)
        hidden = any(part.startswith(".") for part in relative.parts)
        # A link may lead out of the folder.
        if file.is_file() and not file.is_symlink() and not hidden:
            yield file


def _locale_of(name: Path, default: str) -> str:
    folders = [part for part in name.parts[:-1] if _LOCALE.fullmatch(part)]
    return folders[-1] if folders else default


def _read(file: Path, locale: str) -> Article:
    if file.stat().st_size > MAX_BYTES:
        raise Unreadable(f"has {file.stat().st_size:,} bytes; at most {MAX_BYTES:,} are read")
    content = file.read_bytes()
    document = convert(file.name, content)
    title = document.title or file.stem.replace("-", " ").replace("_", " ").strip()
    body = "\n\n".join(_sections(document))
    if given := _given(file, content, locale):
        return Article(given.id, locale, given.title, given.updated, given.audience, body)
    changed = datetime.fromtimestamp(file.stat().st_mtime, UTC).date()
    return Article(article_id(file.stem), locale, title, changed, "customer", body)


def _given(file: Path, content: bytes, locale: str) -> Article | None:
    """The front matter of a file that is an article already."""
    if file.suffix.lower() != ".md" or not content.removeprefix(b"\xef\xbb\xbf").startswith(b"---"):
        return None
    return parse_article(content.decode("utf-8-sig"), locale, file.stem)


def article_id(stem: str) -> str:
    """A file's name as an article's id: a-z, 0-9 and dashes; a digest where nothing is left."""
    plain = unicodedata.normalize("NFKD", stem).lower()
    words = re.findall(r"[a-z0-9]+", plain)
    if words and plain.isascii():
        return "-".join(words)[:60].rstrip("-")
    digest = hashlib.sha256(stem.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return "-".join([*words, digest])[-60:].lstrip("-")


def _sections(document: Document) -> Iterator[str]:
    """The body's sections, those that are too long cut at paragraphs under the same heading."""
    cuts = [0, *(heading.start() for heading in _HEADING.finditer(document.body)), None]
    for start, end in itertools.pairwise(cuts):
        section = document.body[start:end].strip()
        if len(_COMMENT.sub("", section)) <= MAX_SECTION:
            if section:
                yield section
            continue
        heading, _, text = section.partition("\n") if section.startswith("#") else ("", "", section)
        for number, part in enumerate(_parts(text.strip()), start=1):
            numbered = f"{heading} ({number})" if heading else f"## {number}"
            yield f"{numbered if number > 1 or not heading else heading}\n\n{part}"


def _parts(text: str) -> Iterator[str]:
    part = ""
    for paragraph in re.split(r"\n\s*\n", text):
        if part and len(part) + len(paragraph) > MAX_SECTION:
            yield part
            part = ""
        part = f"{part}\n\n{paragraph}" if part else paragraph
    if part:
        yield part


def _keep(article: Article, place: Path, report: ImportReport) -> None:
    known = _known(article, place)
    if known and _says(known) == _says(article):
        report.unchanged += 1
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_suffix(".new")
    fresh.write_text(_as_file(article), "utf-8")
    # Whoever reads meanwhile finds the old article or the new one, never half of one.
    fresh.replace(place)
    if known is None:
        report.created += 1
    else:
        report.updated += 1


def _known(article: Article, place: Path) -> Article | None:
    if not place.exists():
        return None
    try:
        return parse_article(place.read_text("utf-8"), article.locale, article.id)
    except ValueError:
        # Spoilt by hand: it is written anew.
        return Article(article.id, article.locale, "", date.min, "", "")


def _says(article: Article) -> tuple[str, str, str]:
    # A newer date alone is no change: copying a folder makes all its files new.
    return article.title, article.audience, article.body


def _as_file(article: Article) -> str:
    fields = {
        "title": article.title,
        "id": article.id,
        "updated": article.updated,
        "audience": article.audience,
    }
    front = yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, width=1000)
    return f"---\n{front}---\n\n{article.body}\n"
