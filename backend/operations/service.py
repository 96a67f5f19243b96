"""What runs, what waits and what is stuck, for the people who look after it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from backend.audit import service as audit
from backend.kit.actor import Actor, Role, require
from backend.kit.db import Database, Tx
from backend.kit.errors import Conflict, NotFound
from backend.kit.host import process_name
from backend.kit.jobs import backlog, listing
from backend.kit.jobs.kinds import JobKind, Revival
from backend.operations import repository
from backend.operations.repository import DeadLetter, Process

log = logging.getLogger(__name__)
BEAT_EVERY = 10.0
SEEN_WITHIN = 35.0
"""Seconds after which a process that told nothing counts as gone: three beats."""
FORGOTTEN_AFTER = 86_400.0
REFUSALS = {
    "answered_by_person": "a person has answered since",
    "with_people": "people have the conversation for another reason",
    "conversation_closed": "the conversation is closed",
    "nothing_waits": "every message of the conversation was answered",
}
"""Why a dead letter can't be tried again."""
WORKING = ("all", "worker")
"""The roles that work jobs."""


@dataclass(frozen=True, slots=True)
class KindCount:
    """The jobs of one kind. `age`: seconds the oldest that could run has been due."""

    kind: str
    waiting: int
    running: int
    dead: int
    age: float


@dataclass(frozen=True, slots=True)
class Overview:
    """The installation at a glance."""

    kinds: Sequence[KindCount]
    processes: Sequence[Process]

    @property
    def workers_alive(self) -> int:
        """How many processes work jobs."""
        return sum(is_working(process) for process in self.processes)


def is_working(process: Process) -> bool:
    """Whether jobs are worked there now."""
    return process.role in WORKING and process.seconds <= SEEN_WITHIN


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Tells the others that this process lives."""

    db: Database
    role: str
    version: str
    every: float = BEAT_EVERY

    async def start(self) -> None:
        """Appear, and forget who was killed long ago."""
        await self.db.tx(self._beat, starting=True)
        await self.db.tx(repository.forget_silent, FORGOTTEN_AFTER)

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            await asyncio.sleep(self.every)
            try:
                await self.db.tx(self._beat, starting=False)
            except (SQLAlchemyError, OSError) as error:
                # The silence itself tells it; the next beat may get through.
                log.warning("cannot tell that this process lives: %s", type(error).__name__)

    async def leave(self) -> None:
        """Disappear."""
        await self.db.tx(repository.leave, process_name())

    def _beat(self, tx: Tx, *, starting: bool) -> None:
        repository.beat(tx, process_name(), self.role, self.version, starting=starting)


def overview(tx: Tx, actor: Actor, kinds: Iterable[str]) -> Overview:
    """Queue and processes. Raises: Forbidden for less than a supervisor."""
    require(actor, Role.SUPERVISOR)
    return look(tx, kinds)


def look(tx: Tx, kinds: Iterable[str]) -> Overview:
    """The same for the house itself: metrics and health."""
    counted: dict[str, dict[str, int]] = {kind: {} for kind in kinds}
    for count in repository.count_jobs(tx):
        counted.setdefault(count.kind, {})[count.state] = count.number
    found = [
        KindCount(
            kind,
            states.get("new", 0),
            states.get("running", 0),
            states.get("dead", 0),
            backlog.look(tx, kind, most=1).age if states.get("new") else 0.0,
        )
        for kind, states in sorted(counted.items())
    ]
    return Overview(found, repository.processes(tx))


Kinds = Mapping[str, JobKind]


def dead_letters(
    tx: Tx, actor: Actor, kinds: Kinds, limit: int
) -> Sequence[tuple[DeadLetter, str | None]]:
    """What was given up, newest first, each with why it can't be tried again, or None if it can.

    Raises: Forbidden for less than a supervisor.
    """
    require(actor, Role.SUPERVISOR)
    return [(one, _refusal(tx, kinds, one)) for one in repository.dead_letters(tx, limit)]


def replay(tx: Tx, actor: Actor, kinds: Kinds, job_id: int) -> None:
    """Put a dead letter back to work, on record. Raises: Forbidden, NotFound; Conflict if it would
    be in vain."""
    require(actor, Role.SUPERVISOR)
    letter = repository.dead_letter(tx, job_id)
    if letter is None:
        raise NotFound("no_dead_letter", f"job {job_id} is not a dead letter")
    revival = _revival(kinds, letter)
    if revival and (refusal := revival.revive(tx, letter.payload)):
        raise Conflict(refusal, f"to try job {job_id} again is in vain: {REFUSALS[refusal]}")
    if not listing.replay(tx, job_id):
        raise NotFound("no_dead_letter", f"job {job_id} is not a dead letter")
    audit.record(tx, actor, "job.replayed", f"job:{job_id}", {})


def _revival(kinds: Kinds, letter: DeadLetter) -> Revival | None:
    kind = kinds.get(letter.kind)  # a kind that this version does not know any more is put back
    return kind.revival if kind else None


def _refusal(tx: Tx, kinds: Kinds, letter: DeadLetter) -> str | None:
    revival = _revival(kinds, letter)
    return revival.refusal(tx, letter.payload) if revival else None
