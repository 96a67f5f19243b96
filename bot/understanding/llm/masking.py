"""Takes personal data out of what goes to a language model, and puts it back into the answer.

Everything found becomes a placeholder (`<PHONE_1>`); the same value the same one. It errs on the
side of masking: a number that identifies nobody is a placeholder too, and is put back all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import phonenumbers

from bot.understanding import entities
from bot.understanding.llm.addresses import find_addresses

MAX_TEXT: Final = 2_000
"""Characters of a message that are sent. What is longer is cut before it is masked."""
REGIONS: Final = ("CN", "US")
"""Where phone numbers without a country code are taken to be from. Others' are caught all the same,
as long numbers."""

PLACEHOLDER: Final = re.compile(r"<[A-Z]+_\d{1,4}>")

_EMAIL = re.compile(r"[^\s@<>()\[\],;:，。；：（）]{1,64}@[^\s@<>()\[\],;:，。；：（）]{1,190}")
_LINK = re.compile(r"(?:https?://|www\.)[^\s，。；）)\u4e00-\u9fff]+", re.IGNORECASE)
_ID_CARD = re.compile(r"(?<!\d)\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx](?![\dA-Za-z])")
_BANK_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_CN_MOBILE = re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d){8}(?!\d)")
_CN_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[ -]?\d{7,8}(?!\d)")
_MARKED = re.compile(r"(?<![A-Za-z0-9])(?=(?:[A-Za-z-]*\d){5})[A-Za-z0-9][A-Za-z0-9-]{4,40}")
_DIGITS = re.compile(r"\+?\d(?:[ ./()·_*-]{0,2}\d){5,}")
_HAN_DIGIT = "[零〇○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖]"
_SPELLED = re.compile(rf"{_HAN_DIGIT}(?:[ -]?{_HAN_DIGIT}){{5,}}")
_SPELLED_EN = re.compile(
    r"\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)"
    r"(?:[ ,-]+(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)){3,}\b",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:19|20)\d\d([-/.])\d{1,2}\1\d{1,2}")
_PROOF = re.compile(r"(?<![A-Za-z0-9])\d{4}(?![A-Za-z0-9])")
_FIGURES = re.compile(r"\d[\d.,:/-]*\d{1,}|[¥￥$€£]\s?\d")

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

Found = tuple[str, int, int]
"""Kind, start, end."""


class Masker:
    """The placeholders of one question. `names` are the customer's, as the channel knows them."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = [name for name in {one.strip() for one in names} if len(name) >= 2]
        self._by_value: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def mask(self, text: str, *, proof_expected: bool = False) -> str:
        """The text without what could tell who he is. `proof_expected`: four digits by themselves
        are the end of his phone number."""
        finders: list[Callable[[str], Iterator[Found]]] = [*_FINDERS, self._named]
        if proof_expected:
            finders.append(lambda rest: _all(_PROOF, "PROOF", rest))
        return self._replaced(text[:MAX_TEXT], finders)

    def mask_label(self, label: str) -> str:
        """An option's label, also without figures: what an order cost and when it came is a fact
        of the order."""
        finders = [*_FINDERS, self._named, lambda rest: _all(_FIGURES, "FIGURE", rest)]
        return self._replaced(label[:200], finders)

    def restore(self, text: str) -> str:
        """The values in the places of their placeholders. Raises ValueError for one that was never
        given out."""

        def value(found: re.Match[str]) -> str:
            if found[0] not in self._values:
                raise ValueError("an unknown placeholder")
            return self._values[found[0]]

        return PLACEHOLDER.sub(value, text)

    def _named(self, text: str) -> Iterator[Found]:
        for name in self._names:
            for found in re.finditer(re.escape(name), text, re.IGNORECASE):
                yield "NAME", found.start(), found.end()

    def _replaced(self, text: str, finders: Iterable[Callable[[str], Iterator[Found]]]) -> str:
        taken: list[Found] = []
        for find in finders:
            for kind, start, end in find(text):
                # What one finder leaves of another's find would leak: its uncovered parts count.
                taken += [(kind, *part) for part in _uncovered(start, end, taken)]
        pieces, at = [], 0
        for kind, start, end in sorted(taken, key=lambda one: one[1]):
            pieces += [text[at:start], self._placeholder(kind, text[start:end])]
            at = end
        return "".join([*pieces, text[at:]])

    def _placeholder(self, kind: str, value: str) -> str:
        if value not in self._by_value:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            placeholder = f"<{kind}_{self._counts[kind]}>"
            self._by_value[value], self._values[placeholder] = placeholder, value
        return self._by_value[value]


def is_id_card(value: str) -> bool:
    """Whether this is a Chinese identity card's number: its check character is right (GB 11643)."""
    bare = re.sub(r"[ -]", "", value).upper()
    if not re.fullmatch(r"\d{17}[\dX]", bare):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(bare, _ID_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == bare[-1]


def is_bank_card(value: str) -> bool:
    """Whether 13 to 19 digits have the check digit of a payment card (Luhn, ISO/IEC 7812)."""
    digits = [int(one) for one in re.sub(r"[ -]", "", value)]
    if not 13 <= len(digits) <= 19:
        return False
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _uncovered(start: int, end: int, taken: Iterable[Found]) -> Iterator[tuple[int, int]]:
    for _, other_start, other_end in sorted(taken, key=lambda one: one[1]):
        if other_end <= start or other_start >= end:
            continue
        if start < other_start:
            yield start, other_start
        start = max(start, other_end)
    if start < end:
        yield start, end


def _all(pattern: re.Pattern[str], kind: str, text: str) -> Iterator[Found]:
    for found in pattern.finditer(text):
        yield kind, found.start(), found.end()


def _cards(text: str) -> Iterator[Found]:
    for found in _ID_CARD.finditer(text):
        if is_id_card(found[0]):
            yield "IDCARD", found.start(), found.end()
    for found in _BANK_CARD.finditer(text):
        if is_bank_card(found[0]):
            yield "BANKCARD", found.start(), found.end()


def _phones(text: str) -> Iterator[Found]:
    yield from _all(_CN_MOBILE, "PHONE", text)
    yield from _all(_CN_LANDLINE, "PHONE", text)
    if sum(character.isdigit() for character in text) < 6:
        return  # thirteen countries' patterns are not for nothing
    for region in REGIONS:
        for match in phonenumbers.PhoneNumberMatcher(text, region):
            yield "PHONE", match.start, match.end


def _numbers(text: str) -> Iterator[Found]:
    """Numbers of orders, parcels and requests, and every other long one."""
    kinds = {entities.ORDER_NUMBER: "ORDER", entities.TICKET: "TICKET", entities.TAIL: "PROOF"}
    for span in entities.find_entities(text, tail_expected=False):
        if span.kind in kinds:
            yield kinds[span.kind], span.start, span.end
    dates = [found.span() for found in _DATE.finditer(text)]
    for pattern in (_MARKED, _DIGITS):
        for found in pattern.finditer(text):
            if found.span() not in dates:
                yield "NUMBER", found.start(), found.end()
    yield from _all(_SPELLED, "NUMBER", text)
    yield from _all(_SPELLED_EN, "NUMBER", text)


def _literal(text: str) -> Iterator[Found]:
    """What looks like a placeholder and was typed by him."""
    return _all(PLACEHOLDER, "TYPED", text)


def _address(text: str) -> Iterator[Found]:
    for start, end in find_addresses(text):
        yield "ADDRESS", start, end


def _emails(text: str) -> Iterator[Found]:
    return _all(_EMAIL, "EMAIL", text)


def _links(text: str) -> Iterator[Found]:
    return _all(_LINK, "LINK", text)


_FINDERS: Final = (_literal, _emails, _links, _cards, _address, _phones, _numbers)
"""In their order of precedence: of overlapping finds the first holds."""
