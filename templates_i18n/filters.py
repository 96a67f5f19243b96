"""The filters a template may use: the locale's way to write amounts, dates, numbers and lists.

    {{ total | money }}                       ¥1,299.00   (an object with .minor and .currency)
    {{ order.placed_at | date }}              20. Mai 2026
    {{ event.at | datetime }}                 May 20, 2026, 3:04 PM   (in the shop's timezone)
    {{ weight | number }}                     1.234,5
    {{ days | plural(one="{n} day", other="{n} days") }}
    {{ titles | join_list }}                  a, b, and c
    {{ reason | label("refund.reason") }}     the text of the key refund.reason.<reason>

`plural` chooses by Babel's rules for the locale, replaces `{n}` by the number, and takes `other`
for any category that is not given. Beside these: upper, lower, trim, first, last, length, default.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Protocol

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import NumberPattern, format_decimal
from jinja2 import filters as jinja_filters
from jinja2 import pass_context
from jinja2.runtime import Context

CONTEXT_NAME: Final = "_rendering"
"""Where a `Rendering` sits in Jinja's context. Templates cannot name it: it has an underscore."""

PLURAL_CATEGORIES: Final = ("zero", "one", "two", "few", "many", "other")

# ISO 4217's exceptions from two decimals. Babel's own table is CLDR's, which rounds currencies
# such as ALL or IRR to whole units because people do; an exact refund must show what is paid.
_DECIMALS: Final[dict[str, int]] = {
    code: decimals
    for decimals, codes in (
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    )
    for code in codes.split()
}
_LETTER_BEFORE_DIGIT = re.compile(r"([A-Za-z])(?=\d)")
_LABEL_VALUE = re.compile(r"[a-z0-9_]+")


class Amount(Protocol):
    """An amount in integer minor units of an ISO 4217 currency (`bot.ports.Money` is one)."""

    @property
    def minor(self) -> int: ...

    @property
    def currency(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Rendering:
    """What the filters need to know of the text being rendered.

    `lookup` gives the text of another key in the same locale; `timezone` is the shop's.
    """

    locale: Locale
    timezone: tzinfo
    lookup: Callable[[str], str]


def _rendering(context: Context) -> Rendering:
    rendering: Rendering = context[CONTEXT_NAME]
    return rendering


@lru_cache(maxsize=256)
def _money_pattern(locale: Locale, decimals: int) -> NumberPattern:
    pattern: NumberPattern = copy.copy(locale.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    return pattern


@pass_context
def money(context: Context, amount: Amount) -> str:
    """Write an amount with its currency's sign and number of decimals."""
    minor, currency = getattr(amount, "minor", None), getattr(amount, "currency", None)
    if not isinstance(minor, int) or not isinstance(currency, str):
        raise TypeError(f"money needs an amount with .minor and .currency, not {amount!r}")
    return _written(minor, currency, _rendering(context).locale)


@lru_cache(maxsize=4096)
def _written(minor: int, currency: str, locale: Locale) -> str:
    """Kept: an amount is shown several times in a conversation, and prices recur among them."""
    decimals = _DECIMALS.get(currency, 2)
    value = Decimal(minor).scaleb(-decimals)
    pattern = _money_pattern(locale, decimals)
    text = pattern.apply(value, locale, currency=currency, currency_digits=False)
    # CLDR's currency spacing, which Babel leaves out: CHF 12.50, but US$12.50.
    return _LETTER_BEFORE_DIGIT.sub("\\1\N{NO-BREAK SPACE}", text)


def _in_shop(context: Context, moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise TypeError(f"a date with a time needs its timezone: {moment!r}")
    return moment.astimezone(_rendering(context).timezone)


@pass_context
def date_(context: Context, moment: date) -> str:
    """Write a day in full. A datetime is the day it falls on in the shop's timezone."""
    if isinstance(moment, datetime):
        moment = _in_shop(context, moment)
    elif not isinstance(moment, date):
        raise TypeError(f"date needs a date or datetime, not {moment!r}")
    return format_date(moment, "long", _rendering(context).locale)


@pass_context
def datetime_(context: Context, moment: datetime) -> str:
    """Write day and time, in the shop's timezone."""
    if not isinstance(moment, datetime):
        raise TypeError(f"datetime needs a datetime, not {moment!r}")
    local, locale = _in_shop(context, moment), _rendering(context).locale
    joined = str(locale.datetime_formats["medium"])
    time = format_time(local, "short", locale=locale)
    return joined.replace("{1}", format_date(local, "long", locale)).replace("{0}", time)


@pass_context
def number(context: Context, value: int | float | Decimal) -> str:
    """Write a number with the locale's separators."""
    return format_decimal(value, locale=_rendering(context).locale)


@pass_context
def plural(context: Context, value: int | float | Decimal, **forms: str) -> str:
    """Choose the form for a number; `{n}` in it becomes the number."""
    if unknown := set(forms) - set(PLURAL_CATEGORIES):
        raise TypeError(f"plural knows no category {', '.join(sorted(unknown))}")
    if "other" not in forms:
        raise TypeError("plural needs the form `other`")
    locale = _rendering(context).locale
    form = forms.get(locale.plural_form(value), forms["other"])
    return form.replace("{n}", format_decimal(value, locale=locale))


@pass_context
def join_list(context: Context, values: Iterable[str]) -> str:
    """Join texts the way the locale does, with its word for "and" before the last."""
    if isinstance(values, str):
        raise TypeError("join_list needs a list of texts, not one text")
    return format_list([str(value) for value in values], locale=_rendering(context).locale)


@pass_context
def label(context: Context, value: str, family: str) -> str:
    """The text of the key `<family>.<value>`: words for a stable code.

    The value must look like a code, so that nothing a customer typed can choose a key.
    """
    if not isinstance(value, str) or not _LABEL_VALUE.fullmatch(value):
        raise TypeError(f"label needs a code of [a-z0-9_], not {value!r}")
    return _rendering(context).lookup(f"{family}.{value}")


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "money": money,
    "date": date_,
    "datetime": datetime_,
    "number": number,
    "plural": plural,
    "join_list": join_list,
    "label": label,
    **{
        name: jinja_filters.FILTERS[name]
        for name in ("upper", "lower", "trim", "first", "last", "length", "default")
    },
}
"""All a template may use. Jinja's other filters stay out: several reach into objects (`attr`,
`map`) or make a short template's output as long as its author likes (`center`, `indent`)."""
