"""Processes, queue and dead letters as the API shows them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from backend.operations.repository import DeadLetter
from backend.operations.service import SEEN_WITHIN, Overview


class KindOut(BaseModel):
    """Jobs of one kind. `oldest_seconds`: how long the oldest that could run has been due."""

    kind: str
    waiting: int
    running: int
    dead: int
    oldest_seconds: float


class ProcessOut(BaseModel):
    """`role`: all, web, worker. `alive`: it told so lately."""

    name: str
    role: str
    version: str
    started_at: datetime
    seen_at: datetime
    alive: bool


class SystemOut(BaseModel):
    """The installation at a glance."""

    version: str
    workers_alive: int
    queue: list[KindOut]
    processes: list[ProcessOut]


class DeadLetterOut(BaseModel):
    """A job that was given up; `last_error` is why. `refusal`: why it can't be tried again:
    answered_by_person, with_people, conversation_closed, nothing_waits; null if it can."""

    id: int
    kind: str
    key: str | None
    attempt: int
    created_at: datetime
    finished_at: datetime | None
    last_error: str | None
    refusal: str | None


class DeadLetterList(BaseModel):
    """The newest ones."""

    items: list[DeadLetterOut]


def system_out(found: Overview, version: str) -> SystemOut:
    """The overview."""
    return SystemOut(
        version=version,
        workers_alive=found.workers_alive,
        queue=[
            KindOut(
                kind=one.kind,
                waiting=one.waiting,
                running=one.running,
                dead=one.dead,
                oldest_seconds=round(one.age, 1),
            )
            for one in found.kinds
        ],
        processes=[
            ProcessOut(
                name=one.name,
                role=one.role,
                version=one.version,
                started_at=one.started_at,
                seen_at=one.seen_at,
                alive=one.seconds <= SEEN_WITHIN,
            )
            for one in found.processes
        ],
    )


def dead_letter_out(found: DeadLetter, refusal: str | None) -> DeadLetterOut:
    """One of them."""
    shown = {name: getattr(found, name) for name in DeadLetterOut.model_fields if name != "refusal"}
    return DeadLetterOut(**shown, refusal=refusal)
