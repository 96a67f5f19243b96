"""Where tests keep their files: in memory where there is room.

A commit waits for the disk, and thousands of tests commit: half of their time was that. What they
prove holds on either: a killed process leaves what it has written, and no test cuts the power.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it are made by tempfile, ours alone
ENOUGH = 2_000_000_000
"""Bytes free. A container has 64 MB there unless it is told otherwise."""


def use_memory() -> None:
    """Let this process and those it starts keep temporary files in memory; TMPDIR wins."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free >= ENOUGH:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None
