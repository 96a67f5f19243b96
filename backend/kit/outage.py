"""When Redis is worth asking. Without its client, which only who has a Redis needs to load."""

from __future__ import annotations

import logging
import time

log = logging.getLogger(__name__)

ANSWER_WITHIN = 1.0
"""Seconds in which Redis has to answer."""
AGAIN_AFTER = 1.0
"""Seconds for which a Redis that failed is left alone: a hanging one must not slow every commit."""


class Outage:
    """Whether Redis is worth asking now: after a failure it is left alone for a moment."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._until = 0.0
        self._away = False

    @property
    def is_over(self) -> bool:
        """Whether to try."""
        return time.monotonic() >= self._until

    def begin(self, error: BaseException) -> None:
        """It failed just now."""
        self._until = time.monotonic() + AGAIN_AFTER
        if not self._away:
            log.warning("redis is away, %s without it: %s", self._what, type(error).__name__)
        self._away = True

    def end(self) -> None:
        """It answered."""
        if self._away:
            log.warning("redis is back, %s with it again", self._what)
        self._away = False
