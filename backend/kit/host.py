"""How this process is told from others, on this machine and elsewhere."""

from __future__ import annotations

import os
import socket


def host_name() -> str:
    """This machine's name: its end, where names that a scheduler makes differ."""
    return socket.gethostname()[-40:]


def process_name() -> str:
    """This process's name among all."""
    return f"{host_name()}:{os.getpid()}"
