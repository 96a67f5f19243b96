"""Brings a backup back: into an empty folder, checked in every way before it gets its name."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from backend.audit.service import verify_chain
from backend.backup import (
    DATABASE,
    DATABASES,
    FILES,
    FORMAT,
    MANIFEST,
    SINGLE,
    Entry,
    Progress,
    Report,
    is_article,
    is_hash,
    is_model,
    silent,
)
from backend.kit.clock import SystemClock
from backend.kit.db import Wiring
from backend.kit.db_sqlite import SqliteDatabase
from backend.kit.errors import Conflict, Invalid, NotFound
from backend.kit.ids import TimeOrderedIds
from backend.migrations.run import is_known, migrate

_CHUNK = 1 << 20
_MAX_MANIFEST = 256 << 20


def restore(source: Path, folder: Path, progress: Progress = silent) -> Report:
    """Unpack a backup into `folder`, which must be empty or not there, check it and migrate it.

    Nothing stays in `folder` if anything is wrong. Raises: NotFound, Conflict, Invalid.
    """
    if not source.is_file():
        raise NotFound("no_backup", f"{source} is no file")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict("folder_not_empty", f"{folder} is not empty; a restore overwrites nothing")
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        manifest = _unpack(source, staging, progress)
        report = _compare(manifest, staging)
        progress("check", 0, 1)
        check_database(staging / DATABASE)
        check_revision(staging / DATABASE)
        migrate(str(staging / DATABASE))
        check_audit(staging / DATABASE)
        progress("check", 1, 1)
        _remove_beside(staging)
        staging.replace(folder)
    except (tarfile.TarError, EOFError, OSError) as error:
        shutil.rmtree(staging, ignore_errors=True)
        raise Invalid("bad_backup", f"{source.name} can't be restored: {error}") from error
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return report


def _unpack(source: Path, staging: Path, progress: Progress) -> dict[str, Any]:
    """Write the archive's files; its manifest. Nothing but our own names is ever written."""
    manifest: dict[str, Any] | None = None
    seen: set[str] = set()
    size = source.stat().st_size
    with source.open("rb") as raw, tarfile.open(fileobj=raw, mode="r:gz") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            if content is None or member.name in seen or not _is_ours(member.name):
                raise Invalid("bad_backup", f"the archive holds {member.name!r:.100}")
            seen.add(member.name)
            if member.name == MANIFEST:
                manifest = _read_manifest(content, member.size)
                continue
            path = staging / member.name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                shutil.copyfileobj(content, out, _CHUNK)
            progress(source.name, raw.tell(), size)
    if manifest is None:
        raise Invalid("bad_backup", "the archive has no manifest: it was cut off")
    return manifest


def _is_ours(name: str) -> bool:
    """Whether a backup holds a file of this name: no others are ever created."""
    if name in (MANIFEST, *DATABASES, *SINGLE) or is_article(name) or is_model(name):
        return True
    parts = name.split("/")
    return len(parts) == 3 and parts[0] == FILES and is_hash(parts[2]) and parts[1] == parts[2][:2]


def _read_manifest(content: IO[bytes], size: int) -> dict[str, Any]:
    if size > _MAX_MANIFEST:
        raise Invalid("bad_backup", "the manifest is too large")
    try:
        manifest = json.loads(content.read())
    except ValueError as error:
        raise Invalid("bad_backup", "the manifest is no JSON") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise Invalid("bad_backup", f"this version restores backups of format {FORMAT}")
    return manifest


def _compare(manifest: dict[str, Any], staging: Path) -> Report:
    """Whether exactly what the manifest names is there."""
    try:
        named = {
            one["path"]: Entry(one["path"], one["size"], one["sha256"]) for one in manifest["files"]
        }
        created_at = datetime.fromisoformat(manifest["created_at"])
        version = str(manifest["version"])
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid("bad_backup", "the manifest lacks what it must say") from error
    found = {
        path.relative_to(staging).as_posix(): path for path in staging.rglob("*") if path.is_file()
    }
    if named.keys() != found.keys() or DATABASE not in named:
        raise Invalid("bad_backup", "files are missing, or not in the manifest")
    for name, path in found.items():
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        is_photo = name.startswith(f"{FILES}/")
        altered = (path.stat().st_size, digest) != (named[name].size, named[name].sha256)
        if altered or (is_photo and digest != path.name):
            raise Invalid("bad_backup", f"{name} was altered: its checksum differs")
    return Report(len(named), sum(one.size for one in named.values()), created_at, version)


def check_database(path: Path) -> None:
    """SQLite's own check of every page and index. Raises: Invalid."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            (told,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        told = str(error)
    if told != "ok":
        raise Invalid("bad_backup", f"the database is damaged: {told}"[:300])


def check_revision(path: Path) -> None:
    """Whether this version can go on from there. Raises: Invalid."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError as error:
            raise Invalid("bad_backup", "the database is not Aftercare's") from error
    if found is None or not is_known(found[0]):
        told = "the backup was made by a newer version: restore it with that one"
        raise Invalid("newer_backup", told)


def check_audit(path: Path) -> None:
    """Whether the log of decisions holds. Raises: Invalid."""

    async def verify() -> int | None:
        database = SqliteDatabase(str(path), Wiring(SystemClock(), TimeOrderedIds()))
        try:
            return await database.read(verify_chain)
        finally:
            await database.close()

    broken = asyncio.run(verify())
    if broken is not None:
        raise Invalid("bad_backup", f"the audit log does not hold from entry {broken}")


def _remove_beside(staging: Path) -> None:
    """What opening and migrating left beside the database."""
    for leftover in (f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}.migrating"):
        (staging / leftover).unlink(missing_ok=True)
