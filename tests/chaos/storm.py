"""The faults of a campaign: each is done to the live service, noted with its time, and undone."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import subprocess
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from tests.chaos.fleet import Fleet, Member
from tests.chaos.phone import Progress
from tests.chaos.plan import Plan
from tests.chaos.record import Fault, Record, now
from tests.chaos.servers import Postgres, Restartable

DISK_FULL_SECONDS = 1.5
REDIS_AWAY_SECONDS = 3.0
LOCKED_SECONDS = 0.8


@dataclass
class Storm:
    """Does a plan's faults one after another while customers write.

    `lease` is how long a job's lease lasts; a frozen process stays away for longer than that.
    """

    plan: Plan
    fleet: Fleet
    redis: Restartable[str]
    postgres: Postgres | None
    data: Path
    record: Record
    progress: Progress
    lease: float
    seconds: float = 0.0
    """How long it raged."""
    planned: int = 0
    done: int = 0

    def __post_init__(self) -> None:
        self._rng = random.Random(f"weather {self.plan.seed}")
        self._beside: set[asyncio.Task[None]] = set()

    async def rage(self) -> None:
        """All of it; the service runs whole again afterwards."""
        faults: dict[str, Callable[[], Awaitable[None]]] = {
            "kill": self._kill,
            "freeze": self._freeze,
            "cut_connections": self._cut_connections,
            "crash_database": self._crash_database,
            "lock_database": self._lock_database,
            "stop_redis": self._stop_redis,
            "fill_disk": self._fill_disk,
        }
        began = time.monotonic()
        storm = self.plan.storm()
        self.planned = len(storm)
        for fault in storm:
            await self._a_while()
            await faults[fault]()
            self.done += 1
        await asyncio.gather(*self._beside)
        self.seconds = time.monotonic() - began
        await self.fleet.until_ready()

    async def _a_while(self) -> None:
        """Some steps of the customers, however fast the machine is today, and a moment more, so
        that the fault falls into whatever is under way. One process alone is let come up first,
        mostly: a service that is never up proves nothing."""
        alone = len(self.fleet.members) == 1
        if alone and self._rng.random() < 0.9:
            await self.fleet.until_ready()
        steps = self._rng.randint(0, self.plan.steps)
        await self.progress.further(steps, patience=self.plan.longest_calm)
        await asyncio.sleep(self._rng.uniform(0, 0.1))

    async def _kill(self) -> None:
        victim = self._rng.choice(self.fleet.members)
        at = now()
        await self.fleet.kill(victim)
        self._note("kill", victim.name, at)

    async def _freeze(self) -> None:
        """Beside the others: a worker thought dead, whose jobs are taken over, comes back."""
        workers = [one for one in self.fleet.members if one.role == "worker"]
        victim, seconds = self._rng.choice(workers), self.lease * self._rng.uniform(1.2, 2.5)

        async def freeze(member: Member) -> None:
            at = now()
            with contextlib.suppress(ProcessLookupError):  # killed while it was frozen
                await self.fleet.freeze(member, seconds)
            self._note("freeze", member.name, at)

        self._at_the_same_time(freeze(victim))

    async def _cut_connections(self) -> None:
        assert self.postgres is not None
        at = now()
        with contextlib.suppress(OSError, asyncpg.PostgresError):  # it is down already
            pids = await self.postgres.service_pids()
            some = [pid for pid in pids if self._rng.random() < 0.6]
            await self.postgres.cut(some)
            self._note("cut_connections", f"{len(some)} of {len(pids)}", at)

    async def _crash_database(self) -> None:
        assert self.postgres is not None
        at = now()
        await self.postgres.crash()
        await asyncio.sleep(self._rng.uniform(0, 1))
        await self.postgres.start()
        self._note("crash_database", "postgres", at)

    async def _lock_database(self) -> None:
        """Somebody else, a backup say, holds the file's write lock."""
        at = now()

        def hold() -> None:
            with contextlib.closing(sqlite3.connect(self.data / "aftercare.db", timeout=5)) as file:
                file.isolation_level = None
                with contextlib.suppress(sqlite3.OperationalError):  # never got it
                    file.execute("BEGIN IMMEDIATE")
                    time.sleep(LOCKED_SECONDS)
                    file.execute("ROLLBACK")

        await asyncio.to_thread(hold)
        self._note("lock_database", "sqlite", at)

    async def _stop_redis(self) -> None:
        async def away() -> None:
            at = now()
            await self.redis.stop()
            await asyncio.sleep(REDIS_AWAY_SECONDS)
            await self.redis.start()
            self._note("stop_redis", "redis", at)

        if not any(task.get_name() == "redis" for task in self._beside):
            self._at_the_same_time(away(), name="redis")

    async def _fill_disk(self) -> None:
        """No file grows any more: the service's, on Postgres the server's too.

        The limit on a process's file sizes makes every write beyond it fail, as a full disk does
        (with EFBIG in the place of ENOSPC), for these processes only.
        """
        await self.fleet.until_ready()
        at = now()
        pids = [member.pid for member in self.fleet.members if member.pid is not None]
        if self.postgres is not None:
            pids += await self.postgres.service_pids()
        await asyncio.to_thread(_limit_files, pids, "0")
        await asyncio.sleep(DISK_FULL_SECONDS)
        await asyncio.to_thread(_limit_files, pids, "unlimited")
        self._note("fill_disk", f"{len(pids)} processes", at)

    def _note(self, kind: str, target: str, at: float) -> None:
        self.record.faults.append(Fault(kind, target, at, now()))

    def _at_the_same_time(self, doing: Awaitable[None], name: str | None = None) -> None:
        async def do() -> None:
            await doing

        task = asyncio.create_task(do(), name=name)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)


def _limit_files(pids: Sequence[int], size: str) -> None:
    """The largest file these processes may write, in bytes or `unlimited`."""
    for pid in pids:
        with contextlib.suppress(FileNotFoundError):  # it ended meanwhile
            owner = Path(f"/proc/{pid}").stat()
            # Limits are for a process's own user to change: the server has one of its own.
            subprocess.run(
                ["prlimit", f"--pid={pid}", f"--fsize={size}:"],  # noqa: S607
                user=owner.st_uid,
                group=owner.st_gid,
                extra_groups=[],
                check=False,
                capture_output=True,
            )
