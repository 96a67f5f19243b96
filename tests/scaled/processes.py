"""The scaled form as operators run it: `aftercare web` and `aftercare worker`, each a process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.support.process import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


@dataclass
class Service:
    """The processes of one installation, by name."""

    environment: Mapping[str, str]
    logs: Path
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    async def start(self, *names: str) -> None:
        """Start them all at once: "web…" gets a port, "worker…" does not."""
        for name in names:
            command = ["worker"]
            if name.startswith("web"):
                self.ports[name] = free_port()
                command = ["web", "--port", str(self.ports[name])]
            with (self.logs / f"{name}.log").open("ab") as log:
                self.running[name] = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "backend.cli",
                    *command,
                    cwd=ROOT,
                    env={**os.environ, **self.environment},
                    stdout=log,
                    stderr=log,
                )

    def base(self, name: str) -> str:
        """Where a web process answers."""
        return f"http://127.0.0.1:{self.ports[name]}"

    async def until_ready(self, *names: str) -> None:
        """Wait until these web processes answer. Raises: TimeoutError, RuntimeError (its log)."""
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient() as client:
            for name in names:
                while not await _answers(client, f"{self.base(name)}/api/v1/health/ready"):
                    if self.running[name].returncode is not None:
                        raise RuntimeError(self.log(name))
                    await asyncio.sleep(0.05)

    async def end(self, name: str, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal one and wait for its end; its exit code."""
        process = self.running.pop(name)
        if process.returncode is None:
            process.send_signal(number)
        return await asyncio.wait_for(process.wait(), PATIENCE)

    async def stop(self) -> None:
        """End all."""
        for process in self.running.values():
            if process.returncode is None:
                process.terminate()
        for process in self.running.values():
            try:
                await asyncio.wait_for(process.wait(), 20)
            except TimeoutError:
                process.kill()
                await process.wait()

    def log(self, name: str) -> str:
        """What it said so far."""
        return (self.logs / f"{name}.log").read_text(errors="replace")


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url, timeout=5)).status_code == 200
    except httpx.TransportError:
        return False
