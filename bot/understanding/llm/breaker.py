"""A circuit breaker: a model that keeps failing is left alone for a while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Now = Callable[[], datetime]


@dataclass(slots=True)
class Breaker:
    """Opens after `failures` in a row; after `rest` lets one call through to see (half open).

    A probe that fails doubles the rest, up to `longest`. Not for several threads.
    """

    now: Now
    failures: int = 5
    rest: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=5)
    _failed: int = 0
    _opened_at: datetime | None = None
    _resting: timedelta = field(default=timedelta(0))
    _probing: bool = False

    @property
    def is_open(self) -> bool:
        """Whether calls are held back (a probe may be under way)."""
        return self._opened_at is not None

    def admit(self) -> bool:
        """Whether a call may be made now. Each admitted one must be told of by one of the below."""
        if self._opened_at is None:
            return True
        if self._probing or self.now() - self._opened_at < self._resting:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        """The call was answered."""
        self._failed, self._opened_at, self._probing = 0, None, False

    def failed(self) -> None:
        """It was not. Calls that began before it opened do not lengthen the rest."""
        self._failed += 1
        if self._probing:
            self._probing = False
            self._opened_at = self.now()
            self._resting = min(self._resting * 2, self.longest)
        elif self._opened_at is None and self._failed >= self.failures:
            self._opened_at, self._resting = self.now(), self.rest

    def released(self) -> None:
        """It was given up for reasons of ours: says nothing of the model."""
        self._probing = False
