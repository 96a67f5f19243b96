"""Back-pressure: what happens when messages come faster than turns can be taken.

Nothing is dropped after a 200. When turns wait long, whoever writes is told so once; when they wait
too long, messages are refused before anything of them is stored: vendors and clients come again.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from backend.conversations import live_repository
from backend.conversations import service as conversations
from backend.kit.db import Database, Tx
from backend.kit.errors import Overloaded
from backend.kit.jobs import backlog
from backend.pipeline.kinds import TURN
from backend.pipeline.notify import Notifier

log = logging.getLogger(__name__)
LOOK_EVERY = 1.0


class Level(StrEnum):
    """How hard it is to keep up."""

    CALM = "calm"
    BUSY = "busy"
    OVERLOADED = "overloaded"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`busy_after`, `refuse_after`: seconds the oldest turn has waited. `refuse_depth`: turns.

    Who was busy is calm again only at half of `busy_after`: around the threshold itself everybody
    would be told again and again.
    """

    busy_after: float
    refuse_after: float
    refuse_depth: int

    @property
    def retry_after(self) -> int:
        """Seconds after which it is worth to come again: a part of the wait that was too long."""
        return max(5, min(60, math.ceil(self.refuse_after / 4)))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was seen last. `age`: seconds the oldest turn that could be taken has waited, in the job
    table or in this process's own line; `depth`: turns that wait in the table, counted up to the
    limit at which messages are refused."""

    age: float = 0.0
    depth: int = 0
    level: Level = Level.CALM


class Pressure:
    """Knows how long turns wait: looks at most once a second, when somebody wants to know."""

    def __init__(
        self,
        db: Database,
        notifier: Notifier,
        thresholds: Thresholds,
        *,
        look_every: float = LOOK_EVERY,
        time: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = db
        self._notifier = notifier
        self._thresholds = thresholds
        self._look_every = look_every
        self._time = time
        self._next_look = -math.inf
        self._seen = Snapshot()
        self._line_age: Callable[[], float] = lambda: 0.0
        # A process that was killed may have left notices behind: forgotten at the first calm look.
        self._has_told = True

    def watch_line(self, age: Callable[[], float]) -> None:
        """Look at a worker's line as well: `age` tells how long its first has waited."""
        self._line_age = age

    def snapshot(self) -> Snapshot:
        """What was seen last, without looking."""
        return self._seen

    async def look(self) -> Snapshot:
        """What is to be seen now, or was within the last second."""
        if self._time() >= self._next_look:
            # Set first: who asks while we look takes what was seen last.
            self._next_look = self._time() + self._look_every
            await self._look()
        return self._seen

    async def admit(self) -> None:
        """Before anything of a message is stored. Raises: Overloaded, which says when to come
        again."""
        await self.look()
        self.admit_by_last_look()

    def admit_by_last_look(self) -> None:
        """The same without looking, for within a transaction. Raises: Overloaded."""
        if self._seen.level is Level.OVERLOADED:
            raise Overloaded(
                "overloaded",
                "too many messages wait; this one was not taken, send it again later",
                params={"retry_after": self._thresholds.retry_after},
            )

    def tell_once(self, tx: Tx, conversation_id: str) -> bool:
        """In the transaction that accepts a message: tell its customer that it is safe and that
        answers take longer, once until it is calm again; True if he was told now. People answer at
        their own pace."""
        if self._seen.level is Level.CALM:
            return False
        if conversations.get_conversation(tx, conversation_id).status != "bot":
            return False
        self._has_told = True
        if not live_repository.note_busy(tx, conversation_id):
            return False
        self._notifier.tell(tx, conversation_id, "system.busy", {})
        return True

    async def _look(self) -> None:
        limits = self._thresholds
        found = await self._db.read(backlog.look, TURN, most=limits.refuse_depth)
        found = replace(found, age=max(found.age, self._line_age()))
        level = self._level(found)
        if level is not self._seen.level:
            log.warning("turns wait %.0f s, %d of them: %s", found.age, found.depth, level)
        self._seen = Snapshot(found.age, found.depth, level)
        if self._has_told and found.age < limits.busy_after / 2:
            self._has_told = False
            await self._db.tx(live_repository.forget_busy)

    def _level(self, found: backlog.Backlog) -> Level:
        limits = self._thresholds
        if found.age >= limits.refuse_after or found.depth >= limits.refuse_depth:
            return Level.OVERLOADED
        stays_busy = self._seen.level is not Level.CALM and found.age >= limits.busy_after / 2
        return Level.BUSY if found.age >= limits.busy_after or stays_busy else Level.CALM
