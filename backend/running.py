"""What runs beside the requests of a process, and how it all comes to an end in time.

The order of an end: readiness goes red and no new job is begun; after the notice no new connection
is taken and sockets are told to go elsewhere (1012); requests and jobs that are under way end. Jobs
that have not begun are put back at once, those that have not ended in time are cut off and put
back: another process takes them. Leases are for who dies without an end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from backend import __version__
from backend.house import House
from backend.kit import logs, memory, metrics, tracing
from backend.kit.db import Tx
from backend.kit.errors import DatabaseAway
from backend.kit.jobs import queue
from backend.kit.jobs.worker import Worker
from backend.migrations.run import head_revision
from backend.operations.service import Heartbeat

log = logging.getLogger(__name__)
CONNECTIONS = 8
"""To the database, opened before anybody asks for one."""
LOADED_AFTER = 0.3
"""Seconds from the start until the language models are loaded in the background."""
MADE_WITHIN = 30.0
"""Seconds that adapters may hold up the start; a database that is away may hold up theirs."""
CLOSING = 2.0
"""Seconds of the limit that are kept for letting go of the database and the rest."""


@dataclass(slots=True)
class Drain:
    """The end of this process: whether it has begun, and how many seconds are left.

    `limit`: for all of it. `notice`: of that, while requests are still taken.
    """

    limit: float
    notice: float = 0.0
    time: Callable[[], float] = time.monotonic
    _until: float = math.inf
    _callbacks: list[Callable[[], None]] = field(default_factory=list)

    @property
    def has_begun(self) -> bool:
        """Whether this process is on its way out."""
        return self._until < math.inf

    def left(self) -> float:
        """Seconds until the limit; 0.0 once it has passed."""
        return max(0.0, self._until - self.time())

    def when_begun(self, callback: Callable[[], None]) -> None:
        """Have `callback` called at the beginning of the end."""
        self._callbacks.append(callback)

    def begin(self) -> None:
        """Begin to end. Repeating it changes nothing."""
        if self.has_begun:
            return
        self._until = self.time() + self.limit
        logs.event(log, "draining", seconds=self.limit)
        for callback in self._callbacks:
            callback()


@asynccontextmanager
async def running(house: House, role: str, drain: Drain) -> AsyncIterator[None]:
    """Within it this process is alive for the others, and works jobs if its role does.

    A worker that fails for good ends the process: `drain` begins.
    """
    # Read now: an update may put newer migrations beside a process that goes on.
    await asyncio.to_thread(head_revision)
    metrics.BUILD.info({"version": __version__, "role": role})
    heartbeat = Heartbeat(house.db, role, __version__)
    await heartbeat.start()
    await _connect_beforehand(house)
    making = asyncio.create_task(_make_adapters(house))
    if not house.settings.is_sqlite:
        # Vendors' libraries take seconds to import, and their first calls would wait for that.
        # Where other processes answer meanwhile, this one has not come up before.
        await asyncio.wait({making}, timeout=MADE_WITHIN)
    beside = [
        asyncio.create_task(heartbeat.run()),
        asyncio.create_task(house.channels.watch.run(house.db)),
        making,
    ]
    if role != "web":
        # Only who takes turns understands messages and answers from articles.
        beside.append(asyncio.create_task(_load_models(house)))
        beside.append(asyncio.create_task(house.articles.keep_fresh()))
    try:
        async with _working(house, drain, making) if role != "web" else contextlib.nullcontext():
            yield
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await _say_goodbye(house, heartbeat)
        await asyncio.to_thread(tracing.shut_down)


async def _connect_beforehand(house: House) -> None:
    """Connections are made now, not while the first customers wait for them."""
    wanted = min(CONNECTIONS, house.settings.pool_size)
    try:
        await asyncio.gather(*(house.db.read(_look) for _ in range(wanted)))
    except DatabaseAway as error:  # a server that is full serves the process with fewer
        log.warning("could not make %s connections beforehand: %s", wanted, error)


def _look(tx: Tx) -> None:
    """Nothing."""


async def _load_models(house: House) -> None:
    """Before the first customer needs them, and after the process answers: two seconds of work."""
    await asyncio.sleep(LOADED_AFTER)
    try:
        await house.load_models()
    except Exception:  # of files or libraries: the first customer's turn tries again, and tells
        log.exception("the language models could not be loaded beforehand")
    memory.keep()


async def _make_adapters(house: House) -> None:
    try:
        await house.channels.make_all(house.db)
    except (SQLAlchemyError, OSError) as error:
        # What was seen is kept and written when the database is back.
        log.warning("cannot write which channels can be used: %s", type(error).__name__)


@asynccontextmanager
async def _working(house: House, drain: Drain, making: asyncio.Task[None]) -> AsyncIterator[None]:
    worker = house.worker()
    if house.settings.is_sqlite:
        # Whoever holds the folder knows that nobody else works on these.
        await house.db.tx(queue.release_all)
    drain.when_begun(worker.stop)
    house.working = worker
    house.pressure.watch_line(worker.line_age)
    task = asyncio.create_task(_work_once(making, worker))
    task.add_done_callback(lambda _: drain.begin())
    try:
        yield
    finally:
        drain.begin()
        await _end(worker, task, drain)


async def _work_once(making: asyncio.Task[None], worker: Worker) -> None:
    """Work once there are adapters: handlers ask for them on the event loop."""
    await asyncio.wait({making}, timeout=MADE_WITHIN)
    await worker.run()


async def _end(worker: Worker, task: asyncio.Task[None], drain: Drain) -> None:
    """Let the running jobs end, as long as there is time. Raises what the worker failed with."""
    worker.stop()
    done, _ = await asyncio.wait({task}, timeout=max(0.0, drain.left() - CLOSING))
    if not done:
        logs.event(log, "jobs cut off", logging.WARNING)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        try:
            async with asyncio.timeout(CLOSING):
                await worker.let_go()
        except TimeoutError:
            logs.event(log, "jobs left to their leases", logging.WARNING)
        return
    await task


async def _say_goodbye(house: House, heartbeat: Heartbeat) -> None:
    try:
        async with asyncio.timeout(CLOSING):
            await house.channels.watch.flush(house.db)
            await heartbeat.leave()
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        # The others find out by its silence.
        log.warning("left without a goodbye: %s", type(error).__name__)
