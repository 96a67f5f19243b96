"""What kinds of jobs there are to a worker: how each is worked, tried again and given up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from backend.kit.db import Tx
from backend.kit.jobs.queue import Job

Handler = Callable[[Job], Awaitable[bool]]
"""Does the work. True: it called `finish(tx, job)` in the transaction of its effect. False: the
worker is to finish the job (it had no effect in the database, or one that may repeat)."""

OnDead = Callable[[Tx, Job, str], None]
"""What else happens in the transaction that buries a job."""


@dataclass(frozen=True, slots=True)
class Revival:
    """What to try a dead letter of a kind again takes besides its job, given its payload.

    `refusal`: a code for why it would be in vain, None if it is not; as of now, to be shown.
    `revive`: what else happens in the transaction that puts it back, if that is not in vain: it
    asks again once it holds the locks by which nobody can change that, and returns the code.
    """

    refusal: Callable[[Tx, Mapping[str, Any]], str | None]
    revive: Callable[[Tx, Mapping[str, Any]], str | None]


class Retry(Exception):
    """A handler asks for another try, after `after` seconds if it knows; counts as an attempt
    unless `free` (the other side told us to wait)."""

    def __init__(self, reason: str, *, after: float | None = None, free: bool = False) -> None:
        super().__init__(reason)
        self.after = after
        self.free = free


@dataclass(frozen=True, slots=True)
class JobKind:
    """How jobs of one kind are worked: back-off is `first_retry` seconds doubled each time, up to
    `longest_retry`; after `attempts` that failed it is buried."""

    handler: Handler
    attempts: int = 10
    first_retry: float = 1.0
    longest_retry: float = 300.0
    on_dead: OnDead | None = None
    revival: Revival | None = None

    def backoff(self, failures: int) -> float:
        """Seconds before the next try, after so many that failed."""
        return float(min(self.longest_retry, self.first_retry * 2 ** min(failures - 1, 20)))


@dataclass(frozen=True, slots=True)
class Cron:
    """A job enqueued at each tick of `schedule` (five fields, UTC), once for all processes."""

    kind: str
    schedule: str
