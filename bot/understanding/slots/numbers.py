"""Numbers in digits and in words: Chinese and Japanese numerals, English words, "1.5k", "3万"."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

MOST: Final = 1_000_000_000
"""Numbers of a customer's message are below this; longer runs of digits are codes."""

_ZH_DIGITS: Final = {
    **{word: number for number, word in enumerate("零一二三四五六七八九")},
    **{word: number for number, word in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    **dict.fromkeys("两兩貳俩", 2),
    **dict.fromkeys("參仨", 3),
    "陸": 6,
}
_ZH_UNITS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_ZH_GREAT: Final = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
ZH_NUMERAL: Final = f"[{''.join((*_ZH_DIGITS, *_ZH_UNITS, *_ZH_GREAT))}]"
"""One character of a Chinese number."""

_EN_SMALL: Final = {
    word: number
    for number, word in enumerate(
        (
            *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
            *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
            *("seventeen", "eighteen", "nineteen"),
        )
    )
}
_EN_TENS: Final = {
    word: 10 * number
    for number, word in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2
    )
}
_EN_WORD = rf"(?:{'|'.join((*_EN_SMALL, *_EN_TENS))}|hundred|thousand)"
EN_NUMBER: Final = rf"(?:an? )?{_EN_WORD}(?:[ -](?:and )?{_EN_WORD}){{0,9}}"
"""An English number in words, as a pattern. As long as numbers below a million are: without an end
to it "two two two …" would be read to its end from each of its words."""

DIGITS: Final = r"\d{1,3}(?:[ ,.'\u202f]\d{3})+(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?"
"""A number in digits, with the separators of any country, as a pattern."""

_GROUPED = re.compile(r"\d{1,3}(?:([ ,.'\u202f])\d{3})(?:\1\d{3})*(?:([.,])\d{1,2})?")


def from_chinese(words: str) -> int | None:
    """`一百二十` 120, `三千五` 3500, `一万二` 12000, `二零二六` 2026; None for no number."""
    if not words or not set(words) <= {*_ZH_DIGITS, *_ZH_UNITS, *_ZH_GREAT}:
        return None
    if set(words) <= set(_ZH_DIGITS):
        return int("".join(str(_ZH_DIGITS[one]) for one in words)) if len(words) <= 9 else None
    return _with_units(words)


def _with_units(words: str) -> int | None:
    total = section = 0
    digit: int | None = None
    last_unit = great = 0
    gap = False
    for one in words:
        if one in _ZH_DIGITS:
            if digit:  # two digits side by side belong to no number with units
                return None
            digit, gap = _ZH_DIGITS[one], gap or _ZH_DIGITS[one] == 0
        elif (unit := _ZH_UNITS.get(one)) is not None:
            if last_unit and unit >= last_unit:
                return None
            section += (1 if digit is None else digit or 1) * unit
            digit, last_unit, gap = None, unit, False
        else:
            section += digit or 0
            if not section or (great and _ZH_GREAT[one] >= great):
                return None
            total += section * _ZH_GREAT[one]
            section, digit, great, last_unit, gap = 0, None, _ZH_GREAT[one], 0, False
    if digit:  # the 5 of 三千五 are hundreds; that of 三千零五 are ones
        scale = 1 if gap else max(1, (last_unit or great) // 10)
        section += digit * (scale if scale > 1 and last_unit != 10 else 1)
    return total + section


def from_english(words: str) -> int | None:
    """`fifty` 50, `a hundred and twenty` 120; None for what is no number ("twenty thirty")."""
    total = section = 0
    room = MOST  # what may still be added is smaller than the last word
    for word in re.split(r"[ -]+", words.casefold()):
        if word in ("a", "an"):
            section, room = 1, 0
        elif word == "hundred":
            if not 0 < section < 10:
                return None
            section, room = section * 100, 100
        elif word == "thousand":
            if not 0 < section < 1000 or total:
                return None
            total, section, room = section * 1000, 0, 1000
        elif word != "and":
            value = _EN_SMALL.get(word, _EN_TENS.get(word))
            if value is None or value >= room:
                return None
            section += value
            room = 10 if word in _EN_TENS else 0
    return total + section


def from_digits(text: str) -> Decimal | None:
    """`1,234.50`, `1.234,50`, `1 234`, `19,90`: by the form of its groups; None where two readings
    remain ("1.234" is a thousand and more in one country, and a bit more than one in another)."""
    text = text.replace("\u202f", " ")
    if text.isdecimal():
        return Decimal(text)
    if grouped := _GROUPED.fullmatch(text):
        separator, point = grouped[1], grouped[2]
        if separator == point or (separator == "." and not point and text.count(".") == 1):
            return None
        return Decimal(text.replace(separator, "").replace(",", "."))
    if re.fullmatch(r"\d+[.,]\d{1,2}", text):
        return Decimal(text.replace(",", "."))
    return None
