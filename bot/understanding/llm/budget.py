"""What the model costs: prices, what one message used, and the day's cap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.understanding.llm.breaker import Now


@dataclass(frozen=True, slots=True)
class Prices:
    """Of a million tokens, in whole units of `currency` (1.25 is 1.25 dollars)."""

    tokens_in: float = 0.0
    tokens_out: float = 0.0
    currency: str = "USD"

    def cost(self, tokens_in: int, tokens_out: int) -> int:
        """In millionths of the currency's unit: a message costs less than its smallest coin."""
        return round(tokens_in * self.tokens_in + tokens_out * self.tokens_out)


@dataclass(slots=True)
class Budget:
    """Counts the tokens of a UTC day against `cap` (0: none): those of this process at once, those
    of the others when somebody tells of them (`learn`)."""

    now: Now
    cap: int = 0
    _day: date | None = None
    _used: int = 0
    _told: bool = False

    @property
    def used(self) -> int:
        """Tokens of today."""
        self._turn_page()
        return self._used

    @property
    def is_spent(self) -> bool:
        """Whether the day's tokens are used up."""
        return self.cap > 0 and self.used >= self.cap

    def spend(self, tokens: int) -> None:
        """Count tokens used."""
        self._turn_page()
        self._used += tokens

    def learn(self, used: int, day: str) -> None:
        """What all processes together had used of a day (yyyymmdd), as of now."""
        self._turn_page()
        if self._day is not None and day == f"{self._day:%Y%m%d}":
            self._used = max(self._used, used)

    def first_refusal(self) -> bool:
        """True once a day: for one log line instead of one for each message."""
        self._turn_page()
        first, self._told = not self._told, True
        return first

    def _turn_page(self) -> None:
        today = self.now().date()
        if today != self._day:
            self._day, self._used, self._told = today, 0, False
