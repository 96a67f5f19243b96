"""Finds what has a form of its own: numbers of orders, requests and parcels, proofs, amounts of
money, days, quantities."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from bot.understanding.base import Span
from bot.understanding.slots.amounts import AMOUNT, find_amounts
from bot.understanding.slots.codes import PHONE, TRACKING, find_phones, find_tracking
from bot.understanding.slots.dates import DATE, DURATION, find_dates

__all__ = ["AMOUNT", "DATE", "DURATION", "PHONE", "TRACKING"]

ORDER_NUMBER: Final = "order_number"
TICKET: Final = "ticket"
EMAIL: Final = "email"
TAIL: Final = "phone_tail"
QUANTITY: Final = "quantity"

MOST: Final = 100
"""Pieces found in one text: each is compared with all others, and nobody tells of more."""

_DIGIT = re.compile(r"\d")
_A = r"(?<![A-Za-z0-9])"  # \b would not end a number beside a Chinese character
_Z = r"(?![A-Za-z0-9])"

_TICKET = re.compile(rf"{_A}AS[- ]?\d{{8}}-\d{{1,6}}{_Z}", re.IGNORECASE)
_EMAIL = re.compile(
    rf"{_A}[A-Za-z0-9._%+-]{{1,64}}@[A-Za-z0-9-]{{1,63}}(?:\.[A-Za-z0-9-]{{1,63}}){{1,4}}{_Z}"
)
_PHONE = re.compile(rf"(?:\+\d[\d -]{{6,16}}\d|{_A}1[3-9]\d{{9}}){_Z}")
_ORDER = re.compile(
    rf"{_A}(?:"
    # LL20260518-0042, also with spaces; "is 20260518-0042" has no letters of its own
    r"(?!(?i:am|be|in|is|it|my|no|of|on|or|to) )[A-Za-z]{2,4}[ ]?20\d{6}[ -]?\d{3,6}"
    r"|(?![A-Z]{2} \d{5}(?!\d))[A-Z]{2,4} \d{5,14}(?:-\d{2,8})*"  # MA 02110 is a place
    r"|[A-Za-z]{1,4}-?\d{5,14}(?:-\d{2,8})*"
    r"|(?<!邮编)(?<!郵編)(?<!编码)(?<!編碼)(?<!邮编[ :：为是])(?<!编码[ :：为是])"
    r"(?<!zip )(?<!code )"
    r"\d{6,20}(?:-\d{2,8})*"
    rf"){_Z}"
)
# Shops number their orders as they like: #1001, A7, XSS-2, SO/2026/0005.
_NOT_DATED = r"(?![A-Za-z]{2,4} ?20\d{6}[ -]?\d{3,6})"  # with a space inside: _ORDER reads it
_CODE = _NOT_DATED + r"[A-Za-z]{0,8}[-/]?\d[\dA-Za-z]*(?:[-/][\dA-Za-z]+)*"
_END = r"(?![A-Za-z0-9]|[-/][A-Za-z0-9])"
_WORD_FOR_ORDER = (
    r"(?:订单|訂單|注文|주문"
    r"|\b(?:orders?|bestellung|commande|pedido|orden|ordine|encomenda|заказ\w*))"
)
_WORD_FOR_NUMBER = (
    r"(?:编号|編號|号码|號碼|番号|번호|号|號"
    r"| ?(?:number|no\.?|nr\.?|n[°º]|nummer|num[eé]ro|номер)(?!\w))"
)
_NO_COUNT = (
    r"(?!\d|[.,]\d| ?[块塊元个個件天円원年月日号€$£¥]"
    r"| ?(?:yuan|yen|euros?|dollars?|pounds?|cny|rmb|usd|eur|gbp|jpy|hkd|twd|krw)\b"
    r"| ?(?:pieces|pcs|items?|days|weeks|months|kg|g|ml|l|x|stück)\b"
    r"| in (?:january|february|march|april|may|june|july|august|september|october|november"
    r"|december)\b)"
)
_ORDER_NAMED = re.compile(
    # Told as a number, any code will do …
    rf"{_WORD_FOR_ORDER}{_WORD_FOR_NUMBER}(?: is| ist|是|为|為)?[ :：]*#? ?"
    rf"({_CODE}){_END}{_NO_COUNT}"
    rf"|{_WORD_FOR_ORDER}[ :：]*# ?({_CODE}){_END}"
    # … and so does a sign that no address, photo or room has before its number.
    rf"|(?:^\W*|\b(?:where's|where is|about|for|of|refund|cancel|return) )#(\d{{3,20}}){_END}"
    # … while "I want to order 100 pieces" and "order B12" tell none.
    rf"|{_WORD_FOR_ORDER}[ :：]*"
    rf"{_NOT_DATED}([A-Za-z]{{1,8}}[-/]\d[\dA-Za-z]*(?:[-/][\dA-Za-z]+)*|[A-Za-z]{{1,4}}\d{{3,}}"
    rf"|\d{{4,5}}{_NO_COUNT}){_END}",
    re.IGNORECASE,
)
_CODE_ALONE = re.compile(
    r"(?:#? ?[A-Za-z]{0,6}[-/]?\d{3,20}|#? ?[A-Za-z]{1,6}[-/]?\d{1,20}"
    r"|[^\W\d_]{1,8}[-/]\d{1,20})(?:[-/][\dA-Za-z]{1,20}){0,4}"
)
"""Nothing but a code, in answer to the question which order: as short as "A7", but "2" picks an
option, and "5/20" is a day."""
_TAIL_NAMED = re.compile(
    r"(?:尾号|尾號|后四位|後四位|末四位|last (?:four|4)|ending (?:in|with)|ends (?:in|with))"
    r"[^\d]{0,16}(\d{4})(?!\d)",
    re.IGNORECASE,
)
_TAIL_ALONE = re.compile(r"(?<![A-Za-z0-9.-])\d{4}(?![A-Za-z0-9-])")

_EN_NUMBERS: Final = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=1
    )
}
_ZH_NUMBERS: Final = {
    **{word: number for number, word in enumerate("一二三四五六七八九十", start=1)},
    "两": 2,
    "兩": 2,
    "俩": 2,
}
_EN_WORDS = "|".join(_EN_NUMBERS)
_ZH_WORDS = "".join(_ZH_NUMBERS)

_QUANTITY_EN = re.compile(
    rf"(?<![\w.])(\d{{1,3}}|{_EN_WORDS}) ?(?:pieces?|pcs|units?|items?|of (?:them|these|those))\b"
    rf"|\b(?:only|just) (?:return |refund )?(\d{{1,3}}|{_EN_WORDS})\b(?! (?:minute|day|week|hour))"
    r"|(?<!\w)[x×] ?(\d{1,3})\b|(?<![\w.])(\d{1,3}) ?[x×](?!\w)",
    re.IGNORECASE,
)
_QUANTITY_ASKED = re.compile(
    # "return 3 blue mugs", "send back three of the mugs", "both blue mugs"
    r"\b(?:return|refund|send back|send|give back|exchange|keep|with) (?:the |all |my )?"
    rf"(\d{{1,2}}|{_EN_WORDS})(?: of (?:the|my|those|these))? (?:[a-z]+ ){{0,2}}"
    r"(?!days|weeks|months|years|hours|minutes|times|orders|parcels|dollars|euros|pounds)[a-z]+s\b"
    r"|\b(both)(?: of)?(?: the| my)? (?:[a-z]+ )?"
    r"(?!items|things|orders|products|articles|parcels|packages|ones|times|is|was)[a-z]+s\b"
    r"(?! and\b)",
    re.IGNORECASE,
)
_QUANTITY_ZH = re.compile(
    rf"(?<![另那这這哪第每某同上下])(\d{{1,3}}|[{_ZH_WORDS}])"
    r"(?:件|个|個|只|双|雙|瓶|盒|条|條|台|臺|份|套|支|包|袋|块|塊)"
    r"(?!月|小时|小時|星期|礼拜|问题|問題|订单|訂單|人|多|快递|快遞|包裹|客服|原因|单|字|都|裹)"
)
_NUMBER_WORD = re.compile(
    rf"(?<![\w.])(?:\d{{1,3}}|{_EN_WORDS})(?![\w.])|[{_ZH_WORDS}]", re.IGNORECASE
)
_LARGER = re.compile(r"hundred|thousand|dozen|half|[百千万半]|[-.,]\d", re.IGNORECASE)
_ORDINAL_EN = re.compile(
    r"\b(?:(first|second|third|fourth|fifth)|(\d{1,2})(?:st|nd|rd|th)"
    r"|(?:number|no\.?|option|#) ?(\d{1,2}))\b(?!\s*(?:floor|fl|street|st|avenue|ave|door)\b)",
    re.IGNORECASE,
)
_ORDINAL_ZH = re.compile(
    rf"第 ?(\d{{1,2}}|[{_ZH_WORDS}])(?![层層楼樓栋棟])|选 ?(\d{{1,2}}|[{_ZH_WORDS}])(?![\d件个])"
)
_ORDINALS: Final = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}
_PLAIN = re.compile(
    r"(?:#|no\.? ?|选|選)?\d{1,2}(?: ?(?:[,、;/&+ ]|and|und|et|y|和|跟) ?\d{1,2})*[.。)!]?"
)


def find_entities(
    text: str,
    *,
    tail_expected: bool,
    today: date | None = None,
    locale: str = "",
    order_expected: bool = False,
) -> list[Span]:
    """All entities of a normalised text, by position, none overlapping another.

    `tail_expected`: four digits by themselves are the end of a phone number. They are also when an
    order number stands in the same text. `order_expected`: what could be an order's number or a
    parcel's is the order's. `today` is the day it was written on (without it no days are read).
    """
    spans: list[Span] = []
    if _DIGIT.search(text):
        _add(spans, _named(_TICKET, TICKET, text))
        _add(spans, _named(_PHONE, PHONE, text))
        _add(spans, find_phones(text))
        _add(spans, _named(_TAIL_NAMED, TAIL, text))
        if order_expected:
            _add(spans, _alone(text))
        else:
            _add(spans, find_tracking(text))
        _add(spans, _named(_ORDER_NAMED, ORDER_NUMBER, text))
    if "@" in text:
        _add(spans, _named(_EMAIL, EMAIL, text))
    times = find_dates(text, today, locale) if today is not None else []
    _add(spans, (span for span in times if span.kind == DATE))
    _add(spans, find_amounts(text, yen=locale == "ja"))
    if _DIGIT.search(text):
        _add(spans, _named(_ORDER, ORDER_NUMBER, text))
    _add(spans, times)
    if tail_expected or any(span.kind == ORDER_NUMBER for span in spans):
        _add(spans, _named(_TAIL_ALONE, TAIL, text))
    _add(spans, _quantities(text))
    return sorted(spans, key=lambda span: span.start)


def number_of(text: str) -> int | None:
    """A text that is nothing but a number, in digits or a number word, with or without a unit."""
    word = text.strip(" .。!！").casefold()
    if word.isdecimal() and len(word) <= 6:
        return int(word)
    if word in _EN_NUMBERS:
        return _EN_NUMBERS[word]
    bare = word.rstrip("件个個只双瓶盒条台份套支包袋块").rstrip()
    if bare.isdecimal() and len(bare) <= 6:
        return int(bare)
    return _ZH_NUMBERS.get(bare)


def number_in(text: str) -> int | None:
    """The one number a short text names among other words: "oh right, two"."""
    if _LARGER.search(text):
        return None
    found = {number for word in _NUMBER_WORD.findall(text) if (number := number_of(word))}
    return found.pop() if len(found) == 1 else None


def picked_numbers(text: str) -> list[int]:
    """Numbers of options: "1", "1, 3", "the second one", "第二个和第三个"; none if not meant so."""
    if _PLAIN.fullmatch(text):
        return [int(number) for number in re.findall(r"\d+", text)]
    if len(text) > 40:
        return []
    found = [
        (match.start(), _ORDINALS.get(value.casefold()) or _value(value))
        for pattern in (_ORDINAL_EN, _ORDINAL_ZH)
        for match in pattern.finditer(text)
        if (value := next((group for group in match.groups() if group), ""))
    ]
    return [number for _, number in sorted(found)]


def _named(pattern: re.Pattern[str], kind: str, text: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        value = match[match.lastindex] if match.lastindex else match[0]
        yield Span(kind, match.start(), match.end(), value.strip())


def _alone(text: str) -> Iterator[Span]:
    code = text.strip(" .。!！,，")
    if _CODE_ALONE.fullmatch(code):
        start = text.index(code)
        yield Span(ORDER_NUMBER, start, start + len(code), code.lstrip("# "))


def _quantities(text: str) -> Iterator[Span]:
    for pattern in (_QUANTITY_EN, _QUANTITY_ASKED, _QUANTITY_ZH):
        for match in pattern.finditer(text):
            at = match.lastindex or 0
            # What is counted stays to be read as the item, where the pattern looks so far.
            start, end = match.span(at) if pattern is _QUANTITY_ASKED else match.span()
            yield Span(QUANTITY, start, end, str(_value(match[at])))


def _value(word: str) -> int:
    word = word.casefold()
    if word.isdecimal():
        return int(word)
    if word == "both":
        return 2
    return _EN_NUMBERS.get(word) or _ZH_NUMBERS[word]


def _add(spans: list[Span], found: Iterable[Span]) -> None:
    for span in found:
        if len(spans) >= MOST:
            return
        if all(span.end <= other.start or span.start >= other.end for other in spans):
            spans.append(span)
