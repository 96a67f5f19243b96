"""Time, injected. All times are timezone-aware UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time. `is_system` says whether the database's own clock means the same."""

    is_system: bool

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    is_system = True

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that tests set and move by hand."""

    is_system = False

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, **delta: float) -> datetime:
        """Move on by `timedelta(**delta)` and tell the new time."""
        self._now += timedelta(**delta)
        return self._now
