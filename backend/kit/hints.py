"""Hints on their way to other processes: gathered, so that many commits share one send.

A hint may be lost; nothing else is. Whoever reads looks numbers up in the database.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

from backend.kit.db import Hint

log = logging.getLogger(__name__)

MISSED = Hint("*")
"""Told to listeners when hints may have been lost: look at everything you wait for."""
MOST_WAITING = 10_000
"""Topics kept while nothing can be sent; beyond that the oldest are left to whoever polls."""

Send = Callable[[Sequence[Hint]], Awaitable[None]]


class Courier:
    """Sends hints one batch at a time; what comes while a batch is under way goes with the next.

    The commit's caller never waits for it. `send` is not to raise: it knows what to do about a
    carrier that is away.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: dict[tuple[str, str], int] = {}
        self._task: asyncio.Task[None] | None = None

    def take(self, hints: Iterable[Hint]) -> None:
        """Take hints along. Call it on the event loop."""
        for hint in hints:
            key = (hint.topic, hint.what)
            self._waiting[key] = max(hint.seq, self._waiting.get(key, 0))
        while len(self._waiting) > MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        if self._waiting and self._task is None:
            # Referenced: the loop itself holds tasks only weakly.
            self._task = asyncio.get_running_loop().create_task(self._send_all())

    async def close(self) -> None:
        """Send what is left."""
        if self._task is not None:
            await self._task

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                batch = [Hint(topic, seq, what) for (topic, what), seq in self._waiting.items()]
                self._waiting.clear()
                await self._send(batch)
        except Exception:  # only hints are lost; the next ones must go on
            log.exception("cannot send hints")
        finally:
            self._task = None


def pack(origin: str, hints: Iterable[Hint], limit: int) -> Iterator[str]:
    """The hints as few JSON payloads `[origin, [[topic, seq, what], …]]` of at most `limit` bytes.

    Topics are short ASCII: a single hint always fits.
    """
    batch: list[tuple[str, int, str]] = []
    size = frame = len(json.dumps([origin, []]))
    for hint in hints:
        row = (hint.topic, hint.seq, hint.what)
        length = len(json.dumps(row)) + 2
        if batch and size + length > limit:
            yield json.dumps([origin, batch])
            batch, size = [], frame
        batch.append(row)
        size += length
    if batch:
        yield json.dumps([origin, batch])


def unpack(payload: str | bytes, own_origin: str) -> list[Hint]:
    """The hints of a payload; none if it is our own. One that can't be read (another version of
    the service runs beside us) means that something was missed."""
    try:
        origin, rows = json.loads(payload)
        hints = [Hint(str(topic), int(seq), str(what)) for topic, seq, what in rows]
    except (ValueError, TypeError):
        return [MISSED]
    return [] if origin == own_origin else hints
