"""Text as the terms it is found by, and what somebody typed as a query over them. Pure.

Words are matched from their beginning (`refun` finds refunds) and by their first eight letters
(`refunded` and `refunding` are one), numbers by their parts and as one
(`20260520`, `1286` and `202605201286` find AS20260520-1286). Scripts without spaces are cut into
pairs of characters, the last of a run standing alone: each character then begins exactly one term,
so a query of one character is a prefix, and one of two is a term.

E-mail addresses and phone numbers are kept as digests and found only when typed in full: whoever
sees `l***o@example.com` must not be able to spell the rest out by searching.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

MAX_TERMS = 4_000
"""Different terms kept of one row; what comes first in its text goes first."""
MAX_QUERY_GROUPS = 16
"""Terms of a query that are looked at."""
LONGEST = 40
"""Digits of a number; more are cut off, in rows and queries alike."""
STEM = 8
"""Letters by which words are told apart. Longer ones have no index of their beginnings, and one
that a hundred thousand rows hold would have to be gathered from all its forms."""
SHORT = 3
"""Letters from which a word also matches as a beginning when another word follows it."""

_FACET, _EMAIL, _PHONE = "\ue000", "\ue001", "\ue002"
"""Private-use characters no text yields, so that nobody types such a term."""
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3005\u3007\u3040-\u30ff\u31f0-\u31ff"  # Kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
    "\uac00-\ud7af"  # Hangul: spaced, but with endings that pairs see through
)
_WORD = re.compile(rf"([{_UNSPACED}]+)|(?:[^\W\d_{_UNSPACED}]|[\u0900-\u0dff])+|\d+")
_JOINED_DIGITS = re.compile(r"\d+(?:[-\u2010-\u2015\u2212]\d+)+")
_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_PHONE_LIKE = re.compile(r"\+?[\d\s().\-\u2010-\u2015\u2212]+")


class _PlainLetters(dict[int, str]):
    """For `str.translate`: Latin letters without their accents, and decimal digits of every script
    as ASCII. Looked up as they come: going through all of Unicode takes a tenth of a second."""

    def __missing__(self, code: int) -> str:
        plain = letter = chr(code)
        if 0xC0 <= code < 0x250 or 0x1E00 <= code < 0x1F00:
            base = unicodedata.normalize("NFD", letter)[0]
            if base.isascii() and base.isalpha():
                plain = base
        elif (digit := unicodedata.decimal(letter, None)) is not None:
            plain = str(digit)
        if len(self) < _PLAIN_KEPT:
            self[code] = plain
        return plain


_PLAIN_KEPT = 20_000
"""Characters remembered; texts of customers hold fewer, and nobody can make it more."""
_PLAIN = _PlainLetters()


@dataclass(frozen=True, slots=True)
class Term:
    """A term to look for; as a beginning if `prefix`."""

    text: str
    prefix: bool = False


Group = tuple[Term, ...]
"""Terms of which one is enough."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a row must have: a term of each group. No groups: nothing can be found."""

    groups: tuple[Group, ...]

    def __bool__(self) -> bool:
        return bool(self.groups)

    def with_facet(self, name: str) -> Query:
        """The query narrowed to rows with a facet."""
        return Query((*self.groups, (Term(facet(name)),)))

    def matches(self, terms: Iterable[str]) -> bool:
        """Whether a row with these terms is found: what the databases' indexes answer."""
        text = f" {' '.join(terms)} "
        return all(any(_sought(term) in text for term in group) for group in self.groups)


def _sought(term: Term) -> str:
    return f" {term.text}" if term.prefix else f" {term.text} "


def facet(name: str) -> str:
    """A term for a property of the row, such as its status."""
    return _FACET + "".join(filter(str.isalnum, name))


def email_term(address: str) -> str:
    """The term of an address as a whole."""
    return _EMAIL + _digest(_fold(address).strip())


def phone_terms(number: str) -> tuple[str, ...]:
    """The terms of a phone number: its last four digits, and as a whole; none for a masked rest of
    fewer than four."""
    digits = _digits(number)
    tail = digits[-4:]
    if len(tail) < 4:
        return ()
    return (tail, _phone_term(digits)) if len(digits) >= 7 else (tail,)


def number_terms(number: str) -> tuple[str, ...]:
    """The terms of an order's or ticket's number: its parts, its digits in one, their last four."""
    digits = _digits(number)
    return tuple(dict.fromkeys((*text_terms(number), *filter(None, (digits, digits[-4:])))))


def text_terms(text: str) -> Iterator[str]:
    """The terms of free text, in its order, with repetitions."""
    folded = _fold(text)
    for found in _WORD.finditer(folded):
        run = found[0]
        if found[1]:
            yield from (run[at : at + 2] for at in range(len(run)))
        else:
            yield _cut(run)
    for found in _JOINED_DIGITS.finditer(folded):
        yield _digits(found[0])[:LONGEST]
    if "@" in folded:
        for found in _ADDRESS.finditer(folded):
            yield _EMAIL + _digest(found[0])


def distinct(terms: Iterable[str]) -> list[str]:
    """Each term once, at most MAX_TERMS."""
    return list(dict.fromkeys(terms))[:MAX_TERMS]


def parse_query(typed: str) -> Query:
    """What somebody typed, as a query: every word of it must be there.

    The last word may be unfinished, as may others of SHORT letters or more. Text without a letter
    or digit gives a query without groups.
    """
    folded = _fold(typed).strip()
    if "@" in folded and _ADDRESS.fullmatch(folded):
        return Query(((Term(_EMAIL + _digest(folded)),),))
    if (whole := _whole_number(folded)) is not None:
        return Query((whole,))
    words = [(found[0], bool(found[1])) for found in _WORD.finditer(folded)]
    groups: list[Group] = []
    for at, (word, unspaced) in enumerate(words):
        if unspaced and len(word) > 1:
            groups += [(Term(word[at : at + 2]),) for at in range(len(word) - 1)]
        else:
            last = at == len(words) - 1
            open_ended = last or unspaced or (len(word) >= SHORT and not word.isdigit())
            is_whole = len(word) >= STEM and not word.isdigit()
            groups.append((Term(_cut(word), open_ended and not is_whole),))
    return Query(tuple(dict.fromkeys(groups))[:MAX_QUERY_GROUPS])


def _cut(word: str) -> str:
    return word[: LONGEST if word.isdigit() else STEM]


def _whole_number(folded: str) -> Group | None:
    """A long number typed with or without separators: an order's, a ticket's or a phone's."""
    digits = _digits(folded) if _PHONE_LIKE.fullmatch(folded) else ""
    if len(digits) < (10 if " " in folded else 7):
        return None
    return Term(digits[:LONGEST], prefix=True), Term(_phone_term(digits))


def _fold(text: str) -> str:
    """Full-width forms as plain ones, without case and accents."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN)


def _digits(text: str) -> str:
    return "".join(char for char in _fold(text) if char.isascii() and char.isdigit())


def _phone_term(digits: str) -> str:
    # The last ten: with or without the country's code it is the same phone.
    return _PHONE + _digest(digits[-10:])


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def fts5_expression(query: Query) -> str:
    """The query in FTS5's language; its terms hold no quotes."""
    return " AND ".join(
        "(" + " OR ".join(f'"{term.text}"' + "*" * term.prefix for term in group) + ")"
        for group in query.groups
    )


def tsquery_pattern(query: Query) -> str:
    """The query in Postgres' language, `#` standing for the bucket (see `models`)."""
    return " & ".join(
        "(" + " | ".join(f"'#:{term.text}'" + ":*" * term.prefix for term in group) + ")"
        for group in query.groups
    )


def joined(terms: Sequence[str]) -> str:
    """Terms as the text FTS5 cuts at its spaces."""
    return " ".join(terms)
