"""Start a server process for a test so that it never outlives the test."""

import contextlib
import itertools
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

GUARD = Path(__file__).with_name("guard.py")
# Like the guard it waits for the end of its input. After a kill the server needs a moment to stop.
REMOVE_AT_END = 'cat; for try in 1 2 3 4 5; do rm -rf "$1" 2>/dev/null && exit; sleep 2; done'
START_SECONDS = 30
STOP_SECONDS = 20

Account = tuple[int, int]
"""User id and group id a server runs as."""


class ServerFailed(Exception):
    """A server did not start; the message ends with its log."""


@contextmanager
def guarded(
    command: Sequence[str | Path], log: Path, account: Account | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `command`, its output going to `log`, until the block is left or this process dies."""
    uid, gid = account or ("-", "-")
    with log.open("ab") as output:
        guard = subprocess.Popen(
            [sys.executable, "-I", "-S", GUARD, str(uid), str(gid), *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            # Out of the terminal's reach: Ctrl-C is for the tests, which then stop the server.
            start_new_session=True,
        )
    try:
        yield guard
    finally:
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait(STOP_SECONDS)


def wait_until_ready(
    guard: "subprocess.Popen[bytes]", ready: Callable[[], bool], log: Path
) -> None:
    """Return when `ready` says so; raise ServerFailed if the server ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if guard.poll() is not None:
            raise ServerFailed(f"The server ended with {guard.returncode}:\n{tail(log)}")
        if time.monotonic() > deadline:
            raise ServerFailed(f"The server was not ready in {START_SECONDS} s:\n{tail(log)}")
        time.sleep(0.01)


def tail(log: Path, lines: int = 30) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def free_port() -> int:
    """A TCP port of the loopback that was free a moment ago.

    Below those that outgoing connections take, and in a range of this test process's own: nobody
    else of ours takes it before the server that it is for.
    """
    worker = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 9) % 10
    while True:
        port = 10_000 + 2_000 * worker + next(_ports) % 2_000
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


_ports = itertools.count(secrets.randbelow(2_000))


@contextmanager
def server_folder() -> Iterator[Path]:
    """A temporary folder which an unprivileged account can reach too; it never outlives the test.

    pytest's tmp_path is closed to everybody else, so as root Postgres could not work in there.
    """
    folder = Path(tempfile.mkdtemp(prefix="aftercare-"))
    folder.chmod(0o711)
    remover = subprocess.Popen(
        ["/bin/sh", "-c", REMOVE_AT_END, "sh", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield folder
    finally:
        remover.communicate()
