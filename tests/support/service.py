"""The service as an operator starts it: one process on a folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from backend.probe import probe_web
from tests.support.process import free_port

COMMAND = [sys.executable, "-c", "from backend.cli import main; main()"]
DRAIN = 12.0


@dataclass
class Service:
    """`aftercare all` on a folder of its own."""

    data: Path
    environment: dict[str, str] = field(default_factory=dict)
    role: str = "all"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data.with_suffix(".log")

    @contextmanager
    def running(self) -> Iterator[Service]:
        """Up and ready; killed at the end if it is still there."""
        given = {
            "AFTERCARE_DRAIN_SECONDS": str(DRAIN),
            "AFTERCARE_VISITOR_RATE": "10000/minute",
            "AFTERCARE_MESSAGE_RATE": "100000/minute",
            # Without the second that the encoder takes to load.
            "AFTERCARE_UNDERSTANDING": "rules",
            **self.environment,
        }
        port = ["--port", str(self.port)] if self.role != "worker" else []
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*COMMAND, self.role, *port, "--data", str(self.data)],
                env={**os.environ, **given},
                stdout=output,
                stderr=output,
            )
        try:
            yield self
        finally:
            self.process.kill()
            self.process.wait()

    def wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not holds():
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def wait_until_ready(self) -> None:
        self.wait_until(lambda: probe_web(self.url).well)

    def terminate(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)

    def exit_code(self) -> int:
        """How it ended, within its limit (and some patience with a busy machine)."""
        assert self.process is not None
        return self.process.wait(DRAIN + 3)
