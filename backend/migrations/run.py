"""Bring a database to the newest schema; safe to be called by many processes at once."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

LOCK = 7_215_033
"""Advisory lock on Postgres: two processes racing to create tables would both crash."""


def sync_url(url: str) -> str:
    """The address for a synchronous driver: a file's path or postgresql+asyncpg://… ."""
    if url.startswith("postgresql"):
        return url
    return f"sqlite:///{url}"


def migrate(url: str) -> None:
    """Upgrade to head. `url`: a SQLite file's path or a postgresql+asyncpg:// address.

    Runs an event loop of its own on Postgres: call it from a thread or before the loop starts.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = url
    command.upgrade(config, "head")


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
