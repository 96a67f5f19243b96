"""The embedded form: one service a data folder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FolderInUse(Exception):
    """Another service works on this folder."""


@contextmanager
def only_service_in(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; the kernel lets go when it dies, however it dies.

    Who holds it knows that every running job of the SQLite database is an orphan.
    Raises: FolderInUse.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "service.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise FolderInUse(f"another Aftercare service is running on {folder}") from error
        yield
