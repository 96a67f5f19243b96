"""The loop that claims jobs and runs their handlers, many at a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from croniter import croniter
from sqlalchemy.exc import DBAPIError

from backend.kit.clock import Clock
from backend.kit.db import Database, Hint, Tx
from backend.kit.errors import is_database_away
from backend.kit.host import process_name
from backend.kit.jobs import queue
from backend.kit.jobs.claiming import TURN, Room, claim, claim_for
from backend.kit.jobs.kinds import Cron, JobKind, Retry
from backend.kit.jobs.queue import Job, LostLease

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds the first in a worker's own line may wait before no more are put in it."""


LOST = 50
"""Claims in a row that nobody ended after which a job is buried: by then it has rested for most of
an hour in between, and other jobs were done."""


@dataclass(frozen=True, slots=True)
class Hand:
    """A free hand of a worker in this process: whom a job may be given to as it is enqueued, for
    `lease` seconds from when the hand was asked for (`ends`, by this machine's clock)."""

    owner: str
    lease: float
    ends: float


@dataclass(slots=True)
class Worker:
    """Works the job table until told to stop.

    `concurrency`: claimed jobs at a time, and as many again that were given to it as they were
    enqueued; of those, up to `line` more wait here for their turn, in order. Neither can starve the
    other. Of the claimed, a quarter of the hands is for turns alone, and no lane (a channel
    account, say) gets more than a quarter: one that hangs holds up its own. `lease`: seconds until
    a job of a dead worker is taken over. `poll`: seconds between looks when nothing wakes it.
    """

    db: Database
    clock: Clock
    kinds: Mapping[str, JobKind]
    crons: Iterable[Cron] = ()
    concurrency: int = 16
    line: int = 240
    lease: float = 30.0
    poll: float = 1.0
    owner: str = field(default_factory=lambda: f"{process_name()}:{secrets.token_hex(3)}")
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False
    _running: dict[int, tuple[Job, asyncio.Task[None]]] = field(default_factory=dict)
    _given: dict[int, tuple[Job, asyncio.Task[None]]] = field(default_factory=dict)
    _in_line: dict[int, tuple[Job, datetime]] = field(default_factory=dict)
    _cut_off: list[Job] = field(default_factory=list)
    _putting_back: asyncio.Task[None] | None = None
    _gate: asyncio.Semaphore = field(init=False)
    _works: bool = False
    _left_some: bool = False

    def __post_init__(self) -> None:
        self._gate = asyncio.Semaphore(self.concurrency)  # lets wait in order
        self.db.listen(self._told)

    def _told(self, hints: Iterable[Hint]) -> None:
        if any(hint.topic == queue.TOPIC for hint in hints):
            self._wake.set()

    async def run(self) -> None:
        """Work until `stop`; then let the running jobs end."""
        beat = asyncio.create_task(self._keep_leases())
        cron = asyncio.create_task(self._tick_crons())
        self._works = True
        try:
            while not self._stopping:
                self._wake.clear()
                if not await self._claim_some():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), self.poll)
        finally:
            self._works = False
            try:
                await asyncio.gather(*self._tasks(), return_exceptions=True)
                if self._putting_back is not None:
                    await self._putting_back
            finally:
                for task in (beat, cron):
                    task.cancel()
                await asyncio.gather(beat, cron, return_exceptions=True)

    def free_hand(self) -> Hand | None:
        """Somebody to give a job to, while this worker works and its line is short and moves: what
        it can't do soon is for whoever has time, in other processes too."""
        has_room = len(self._given) < self.concurrency + self.line
        if self._works and not self._stopping and has_room and self.line_age() < PATIENCE:
            return Hand(self.owner, self.lease, time.monotonic() + self.lease)
        return None

    def begin(self, job: Job) -> asyncio.Task[None]:
        """Work a job that was enqueued for a free hand of ours, after its commit.

        The task ends with the job, however that ends; it never raises.
        """
        task = asyncio.create_task(self._work_in_turn(job))
        self._given[job.id] = job, task
        task.add_done_callback(lambda _: self._given.pop(job.id, None))
        return task

    async def _work_in_turn(self, job: Job) -> None:
        if self._stopping:
            return await self._put_back([job])
        self._in_line[job.id] = job, self.clock.now()
        try:
            await self._gate.acquire()
        except asyncio.CancelledError:
            if not self._stopping:
                raise
            return None  # `stop` puts it back
        finally:
            self._in_line.pop(job.id, None)
        try:
            await self._work(job)
        finally:
            self._gate.release()
        return None

    @property
    def has_no_line(self) -> bool:
        """Whether this worker works and nobody waits for one of its hands."""
        return self._works and not self._stopping and not self._in_line

    def line_age(self) -> float:
        """Seconds for which the first in line has waited; 0.0 if nobody does. The job table does
        not tell: to it they run."""
        first = next(iter(self._in_line.values()), None)
        return 0.0 if first is None else max(0.0, (self.clock.now() - first[1]).total_seconds())

    def stop(self) -> None:
        """Take no more jobs, and put back at once those in line: others have time for them."""
        self._wake.set()
        if self._stopping:
            return
        self._stopping = True
        in_line = [job for job, _since in self._in_line.values()]
        for job in in_line:
            self._given[job.id][1].cancel()
        if in_line:
            self._putting_back = asyncio.create_task(self._put_back(in_line))

    async def let_go(self) -> None:
        """Put back the jobs that were cut off: call it when `run` was cancelled, and has ended."""
        if self._putting_back is not None:
            await self._putting_back
        await self._put_back(self._cut_off)

    async def _put_back(self, jobs: Sequence[Job]) -> None:
        if not jobs:
            return
        try:
            await self.db.tx(queue.release, jobs)
        except Exception as error:  # their leases run out
            _log_failure(error, f"cannot put {len(jobs)} jobs back")

    async def run_until_idle(self) -> int:
        """Work all that is due now, also what that leads to; for tests and one-shot commands."""
        done = 0
        while True:
            jobs = await self.db.tx(claim, self.owner, limit=self.concurrency, lease=self.lease)
            if not jobs:
                return done
            await asyncio.gather(*(self._work(job) for job in jobs))
            done += len(jobs)

    async def _claim_some(self) -> bool:
        """Claim as many jobs as there are free hands. True: look again at once."""
        room = self._room()
        self._left_some = True
        if room.limit <= 0:
            running = [task for _job, task in self._running.values()]
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            return True
        try:
            claimed = await self.db.tx(claim_for, self.owner, room, self.lease)
        except Exception as error:  # nothing is lost, look again after a moment
            _log_failure(error, "cannot claim jobs")
            await asyncio.sleep(self.poll)
            return False
        if self._stopping:
            await self._put_back(claimed.jobs)
            return False
        for job in claimed.jobs:
            task = asyncio.create_task(self._work(job))
            self._running[job.id] = job, task
            task.add_done_callback(partial(self._ended, job.id))
        self._left_some = claimed.more
        return len(claimed.jobs) == room.limit

    def _room(self) -> Room:
        """The hands that are free."""
        share = max(1, self.concurrency // 4)
        running = [job for job, _task in self._running.values()]
        urgent = sum(job.kind != TURN for job in running)
        return Room(
            limit=self.concurrency - len(running),
            urgent=max(0, max(1, self.concurrency - share) - urgent),
            of_lane=share,
            busy=Counter(job.lane for job in running if job.lane is not None),
        )

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [task for _job, task in (*self._running.values(), *self._given.values())]

    def _ended(self, job_id: int, task: asyncio.Task[None]) -> None:
        # A job whose lease was lost may have been claimed again by this very worker.
        if self._running.get(job_id, (None, None))[1] is task:
            del self._running[job_id]
        if self._left_some:
            self._wake.set()

    async def _work(self, job: Job) -> None:
        """Run one job to its end: done, put back, or buried. Raises nothing but a cancellation."""
        try:
            await self._try(job)
        except asyncio.CancelledError:
            self._cut_off.append(job)
            raise

    async def _try(self, job: Job) -> None:
        try:
            kind = self.kinds[job.kind]
        except KeyError:
            await self._settle(job, JobKind(_unknown, attempts=1), f"no handler for {job.kind}")
            return
        try:
            job.lease.check()  # it may have waited in line
            if job.lost >= LOST:
                await self._settle(job, kind, "whoever began it died of it", hopeless=True)
                return
            if not await kind.handler(job):
                await self.db.tx(queue.finish, job)
        except LostLease:
            log.warning("lost the lease of job %s %s", job.kind, job.id)
        except Retry as again:
            await self._settle(job, kind, str(again), after=again.after, free=again.free)
        except Exception as error:  # a handler's bug must not stop the others: kept as the reason
            away = is_database_away(error)
            _log_failure(error, f"job {job.kind} {job.id} failed")
            await self._settle(job, kind, _reason(error), free=away)

    async def _settle(
        self,
        job: Job,
        kind: JobKind,
        error: str,
        *,
        after: float | None = None,
        free: bool = False,
        hopeless: bool = False,
    ) -> None:
        def put_back_or_bury(tx: Tx) -> None:
            failures = job.failures + 1
            if hopeless or (failures >= kind.attempts and not free):
                queue.bury(tx, job, error=error)
                if kind.on_dead is not None:
                    kind.on_dead(tx, job, error)
            else:
                delay = after if after is not None else kind.backoff(failures)
                queue.retry(tx, job, after=delay, error=error, free=free)

        try:
            await self.db.tx(put_back_or_bury)
        except LostLease:
            log.warning("lost the lease of job %s %s", job.kind, job.id)
        except Exception as failure:  # its lease runs out and another worker takes it
            _log_failure(failure, f"cannot settle job {job.kind} {job.id}")

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self.lease / 3)
            jobs = {job.id: job for job, _task in (*self._running.values(), *self._given.values())}
            if jobs:
                ends = time.monotonic() + self.lease
                try:
                    kept = await self.db.tx_apart(queue.heartbeat, jobs.values(), self.lease)
                except Exception as error:  # fencing protects what a lost lease would endanger
                    _log_failure(error, "cannot keep leases")
                    continue
                for job_id in kept:
                    jobs[job_id].lease.ends = ends

    async def _tick_crons(self) -> None:
        while True:
            try:
                await self.db.tx(self.enqueue_crons)
            except Exception as error:  # the next tick looks back, none is missed
                _log_failure(error, "cannot enqueue cron jobs")
            await asyncio.sleep(20)

    def enqueue_crons(self, tx: Tx) -> None:
        """Enqueue the latest tick of each cron; the unique key lets only one process do it."""
        for cron in self.crons:
            tick: datetime = croniter(cron.schedule, self.clock.now()).get_prev(datetime)
            uniq = f"cron:{cron.kind}:{tick:%Y%m%dT%H%M}"
            queue.enqueue(tx, cron.kind, {"tick": tick.isoformat()}, uniq=uniq)


async def _unknown(job: Job) -> bool:
    raise Retry(f"no handler for {job.kind}")


def _log_failure(error: Exception, what: str) -> None:
    """A traceback says nothing of a database that is away, and would come every second."""
    if is_database_away(error):
        log.warning("%s: the database is away", what)
    else:
        log.error(what, exc_info=error)


def _reason(error: Exception) -> str:
    """What is kept of a failure. A database's own words may quote a row: only its code is kept."""
    if isinstance(error, DBAPIError):
        return f"{type(error).__name__} {getattr(error.orig, 'sqlstate', None) or ''}".strip()
    return f"{type(error).__name__}: {error}"
