"""What of an article is turned into vectors: the ways its questions are put, and its text.

A piece is named by what it says, so that an unchanged one keeps its vector when articles change.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.chunk import Section


@dataclass(frozen=True, slots=True)
class Wording:
    """A section in one locale. `questions` are, by language, its heading and the other ways to ask
    for it; `content` is heading and text. All are names of pieces."""

    section: Section
    questions: tuple[tuple[str, tuple[str, ...]], ...]
    content: str


@dataclass(frozen=True, slots=True)
class Pieces:
    """All sections as pieces.

    `units` holds the wordings of one answer in the locales it exists in; `texts` is
    name -> text of every piece.
    """

    units: tuple[tuple[Wording, ...], ...]
    texts: dict[str, str]

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits that change when any piece does."""
        return name_of("\n".join(sorted(self.texts)))


def cut(sections: Sequence[Section]) -> Pieces:
    """The pieces of all sections."""
    texts: dict[str, str] = {}

    def piece(text: str) -> str:
        name = name_of(text)
        texts[name] = text
        return name

    units: dict[tuple[str, ...], list[Wording]] = defaultdict(list)
    parallel = _parallel(sections)
    for section in sections:
        questions = {
            language_of(section.locale): (section.heading or section.title, *section.asked)
        }
        for language, asked in section.asked_in:
            questions[language] = (*questions.get(language, ()), *asked)
        content = f"{section.heading}\n{section.text}"
        locale = "" if section.article_id in parallel else section.locale
        units[section.article_id, locale, str(section.number)].append(
            Wording(
                section,
                tuple((language, tuple(map(piece, ones))) for language, ones in questions.items()),
                piece(content),
            )
        )
    return Pieces(tuple(tuple(wordings) for wordings in units.values()), texts)


def language_of(locale: str) -> str:
    """`zh` of `zh-CN`."""
    return locale.split("-", maxsplit=1)[0].lower()


def _parallel(sections: Iterable[Section]) -> set[str]:
    """Articles whose translations have as many sections each: there, section 2 is section 2."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for section in sections:
        counts[section.article_id][section.locale] += 1
    return {article for article, by in counts.items() if len(set(by.values())) == 1}


def name_of(text: str) -> str:
    """A piece's name: 32 hexadecimal digits."""
    # Lone surrogates may come with an import; they are no reason to fail here.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
