"""The service's real processes, that can be killed at any moment and come back at once.

They are forked from a helper process that has imported everything already: a restart costs a
fraction of a second, so that many kills fit into a campaign. What is killed is a whole process,
with SIGKILL: nothing of it gets to say goodbye. A supervisor starts again whatever ended.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal

import aiohttp

from tests.support.process import free_port

CONTEXT: ForkServerContext = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        "asyncpg",
        "bot.channels.telegram",
        "sqlalchemy.ext.asyncio",
        "uvicorn",
        "uvicorn.lifespan.on",
        "uvicorn.loops.auto",
        "uvicorn.protocols.http.auto",
        "uvicorn.protocols.websockets.auto",
        "tests.chaos.warm",
    ]
)

READY_WITHIN = 10.0
"""Seconds one answer may take: it waits in the queue of hundreds of customers who came back."""

Role = Literal["all", "web", "worker"]
FORM: Mapping[str, Sequence[Role]] = {
    "sqlite": ("all",),
    "postgres": ("web", "web", "worker", "worker"),
}
"""Which processes the service is made of, by database."""


def run_member(settings: dict[str, Any], role: Role, port: int, log: str) -> None:
    """A child's whole life: the same code as `aftercare all`, `web` or `worker`."""
    from backend.serve import serve, work
    from backend.settings import Settings

    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(output, 1)
    os.dup2(output, 2)
    chosen = Settings(_env_file=None, **settings)
    if role == "worker":
        work(chosen)
    else:
        serve(chosen, "127.0.0.1", port, works=role == "all")


@dataclass
class Member:
    """One process of the service, by its name: web1, worker2 …"""

    name: str
    role: Role
    port: int
    process: BaseProcess | None = None
    starts: int = 0
    wanted: bool = True
    """Whether the supervisor starts it again."""

    @property
    def base(self) -> str:
        """Where it answers, if it does."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """Its process, while that lives."""
        alive = self.process is not None and self.process.is_alive()
        return self.process.pid if self.process is not None and alive else None


@dataclass
class Fleet:
    """All processes of one service, and the supervisor that keeps them running."""

    settings: dict[str, Any]
    form: Sequence[Role]
    logs: Path
    members: list[Member] = field(default_factory=list)
    kills: int = 0
    fell: int = 0
    """How many ended by themselves: their database was away while they started."""
    _watch: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        for number, role in enumerate(self.form, 1):
            self.members.append(Member(f"{role}{number}", role, free_port()))

    @property
    def bases(self) -> list[str]:
        """Where the web processes answer."""
        return [one.base for one in self.members if one.role != "worker"]

    async def start(self) -> None:
        """Start everything, wait until it answers, and keep it running."""
        for member in self.members:
            self._start(member)
        self._watch = asyncio.create_task(self._supervise())
        await self.until_ready()

    async def stop(self) -> None:
        """SIGTERM to all; whoever does not leave in time is killed."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        for member in self.members:
            member.wanted = False
            if member.process is not None:
                member.process.terminate()
        for member in self.members:
            if member.process is not None:
                await asyncio.to_thread(member.process.join, 15)
                if member.process.is_alive():
                    member.process.kill()
                    await asyncio.to_thread(member.process.join)

    async def kill(self, member: Member) -> None:
        """SIGKILL, in the middle of whatever it does; a fresh one follows at once."""
        process = member.process
        if process is None or member.pid is None:
            return
        member.wanted = False
        process.kill()
        await asyncio.to_thread(process.join)
        self.kills += 1
        member.wanted = True
        self._start(member)

    async def freeze(self, member: Member, seconds: float) -> None:
        """SIGSTOP: to everybody else it looks dead, but it comes back and goes on."""
        pid = member.pid
        if pid is None:
            return
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            os.kill(pid, signal.SIGCONT)

    async def until_ready(self, patience: float = 120) -> None:
        """Wait until every web process answers that it is ready. Raises: TimeoutError."""
        async with aiohttp.ClientSession() as http, asyncio.timeout(patience):
            for base in self.bases:
                while not await _is_ready(http, base):  # noqa: ASYNC110 (nothing else tells)
                    await asyncio.sleep(0.02)

    def _start(self, member: Member) -> None:
        member.starts += 1
        log = str(self.logs / f"{member.name}.log")
        member.process = CONTEXT.Process(
            target=run_member, args=(self.settings, member.role, member.port, log), daemon=True
        )
        member.process.start()

    async def _supervise(self) -> None:
        while True:
            await asyncio.sleep(0.2)
            for member in self.members:
                if member.wanted and member.process is not None and member.pid is None:
                    self.fell += 1
                    self._start(member)


async def _is_ready(http: aiohttp.ClientSession, base: str) -> bool:
    try:
        url, wait = f"{base}/api/v1/health/ready", aiohttp.ClientTimeout(total=READY_WITHIN)
        async with http.get(url, timeout=wait) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False
