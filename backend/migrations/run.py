"""Bring a database to the newest schema; safe to be called by many processes at once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

LOCK = 7_215_033
"""Advisory lock on Postgres: two processes racing to create tables would both crash."""


def sync_url(url: str) -> str:
    """The address for a synchronous driver: a file's path or postgresql+asyncpg://… ."""
    if url.startswith("postgresql"):
        return url
    return f"sqlite:///{url}"


def migrate(url: str, revision: str = "head") -> None:
    """Upgrade to `revision`. `url`: a SQLite file's path or a postgresql+asyncpg:// address.

    Runs an event loop of its own on Postgres: call it from a thread or before the loop starts.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = url
    command.upgrade(config, revision)


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
        context.run_migrations()


@cache
def _chain() -> tuple[str, ...]:
    """All revisions this version knows, the newest first."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return tuple(script.revision for script in ScriptDirectory.from_config(config).walk_revisions())


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
