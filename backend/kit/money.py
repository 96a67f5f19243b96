"""Money: integer minor units of one currency. No floats, no silent conversion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MINOR_DIGITS = {"CNY": 2, "USD": 2, "EUR": 2, "GBP": 2, "HKD": 2, "JPY": 0, "KRW": 0}
"""Digits behind the point, by ISO 4217, of the currencies the shop may use."""


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were put together."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` units (fen, cents) of `currency`."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.minor, bool) or not isinstance(self.minor, int):
            raise TypeError(f"minor units are an int, not {type(self.minor).__name__}")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")

    def plain(self) -> str:
        """`CNY 59.00`: for logs, audit and the API; customers see Babel's form."""
        digits = MINOR_DIGITS.get(self.currency, 2)
        sign, value = ("-" if self.minor < 0 else ""), abs(self.minor)
        if digits == 0:
            return f"{self.currency} {sign}{value}"
        return f"{self.currency} {sign}{value // 10**digits}.{value % 10**digits:0{digits}d}"


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum; zero of `currency` for none. Raises: CurrencyMismatch."""
    result = Money(0, currency)
    for amount in amounts:
        result = result + amount
    return result


def share(amount: int, part: int, whole: int) -> int:
    """`amount × part / whole`, rounded half up, for 0 ≤ part ≤ whole; 0 when whole is 0."""
    if whole <= 0:
        return 0
    return (2 * amount * part + whole) // (2 * whole)
