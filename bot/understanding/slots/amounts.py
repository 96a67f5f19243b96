"""Amounts of money, in digits and words, as integer minor units and an ISO 4217 currency.

Only what names a currency counts: a bare number may be anything. What can be read in two ways
("1.234 €" is no such case, "$1.234" is) is not read: a wrong amount is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Final

from bot.ports import Money
from bot.understanding.base import Span
from bot.understanding.slots.numbers import (
    DIGITS,
    EN_NUMBER,
    MOST,
    ZH_NUMERAL,
    from_chinese,
    from_digits,
    from_english,
)

AMOUNT: Final = "amount"
MIN_SPOKEN_YUAN: Final = 11
"""From this number on "块" alone means money; "two 块" may as well be two pieces."""

_NO_MINOR: Final = frozenset({"JPY", "KRW", "VND", "CLP"})
_POINT_GROUPS: Final = frozenset({"EUR", "BRL", "RUB", "IDR", "TRY"})
"""Currencies where "1.234" can only mean a thousand and more."""

_SIGNS: Final = {
    "US$": "USD",
    "CA$": "CAD",
    "C$": "CAD",
    "AU$": "AUD",
    "A$": "AUD",
    "HK$": "HKD",
    "NT$": "TWD",
    "S$": "SGD",
    "R$": "BRL",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "₽": "RUB",
    "₩": "KRW",
    "₹": "INR",
    "¥": "CNY",
    "￥": "CNY",
    "₺": "TRY",
}
_CODES: Final = (
    *("CNY", "RMB", "USD", "EUR", "GBP", "JPY", "HKD", "TWD", "KRW", "SGD", "CAD", "AUD", "BRL"),
    *("RUB", "INR", "CHF", "SAR", "AED", "MXN", "SEK", "PLN"),
)
_NAMES: Final = (
    (r"(?:us |u\.s\. )?dollars?|bucks?|d[oó]lar(?:es)?|dollari|долларов|달러", "USD"),
    (r"美元|美金|ドル", "USD"),
    (r"euros?|欧元|歐元|ユーロ|유로|евро|يورو", "EUR"),
    (r"pounds?(?: sterling)?|quid|英镑|英鎊|libras?|ポンド", "GBP"),
    (r"yuan(?:es|s)?|renminbi|kuai|人民币|元|块钱|塊錢|块|塊|юаней", "CNY"),
    (r"yen|日元|日圆|円", "JPY"),
    (r"won|韩元|원", "KRW"),
    (r"reais|real", "BRL"),
    (r"руб(?:лей|ля|ль)?\.?|р\.", "RUB"),
    (r"港币|港元|港幣", "HKD"),
    (r"台币|新台币|台幣|新台幣", "TWD"),
    (r"francs? suisses|franken", "CHF"),
    (r"ريال(?:ا)?(?: سعودي)?", "SAR"),
    (r"درهم(?:ا)?", "AED"),
)
_SIGN = "|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))
_CODE = "|".join(_CODES)
_NAME = "|".join(pattern for pattern, _ in _NAMES)
_GREAT: Final = {"k": 1000, "K": 1000, "千": 1000, "천": 1000, "百": 100, "万": 10_000}
_GREAT.update({"萬": 10_000, "만": 10_000, "w": 10_000, "m": 1_000_000, "M": 1_000_000})
_FREE = r"(?<![A-Za-z0-9.,-])(?<!\d[ ~–到至])"  # not inside a code, a version, a range
_NUMBER = rf"(?P<number>{DIGITS})(?:(?P<great>[kK])|(?P<zh>[千百万萬만천]))?"

_BEFORE = re.compile(
    rf"(?<![A-Za-z0-9-])(?:(?P<sign>{_SIGN})|(?P<code>(?i:{_CODE})) ?) ?{_NUMBER}"
    r"(?![A-Za-z0-9%])(?![.,-]\d)"
)
_AFTER = re.compile(
    rf"{_FREE}{_NUMBER} ?(?:(?P<sign>{_SIGN})|(?P<code>{_CODE})(?![a-z])|(?P<name>{_NAME})"
    r"(?![a-zà-ÿа-я]))(?P<cents>\d(?:毛|角)?(?!\d))?",
    re.IGNORECASE,
)
_SPOKEN_ZH = re.compile(
    rf"(?<![{ZH_NUMERAL[1:-1]}第\d])(?P<number>{ZH_NUMERAL}+)"
    r"(?:(?P<name>元|块钱|塊錢|块|塊|円|美元|美金|欧元|港币|台币|日元|英镑))"
    rf"(?:零?(?P<tenths>{ZH_NUMERAL})(?:(?:毛|角)钱?(?P<cents>{ZH_NUMERAL})?分?)?"
    r"(?![一二三四五六七八九十百千万两]|[件个個只双瓶盒条台份套支包袋张天周月年号]))?(?P<money>钱|錢)?"
)
_MAY = re.compile(rf"[$€£¥￥₽₩₹₺]|(?<![a-z])(?:{_CODE}|{_NAME}|毛|角)", re.IGNORECASE)
_SPOKEN_JIAO = re.compile(rf"(?<![\w])(?P<number>{ZH_NUMERAL}|\d)(?:毛|角)(?:钱|錢)?(?!\w)")
_SPOKEN_EN = re.compile(
    rf"(?<![\w-])(?P<number>{EN_NUMBER}) "
    r"(?P<name>(?:us )?dollars?|bucks|euros?|pounds?|quid|yuan|kuai|rmb|yen|won)"
    rf"(?: (?:and )?(?P<cents>{EN_NUMBER}) (?:cents?|pence|p))?(?!\w)",
    re.IGNORECASE,
)


def money_of(span: Span) -> Money:
    """The amount of a span of kind `AMOUNT`, whose value is "<minor units> <currency>"."""
    minor, currency = span.value.split(" ")
    return Money(int(minor), currency)


def find_amounts(text: str, *, yen: bool = False) -> Iterator[Span]:
    """Amounts of a normalised text. `yen`: "¥" is the Japanese one (the text is Japanese)."""
    if not _MAY.search(text):
        return
    for match in _BEFORE.finditer(text):
        yield from _span(match, _currency(match, yen), _digits(match, _currency(match, yen)))
    for match in _AFTER.finditer(text):
        currency, value = _currency(match, yen), _digits(match, _currency(match, yen))
        if match["cents"] and value is not None:
            value = value + Decimal(match["cents"][0]) / 10 if currency == "CNY" else None
        if not _pieces(match, value, text):
            yield from _span(match, currency, value)
    for match in _SPOKEN_ZH.finditer(text):
        value = _spoken(match)
        if not _pieces(match, value, text):
            yield from _span(match, _named(match["name"]), value)
    for match in _SPOKEN_JIAO.finditer(text):
        tenths = from_chinese(match["number"]) or int(_arabic(match["number"]))
        yield from _span(match, "CNY", Decimal(tenths) / 10)
    for match in _SPOKEN_EN.finditer(text):
        whole, cents = from_english(match["number"]), from_english(match["cents"] or "zero")
        if whole is not None and cents is not None and cents < 100:
            yield from _span(match, _named(match["name"]), whole + Decimal(cents) / 100)


def _span(match: re.Match[str], currency: str, value: Decimal | None) -> Iterator[Span]:
    if value is None or value >= MOST:
        return
    minor = value * (1 if currency in _NO_MINOR else 100)
    if minor == minor.to_integral_value():
        yield Span(AMOUNT, match.start(), match.end(), f"{int(minor)} {currency}")


def _currency(match: re.Match[str], yen: bool) -> str:
    groups = match.groupdict()
    if sign := groups.get("sign"):
        return "JPY" if yen and sign in "¥￥" else _SIGNS[sign.upper()]
    if code := groups.get("code"):
        return "CNY" if code.upper() == "RMB" else code.upper()
    return _named(groups["name"])


@lru_cache(maxsize=256)
def _named(name: str) -> str:
    if name.casefold() == "rmb":
        return "CNY"
    return next(code for pattern, code in _NAMES if re.fullmatch(pattern, name, re.IGNORECASE))


def _digits(match: re.Match[str], currency: str) -> Decimal | None:
    text = match["number"]
    value = from_digits(text)
    if value is None and currency in _POINT_GROUPS and re.fullmatch(r"\d{1,3}\.\d{3}", text):
        value = Decimal(text.replace(".", ""))
    great = match["great"] or match["zh"]
    return value * _GREAT[great] if value is not None and great else value


def _spoken(match: re.Match[str]) -> Decimal | None:
    whole = from_chinese(match["number"])
    tenths = from_chinese(match["tenths"] or "零")
    cents = from_chinese(match["cents"] or "零")
    if whole is None or tenths is None or cents is None or tenths > 9 or cents > 9:
        return None
    return Decimal(whole) + Decimal(tenths) / 10 + Decimal(cents) / 100


def _pieces(match: re.Match[str], value: Decimal | None, text: str) -> bool:
    """ "两块" may be two pieces of something, "块" being also that."""
    if match["name"] not in ("块", "塊") or value is None or value >= MIN_SPOKEN_YUAN:
        return False
    told = {**match.groupdict()}
    return not (told.get("tenths") or told.get("cents") or told.get("money"))


def _arabic(word: str) -> str:
    return word if word.isdecimal() else "0"
