"""How order numbers, second factors and titles are read. Pure."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Mapping
from datetime import timedelta

from backend.customers.rules import digits_of
from backend.kit.fields import normalise_email

MAX_AMOUNT = 2_000_000_000
"""The highest amount in minor units: what a 32-bit column holds, rounded down."""
STATUSES = ("pending", "paid", "shipped", "delivered", "completed", "cancelled")
PAID_STATUSES = frozenset({"paid", "shipped", "delivered", "completed"})
ARRIVED_STATUSES = frozenset({"delivered", "completed"})
BY_CHANGE = "change"
"""Provider of payments the house took itself for a change of an order."""
CONTACT_ATTEMPTS = 5
"""Failed tries to prove an order a contact has within ATTEMPTS_WINDOW."""
NUMBER_ATTEMPTS = 10
"""Failed tries at one order number, by anybody, within ATTEMPTS_WINDOW: then nobody may."""
ATTEMPTS_WINDOW = timedelta(hours=24)


def number_key(text: str) -> str:
    """An order number as it is compared: full-width letters as plain ones, upper case, without
    spaces, dashes, `#` and invisible characters."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
    return "".join(
        char
        for char in folded
        if char not in "#\u2212" and unicodedata.category(char) not in _NOT_COMPARED
    )


_NOT_COMPARED = frozenset({"Zs", "Zl", "Zp", "Pd", "Cc", "Cf", "Cs"})


def title_for(titles: Mapping[str, str], locale: str) -> str:
    """The title in the locale, its language, English, or whichever comes first by locale."""
    if locale in titles:
        return titles[locale]
    language = locale.partition("-")[0]
    alike = (tag for tag in sorted(titles) if tag.partition("-")[0] == language)
    return titles[next(alike, "en" if "en" in titles else min(titles))]


def factor_matches(factor: str, email: str | None, phone: str | None) -> bool:
    """Whether `factor` is the e-mail, the phone's last four digits or the whole phone number.

    Takes the same steps whatever is known, so that its time tells nothing.
    """
    typed_digits = digits_of(factor)
    # A masked number, 138****8001, is known by what follows its mask.
    known_digits = digits_of((phone or "").rpartition("*")[2])
    compared = 4 if len(typed_digits) == 4 else min(len(typed_digits), len(known_digits))
    by_phone = (
        _same(typed_digits[-compared:], known_digits[-compared:])
        & (len(known_digits) >= 4)
        & (len(typed_digits) == 4 or len(typed_digits) >= 7)
    )
    by_email = _same(normalise_email(factor), normalise_email(email or "")) & bool(email)
    return by_phone | by_email


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
