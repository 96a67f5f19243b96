"""Live push: wakes who waits for news of a topic. Only a hint; the reader fetches by number."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from backend.kit.db import Hint


class Live:
    """Topics and their waiting subscribers, in this process."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def told(self, hints: Iterable[Hint]) -> None:
        """Wake the subscribers of the hints' topics (a `HintListener`)."""
        for hint in hints:
            for event in self._waiting.get(hint.topic, ()):
                event.set()

    @contextmanager
    def subscribe(self, topic: str) -> Iterator[asyncio.Event]:
        """An event that is set at each hint of `topic`; clear it before you look."""
        event = asyncio.Event()
        self._waiting.setdefault(topic, set()).add(event)
        try:
            yield event
        finally:
            subscribers = self._waiting[topic]
            subscribers.discard(event)
            if not subscribers:
                del self._waiting[topic]
