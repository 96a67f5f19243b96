"""Days and lengths of time, resolved against the day a message was written on in the shop's zone.

What may be another day in another country ("12/05" in English) or another week ("next Friday" on a
Monday) is not read: a wrong day is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final

from bot.understanding.base import Span
from bot.understanding.slots.numbers import EN_NUMBER, ZH_NUMERAL, from_chinese, from_english

DATE: Final = "date"
"""Value: the day in ISO 8601."""
DURATION: Final = "duration"
"""Value: a length of time in ISO 8601 (`P3D`, `PT24H`, `P2W`, `P1M`)."""

DAY_FIRST: Final = frozenset({"es", "de", "fr", "pt", "ru", "ar", "it"})
MONTH_FIRST: Final = frozenset({"zh-CN", "zh-TW", "ja", "ko"})
"""Languages that write "5/12" in one order only."""
FURTHEST: Final = 3660
"""Days; what lies further off is no date of an order."""

_RELATIVE: Final = {
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "今天": 0, "今日": 0, "明天": 1, "明日": 1,
    "后天": 2, "後天": 2, "大后天": 3, "大後天": 3, "一昨日": -2, "おととい": -2, "昨晚": -1,
    "今早": 0, "今晚": 0, "the day before yesterday": -2, "the day after tomorrow": 2,
    "yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1, "last night": -1,
    "anteayer": -2, "ayer": -1, "hoy": 0, "vorgestern": -2, "gestern": -1, "heute": 0,
    "übermorgen": 2, "avant-hier": -2, "hier": -1, "aujourd'hui": 0, "demain": 1,
    "anteontem": -2, "ontem": -1, "hoje": 0, "amanhã": 1, "l'altro ieri": -2, "ieri": -1,
    "oggi": 0, "domani": 1, "позавчера": -2, "вчера": -1, "сегодня": 0, "завтра": 1,
    "послезавтра": 2, "그저께": -2, "어제": -1, "오늘": 0, "내일": 1, "أمس": -1, "اليوم": 0,
    "غدا": 1,
}  # fmt: skip
_SPOKEN_HERE: Final = {"hier": "fr", "demain": "fr", "heute": "de", "hoy": "es", "oggi": "it"}
"""Words that are a day in one language and something else in another ("hier" in German: here)."""

_WEEK: Final = "(?:[周週]|星期|[礼禮]拜)"
_WEEKDAYS: Final = (
    rf"{_WEEK}一|月曜|mondays?|montag|lunes|lundi|lunedì",
    rf"{_WEEK}二|火曜|tuesdays?|dienstag|martes|mardi|martedì",
    rf"{_WEEK}三|水曜|wednesdays?|mittwoch|miércoles|mercredi|mercoledì",
    rf"{_WEEK}四|木曜|thursdays?|donnerstag|jueves|jeudi|giovedì",
    rf"{_WEEK}五|金曜|fridays?|freitag|viernes|vendredi|venerdì",
    rf"{_WEEK}六|土曜|saturdays?|samstag|sábado|samedi|sabato",
    rf"{_WEEK}[日天]|日曜|sundays?|sonntag|domingo|dimanche|domenica",
)
_DAY_NAME = "|".join(f"(?P<d{number}>{names})" for number, names in enumerate(_WEEKDAYS))

_MONTHS: Final = (
    "jan(?:uary)?|januar|enero|janvier|gennaio|janeiro|января",
    "feb(?:ruary)?|februar|febrero|février|febbraio|fevereiro|февраля",
    "mar(?:ch)?|märz|marzo|mars|março|марта",
    "apr(?:il)?|abril|avril|aprile|апреля",
    "may|mai|mayo|maggio|maio|мая",
    "june?|juni|junio|juin|giugno|junho|июня",
    "july?|juli|julio|juillet|luglio|julho|июля",
    "aug(?:ust)?|agosto|août|августа",
    "sept?(?:ember)?|septiembre|septembre|settembre|setembro|сентября",
    "oct(?:ober)?|oktober|octubre|octobre|ottobre|outubro|октября",
    "nov(?:ember)?|noviembre|novembre|novembro|ноября",
    "dec(?:ember)?|dezember|diciembre|décembre|dicembre|dezembro|декабря",
)
_MONTH = "|".join(f"(?P<m{number}>{names})" for number, names in enumerate(_MONTHS, start=1))

_COUNT = rf"(?P<count>\d{{1,3}}|{ZH_NUMERAL}{{1,3}}|半|{EN_NUMBER}|an?|a couple of|a few)"
_UNITS: Final = {
    "D": "天|日|days?|tag(?:en|e)?|d[ií]as?|jours?|giorn[io]|дн(?:я|ей)|день|일|أيام|يوم(?:ا)?",
    "W": "个?(?:星期|礼拜)|周|週|weeks?|wochen?|semanas?|semaines?|settiman[ae]|недел[иьюя]"
    "|週間|주",
    "M": "个月|個月|か月|months?|monat(?:en|e)?|mes(?:es)?|mois|mes[ei]|месяц(?:а|ев)?|개월",
    "H": "(?:个|個)?(?:小时|小時|钟头)|hours?|hrs?|stunden?|horas?|heures?|or[ae]|час(?:а|ов)?"
    "|時間|시간",
}
_UNIT = "|".join(f"(?P<{name}>{pattern})" for name, pattern in _UNITS.items())
_AGO_AFTER = r"(?:以?前|之前|ago|назад|fa|atrás|전)"
_AGO_BEFORE = r"(?:hace|vor|il y a|há)"

_W, _E = r"(?<![a-zA-ZÀ-ÿА-я])", r"(?![a-zA-ZÀ-ÿа-я])"  # beside Chinese, \b is none
_RELATIVE_DAY = re.compile(
    _W + "(?:" + "|".join(sorted(map(re.escape, _RELATIVE), key=len, reverse=True)) + ")" + _E,
    re.IGNORECASE,
)
_AGO = re.compile(
    rf"{_W}(?:{_COUNT} ?(?:{_UNIT}) ?{_AGO_AFTER})(?![a-zа-я])".replace("(?P<", "(?P<a_")
    + "|"
    + rf"{_W}(?:{_AGO_BEFORE} {_COUNT} ?(?:{_UNIT}))(?![a-zа-я])".replace("(?P<", "(?P<b_"),
    re.IGNORECASE,
)
_LAST_THIS_NEXT = re.compile(
    rf"{_W}(?:(?P<week>上上|上|这|這|本|下)(?:个|個)?|(?P<last>last|past|letzte[nr]?|vergangene[nr]?)"
    r" |(?P<this>this|diesen) |(?P<next>next|nächste[nr]?|kommende[nr]?) |(?P<ja>先|今|来)週の?"
    rf"|)(?:{_DAY_NAME})(?:日|曜日)?(?P<after> pasado| dernier| scors[oa]| passad[oa])?{_E}",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(?<![\d./-])(?:(?P<year>20\d\d)(?:年|[-/.]))(?P<month>\d{1,2})(?:月|[-/.])(?P<day>\d{1,2})"
    r"(?:日|号|號)?(?![\d./-]*\d)"
    r"|(?<![\d./-])(?P<cjk_month>\d{1,2}|[一二三四五六七八九十]{1,2})(?:月|월 ?)"
    r"(?P<cjk_day>\d{1,2}|[一二三四五六七八九十]{1,3})(?:日|号|號|일)?(?![\d个])"
    r"|(?P<month_ago>上|这|這|本)(?:个|個)?月(?P<day_of>\d{1,2}|[一二三四五六七八九十]{1,3})(?:号|號|日)"
)
_SLASHED = re.compile(r"(?<![\w./-])(\d{1,2})([/.])(\d{1,2})(?:\2(20\d\d|\d\d))?(?![\w/-])(?!\.\d)")
_NAMED = re.compile(
    rf"{_W}(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)? (?:of |de )?(?:{_MONTH})"
    rf"|(?:{_MONTH.replace('(?P<m', '(?P<n')})\.? (?P<nday>\d{{1,2}})(?:st|nd|rd|th)?)"
    rf"(?:,? (?:de )?(?P<year>20\d\d))?(?!\d){_E}",
    re.IGNORECASE,
)
_LENGTH = re.compile(rf"{_W}(?<![\d月월]){_COUNT}[ -]?(?:{_UNIT}){_E}", re.IGNORECASE)
_MAY = re.compile(
    rf"\d|{_RELATIVE_DAY.pattern}|{_DAY_NAME}|{ZH_NUMERAL}|半|(?<!\w)(?:an?|{EN_NUMBER})(?!\w)",
    re.IGNORECASE,
)


def find_dates(text: str, today: date, locale: str = "") -> list[Span]:
    """Days, then lengths of time, of a normalised text; none overlaps another. `today` is the day
    it was written on, `locale` the language it is in."""
    found: list[Span] = []
    if _MAY.search(text):
        for span in _all(text, today, locale):
            if all(span.end <= other.start or span.start >= other.end for other in found):
                found.append(span)
    return found


def _all(text: str, today: date, locale: str) -> Iterator[Span]:
    for match in _AGO.finditer(text):
        yield from _day(match, _ago(match, today), today)
    for match in _LAST_THIS_NEXT.finditer(text):
        yield from _day(match, _weekday(match, today), today)
    for match in _RELATIVE_DAY.finditer(text):
        word = match[0].casefold()
        if _SPOKEN_HERE.get(word, locale or "?") == (locale or "?"):
            yield from _day(match, today + timedelta(days=_RELATIVE[word]), today)
    for pattern, read in _CALENDAR:
        for match in pattern.finditer(text):
            yield from _day(match, read(match, today, locale), today)
    for match in _LENGTH.finditer(text):
        if value := _length(match):
            yield Span(DURATION, match.start(), match.end(), value)


def _day(match: re.Match[str], day: date | None, today: date) -> Iterator[Span]:
    if day is not None and abs((day - today).days) <= FURTHEST:
        yield Span(DATE, match.start(), match.end(), day.isoformat())


def _count(word: str) -> int | None:
    word = word.casefold()
    if word.isdecimal():
        return int(word)
    if word in ("a", "an"):
        return 1
    return from_chinese(word) or from_english(word)


def _unit(groups: dict[str, str | None], prefix: str = "") -> str:
    return next(unit for unit in _UNITS if groups.get(f"{prefix}{unit}"))


def _ago(match: re.Match[str], today: date) -> date | None:
    groups = match.groupdict()
    prefix = "a_" if groups["a_count"] else "b_"
    count, unit = _count(groups[f"{prefix}count"] or ""), _unit(groups, prefix)
    if count is None or unit == "H":
        return None
    if unit == "M":
        return _months_before(today, count)
    return today - timedelta(days=count * (7 if unit == "W" else 1))


def _months_before(today: date, months: int) -> date | None:
    """The same day of an earlier month, or its last where it is shorter."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    for day in range(today.day, today.day - 4, -1):
        if found := _date(year, month + 1, day):
            return found
    return None


def _weekday(match: re.Match[str], today: date) -> date | None:
    groups = match.groupdict()
    number = next(index for index in range(7) if groups[f"d{index}"])
    monday = today - timedelta(days=today.weekday())
    week = groups["week"] or {"先": "上", "今": "这", "来": "下"}.get(groups["ja"] or "", "")
    if week or groups["this"]:
        weeks = {"上上": -2, "上": -1, "下": 1}.get(week, 0)
        return monday + timedelta(days=number + 7 * weeks)
    if groups["last"] or groups["after"]:
        return today - timedelta(days=(today.weekday() - number - 1) % 7 + 1)
    if groups["next"] and number <= today.weekday():
        return monday + timedelta(days=number + 7)
    return None  # a bare weekday, or "next Friday" while one is still to come


def _numbered(match: re.Match[str], today: date, locale: str) -> date | None:
    groups = match.groupdict()
    if groups["year"]:
        return _date(int(groups["year"]), int(groups["month"] or 0), int(groups["day"] or 0))
    if groups["month_ago"]:
        first = _months_before(today.replace(day=1), 1 if groups["month_ago"] == "上" else 0)
        day = _count(groups["day_of"] or "")
        return _date(first.year, first.month, day) if first and day else None
    month, day = _count(groups["cjk_month"] or ""), _count(groups["cjk_day"] or "")
    return _nearest(month, day, today) if month and day else None


def _slashed(match: re.Match[str], today: date, locale: str) -> date | None:
    first, mark, second, year = match.groups()
    one, two = int(first), int(second)
    if mark == "." and not year and locale not in ("de", "ru"):
        return None  # 1.5 is a number
    if one > 12 or locale in DAY_FIRST or mark == ".":
        day, month = one, two
    elif two > 12 or locale in MONTH_FIRST:
        month, day = one, two
    elif one == two:
        month = day = one
    else:
        return None
    if year:
        return _date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    return _nearest(month, day, today)


def _named(match: re.Match[str], today: date, locale: str) -> date | None:
    groups = match.groupdict()
    month = next(
        (number for number in range(1, 13) if groups[f"m{number}"] or groups[f"n{number}"]), 0
    )
    day = int(groups["day"] or groups["nday"] or 0)
    if groups["n5"] == "may" and not groups["year"]:
        return None  # "I may 5 times …"
    if groups["year"]:
        return _date(int(groups["year"]), month, day)
    return _nearest(month, day, today)


_CALENDAR: Final[
    tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date, str], date | None]], ...]
] = ((_NUMBERED, _numbered), (_NAMED, _named), (_SLASHED, _slashed))


def _nearest(month: int, day: int, today: date) -> date | None:
    """A day without its year is the one nearest to today."""
    years = (today.year - 1, today.year, today.year + 1)
    found = [one for year in years if (one := _date(year, month, day))]
    return min(found, key=lambda one: abs((one - today).days), default=None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _length(match: re.Match[str]) -> str:
    word, unit = match["count"], _unit(match.groupdict())
    if word == "半":
        return {"M": "P15D", "D": "PT12H", "H": "PT30M"}.get(unit, "")
    count = _count(word)
    if not count:
        return ""
    return f"PT{count}H" if unit == "H" else f"P{count}{unit}"
