"""Runs one server and stops it when the one who started it is gone, however he went.

    python -I -S guard.py UID GID COMMAND...

Whoever starts the guard holds the other end of its standard input. That end closes when he closes
it or dies, even by SIGKILL; the guard then stops the server. UID and GID, if not `-`, are the
account the server runs as: Postgres refuses to run as root. The guard's exit code is the server's.
"""

import os
import signal
import subprocess
import sys
import threading
from typing import Any

GRACE_SECONDS = 10


def main(uid: str, gid: str, *command: str) -> None:
    account: dict[str, Any] = {}
    if uid != "-":
        account = {"user": int(uid), "group": int(gid), "extra_groups": []}
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, **account)

    def leave_with_server() -> None:
        os._exit(server.wait() & 0xFF)

    threading.Thread(target=leave_with_server, daemon=True).start()
    sys.stdin.buffer.read()
    server.send_signal(signal.SIGINT)  # Postgres calls it fast shutdown; Redis exits on it as well
    try:
        server.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
