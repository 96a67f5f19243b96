"""The chain makes the very tables the code describes, once, whoever runs it at the same time."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from backend.kit.db import Database, Tx
from backend.migrations.tables import metadata

ROOT = Path(__file__).parents[3]


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a database without any table is."""
    if request.param == "sqlite":
        return str(tmp_path / "empty.db")
    return str(request.getfixturevalue("postgres_database"))


def _described_by_tables(name: str | None, _kind: str, _parents: object) -> bool:
    """All but what SQLAlchemy has no words for: FTS5 tables, and the GIN indexes in their place."""
    return name is None or "_fts" not in name


def _differences(tx: Tx) -> list[object]:
    opts = {"compare_type": True, "include_name": _described_by_tables}
    context = MigrationContext.configure(tx.conn, opts=opts)
    return list(compare_metadata(context, metadata))


async def test_chain_and_code_describe_the_same_tables(database: Database) -> None:
    assert await database.read(_differences) == []


async def test_many_processes_may_migrate_at_once(empty_url: str) -> None:
    code = f"from backend.migrations.run import migrate; migrate({empty_url!r})"
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", code, stderr=PIPE, cwd=ROOT)
        for _ in range(3)
    ]
    outcomes = [(await process.communicate())[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], outcomes
