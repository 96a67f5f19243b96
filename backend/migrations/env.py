"""Alembic's entry point: connects and runs the chain."""

from __future__ import annotations

import asyncio
import fcntl
from pathlib import Path

import sqlalchemy as sa
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from backend.migrations.run import run_on


def _on_sqlite(path: str) -> None:
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args={"timeout": 30})
    # SQLite commits each DDL statement by itself, so its own lock would not hold: a file's does.
    with Path(f"{path}.migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with engine.connect() as connection:
            run_on(connection, context.config)
            connection.commit()


async def _on_postgres(url: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run_on, context.config)
        await connection.commit()
    await engine.dispose()


_url = context.config.attributes["url"]
if _url.startswith("postgresql"):
    asyncio.run(_on_postgres(_url))
else:
    _on_sqlite(_url)
