"""A real service in a child process that can be killed at any moment and comes back at once.

The children are forked from a helper process that has imported everything already: a restart
costs a fraction of a second, so that many kills fit into a test. What is killed is a whole
process, with SIGKILL: nothing of it gets to say goodbye.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import time
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from typing import Any

import httpx

CONTEXT: ForkServerContext = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["backend.app", "backend.house", "backend.serve", "uvicorn", "websockets"]
)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_service(settings: dict[str, Any], port: int) -> None:
    """The child's whole life: the same code as `aftercare all`."""
    from backend.serve import serve
    from backend.settings import Settings

    serve(Settings(**settings), "127.0.0.1", port, works=True)


@dataclass
class KillableService:
    """Starts, kills and restarts the service on one port."""

    settings: dict[str, Any]
    port: int = field(default_factory=free_port)
    kills: int = 0
    _process: BaseProcess | None = None

    @property
    def base(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Fork a fresh one."""
        self._process = CONTEXT.Process(
            target=run_service, args=(self.settings, self.port), daemon=True
        )
        self._process.start()

    def kill(self) -> None:
        """SIGKILL, in the middle of whatever it does."""
        if self._process is not None and self._process.is_alive():
            self._process.kill()
            self._process.join()
            self.kills += 1

    def stop(self) -> None:
        """SIGTERM and wait."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join(15)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()

    async def until_ready(self, patience: float = 30) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + patience
        async with httpx.AsyncClient() as client:
            while time.monotonic() < deadline:
                try:
                    answer = await client.get(f"{self.base}/api/v1/health/ready", timeout=2)
                    if answer.status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)
        raise TimeoutError("the service does not come up")
