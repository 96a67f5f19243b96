"""Live push: wakes who waits for news of a topic. Only a hint; the reader fetches by number.

Hints may get lost: a process may die between its commit and telling of it, Redis may be away. So
the numbers of all topics somebody waits for are looked up now and then, in one question for many:
soon after anything may have been missed, every second while no hints arrive, else rarely.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from backend.kit.db import Hint, HintListener
from backend.kit.hints import MISSED

log = logging.getLogger(__name__)

AT_ONCE = 500
"""Topics asked for in one question."""

Listener = Callable[[Hint], None]
Numbers = Callable[[Sequence[str]], Awaitable[Mapping[str, int]]]
"""The latest number of each of these topics, from the database; unknown topics are left out."""


async def _no_numbers(_topics: Sequence[str]) -> Mapping[str, int]:
    return {}


class Live:
    """Topics and who in this process waits for their news.

    `numbers` is the truth that hints only hint at; `hints_arrive` tells whether other processes'
    hints reach us at present. `look_every`: seconds between looks, (while they do, while not).
    `sources` are listened to from when somebody first waits: a worker never does.
    """

    def __init__(
        self,
        numbers: Numbers = _no_numbers,
        hints_arrive: Callable[[], bool] = lambda: True,
        *,
        sources: Sequence[Callable[[HintListener], None]] = (),
        look_every: tuple[float, float] = (10.0, 1.0),
    ) -> None:
        self._numbers = numbers
        self._hints_arrive = hints_arrive
        self._sources = sources
        self._look_every = look_every
        self._listeners: dict[str, set[Listener]] = {}
        self._missed = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    @property
    def topics(self) -> int:
        """How many topics somebody waits for."""
        return len(self._listeners)

    def told(self, hints: Iterable[Hint]) -> None:
        """Wake who waits for the hints' topics (a `HintListener`)."""
        for hint in hints:
            if hint == MISSED:
                self._missed.set()
            for listener in tuple(self._listeners.get(hint.topic, ())):
                listener(hint)

    def subscribe(self, topic: str, listener: Listener) -> None:
        """Have `listener` called at each hint of `topic`, and with its number now and then."""
        self._listeners.setdefault(topic, set()).add(listener)
        if self._watching is None:
            self._watching = asyncio.get_running_loop().create_task(self._watch())
            for listen in self._sources:
                listen(self.told)

    def unsubscribe(self, topic: str, listener: Listener) -> None:
        """Call `listener` no more."""
        listeners = self._listeners[topic]
        listeners.discard(listener)
        if not listeners:
            del self._listeners[topic]

    async def close(self) -> None:
        """Stop looking."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            pause = self._look_every[0 if self._hints_arrive() else 1]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._missed.wait(), pause)
            self._missed.clear()
            try:
                await self._look()
            except Exception:  # the database is away: whoever waits is served at the next look
                log.warning("cannot look for news", exc_info=True)
                await asyncio.sleep(self._look_every[1])
                self._missed.set()

    async def _look(self) -> None:
        topics = list(self._listeners)
        for start in range(0, len(topics), AT_ONCE):
            numbers = await self._numbers(topics[start : start + AT_ONCE])
            self.told(Hint(topic, seq) for topic, seq in numbers.items())
