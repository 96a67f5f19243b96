"""Bring a database to the newest schema; safe to be called by many processes at once."""

from __future__ import annotations

import contextlib
import sqlite3
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.config import Config

# Alembic takes half a second to load and is needed only where there is something to upgrade.
VERSIONS = Path(__file__).parent / "versions"

LOCK = 7_215_033
"""Advisory lock on Postgres: two processes racing to create tables would both crash."""


def sync_url(url: str) -> str:
    """The address for a synchronous driver: a file's path or postgresql+asyncpg://… ."""
    if url.startswith("postgresql"):
        return url
    return f"sqlite:///{url}"


def migrate(url: str, revision: str = "head") -> None:
    """Upgrade to `revision`. `url`: a SQLite file's path or a postgresql+asyncpg:// address.

    A database that a newer version has upgraded is left as it is: in a rolling deploy processes of
    both versions start.

    Runs an event loop of its own on Postgres: call it from a thread or before the loop starts.
    """
    if revision == "head" and not url.startswith("postgresql") and _needs_none(url):
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = url
    command.upgrade(config, revision)


def _needs_none(path: str) -> bool:
    """Whether a SQLite file needs no migration. One that can't be told is left to Alembic."""
    address = f"{Path(path).absolute().as_uri()}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.Error:
        return False
    return len(found) == 1 and not is_behind(found[0][0])


def run_on(connection: sa.Connection, config: Config) -> None:
    """Run the chain on a connection (called by env.py)."""
    from alembic import context

    from backend.migrations.tables import metadata

    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        found = context.get_context().get_current_revision()
        if found is None or is_known(found):
            context.run_migrations()


@cache
def _chain() -> tuple[str, ...]:
    """All revisions this version knows, the newest first: a file's name begins with its own."""
    return tuple(sorted((file.name[:4] for file in VERSIONS.glob("[0-9]*.py")), reverse=True))


def head_revision() -> str:
    """The revision this version of the code works on."""
    return _chain()[0]


def is_known(revision: str) -> bool:
    """Whether this version knows how to go on from `revision`."""
    return revision in _chain()


def is_behind(revision: str) -> bool:
    """Whether a database at `revision` lacks migrations of ours. One that we don't know was made
    by a newer version, whose tables ours can be used with."""
    return revision in _chain()[1:]
