"""Copies of the embedded form: one file that holds a shop, made while the service runs.

A backup is a tar.gz of what stands in the data folder, and `manifest.json` last: it names each file
with size and SHA-256, so an archive that was cut off is known by its lack of one. The database is
copied first and from one moment; the photos it speaks of were stored before it spoke of them and
never change, so copying them afterwards finds them all.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from backend import __version__
from backend.integrations.payments.registry import DEMO_BOOKS
from backend.kit.errors import Conflict, NotFound

FORMAT = 1
DATABASE = "aftercare.db"
MANIFEST = "manifest.json"
FILES = "files"
DATABASES = (DATABASE, DEMO_BOOKS)
SINGLE = ("secret", "channels.yml")
_ARTICLE = re.compile(r"articles/[a-z]{2,3}(-[A-Za-z]{2,4})?/[a-z0-9]+(-[a-z0-9]+)*\.md")
_VERSION = r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}"
_MODEL = re.compile(
    rf"models/[a-z]+/(active|before|{_VERSION}/(model\.npz|report\.json|about\.json))"
)
_PAGES = 2_000
"""Of the database in one step, between two words of progress."""

Progress = Callable[[str, int, int], None]
"""Is told what is being copied, how much of it is done, and of how much."""


def silent(_what: str, _done: int, _all: int) -> None:
    """Progress nobody looks at."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a backup; its path is relative to the data folder."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was copied or restored."""

    files: int
    bytes: int
    created_at: datetime
    version: str


def back_up(data: Path, target: Path, progress: Progress = silent) -> Report:
    """Copy the shop in `data` to the new file `target` (readable for its owner only).

    Raises: NotFound (no database there), Conflict (`target` exists).
    """
    if not (data / DATABASE).is_file():
        raise NotFound("no_database", f"{data} holds no {DATABASE}")
    created_at = datetime.now(UTC)
    with (
        _written_whole(target) as file,
        tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup.") as scratch,
        tarfile.open(fileobj=file, mode="w:gz", compresslevel=4) as archive,
    ):
        entries = list(_add_all(archive, data, Path(scratch), progress))
        manifest = {
            "format": FORMAT,
            "version": __version__,
            "created_at": created_at.isoformat(),
            "files": [{"path": e.path, "size": e.size, "sha256": e.sha256} for e in entries],
        }
        _add_bytes(archive, MANIFEST, json.dumps(manifest, indent=1).encode())
    return Report(len(entries), sum(e.size for e in entries), created_at, __version__)


@contextmanager
def _written_whole(target: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name once it is complete and on the disk."""
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        told = f"{target} exists; a backup never overwrites another file"
        raise Conflict("file_exists", told) from None
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink()
        target.unlink()
        raise


def _add_all(
    archive: tarfile.TarFile, data: Path, scratch: Path, progress: Progress
) -> Iterator[Entry]:
    for name in DATABASES:
        if (data / name).is_file():
            copy = scratch / name
            copy_database(data / name, copy, progress)
            yield _add_file(archive, copy, name)
            copy.unlink()
    for name in SINGLE:
        if (data / name).is_file():
            yield _add_file(archive, data / name, name)
    for path in sorted((data / "articles").glob("*/*.md")):
        name = path.relative_to(data).as_posix()
        if is_article(name) and not path.is_symlink():
            yield _add_file(archive, path, name)
    for path in sorted((data / "models").rglob("*")):
        name = path.relative_to(data).as_posix()
        if is_model(name) and path.is_file() and not path.is_symlink():
            yield _add_file(archive, path, name)
    photos = sorted(path for path in (data / FILES).glob("??/*") if is_hash(path.name))
    for number, path in enumerate(photos, 1):
        yield _add_file(archive, path, f"{FILES}/{path.parent.name}/{path.name}")
        progress(FILES, number, len(photos))


def is_article(name: str) -> bool:
    """Whether a path below the data folder is that of one of the shop's own articles. Their index
    is not copied: it is made of them."""
    return bool(_ARTICLE.fullmatch(name))


def is_model(name: str) -> bool:
    """Whether a path below the data folder is that of one of the shop's own models, its report, or
    the word of which is in use. The phrases they were made of are the shop's files elsewhere."""
    return bool(_MODEL.fullmatch(name))


def copy_database(source: Path, target: Path, progress: Progress = silent) -> None:
    """Copy a SQLite database that others write to, as it is at one moment.

    The open read transaction is what keeps that moment: without it, SQLite begins anew at each
    write of another process, and a busy shop would never be done.
    """
    address = f"{source.resolve().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=30)) as reading,
        closing(sqlite3.connect(target, isolation_level=None)) as writing,
    ):
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
        reading.backup(
            writing,
            pages=_PAGES,
            sleep=0,
            progress=lambda _status, left, total: progress(source.name, total - left, total),
        )
        reading.execute("ROLLBACK")
        writing.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it


class _Hashing(io.RawIOBase):
    """Reads a file and hashes what is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.hash.update(data)
        return data


def _add_file(archive: tarfile.TarFile, path: Path, name: str) -> Entry:
    with path.open("rb") as file:
        info = tarfile.TarInfo(name)
        info.size = os.fstat(file.fileno()).st_size
        info.mtime, info.mode = int(path.stat().st_mtime), 0o600
        hashing = _Hashing(file)
        archive.addfile(info, hashing)
    return Entry(name, info.size, hashing.hash.hexdigest())


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    archive.addfile(info, io.BytesIO(content))


def is_hash(name: str) -> bool:
    """Whether a stored file may be called so."""
    return len(name) == 64 and set(name) <= set("0123456789abcdef")
