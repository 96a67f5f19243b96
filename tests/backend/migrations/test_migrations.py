"""The chain makes the very tables the code describes, once, whoever runs it at the same time."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from backend.kit.clock import FixedClock
from backend.kit.db import Database, Tx
from backend.migrations.run import head_revision, is_behind, migrate
from backend.migrations.tables import metadata
from tests.support.databases import open_at

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


def _fill_before_0010(tx: Tx) -> None:
    tx.conn.exec_driver_sql(
        "INSERT INTO contact (id, channel_account, external_id, created_at)"
        " VALUES ('lin', 'line', 'lin', CURRENT_TIMESTAMP)"
    )
    tx.conn.exec_driver_sql(
        "INSERT INTO conversation (id, channel_account, contact_id, status, locale, state_version,"
        " last_seq, created_at, updated_at) VALUES"
        " ('talk', 'line', 'lin', 'bot', 'en', 0, 0, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)"
    )
    add = sa.text(
        "INSERT INTO job (kind, key, payload, state, due_at, created_at)"
        " VALUES (:kind, :key, '{}', :state, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)"
    )
    for kind, key, state in (
        ("deliver", "out:talk", "new"),
        ("deliver", "out:talk", "running"),
        ("hand_over", "out:talk", "new"),
        ("deliver", "out:talk", "dead"),
        ("deliver", "out:talk", "done"),
        ("deliver", "out:lin", "new"),
        ("deliver", "out:gone", "new"),
        ("turn", "turn:talk", "new"),
    ):
        tx.conn.execute(add, {"kind": kind, "key": key, "state": state})


async def test_what_waits_to_be_said_stays_before_what_is_said_next(
    empty_url: str, clock: FixedClock
) -> None:
    await asyncio.to_thread(migrate, empty_url, "0009")
    database = open_at(empty_url, clock)
    await database.tx(_fill_before_0010)
    await database.close()
    await asyncio.to_thread(migrate, empty_url)
    database = open_at(empty_url, clock)
    keys = sa.text("SELECT key FROM job ORDER BY id")
    found = await database.read(lambda tx: list(tx.conn.execute(keys).scalars()))
    await database.close()
    assert found == [*["out:lin"] * 4, "out:talk", "out:lin", "out:gone", "turn:talk"]


def test_the_names_of_the_files_tell_the_chain() -> None:
    """What is read from them without loading Alembic is what Alembic goes by."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "backend" / "migrations"))
    walked = [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()]
    assert walked[0] == head_revision()
    assert all(is_behind(one) for one in walked[1:])
    assert len(walked) == len(list((ROOT / "backend" / "migrations" / "versions").glob("0*.py")))


def test_a_file_that_is_no_database_is_left_to_the_migration(tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"not a database, and longer than a page's header needs to be" * 20)
    with pytest.raises(sa.exc.DatabaseError):
        migrate(str(broken))


def test_the_scaled_forms_drivers_are_not_loaded_on_sqlite() -> None:
    """A start on one machine takes two thirds of the time without them."""
    code = "import sys, backend.app, backend.serve; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT
    ).stdout.split()
    assert not {"redis", "asyncpg", "alembic", "httpx", "chromadb", "sklearn"}.intersection(loaded)


async def test_a_newer_schema_is_left_as_it_is(empty_url: str, clock: FixedClock) -> None:
    """In a rolling deploy a process of the version before may start anew."""
    await asyncio.to_thread(migrate, empty_url)
    database = open_at(empty_url, clock)
    await database.tx(_set_revision, "9999")
    await asyncio.to_thread(migrate, empty_url)
    assert await database.read(_revision) == "9999"
    await database.close()


def _set_revision(tx: Tx, revision: str) -> None:
    tx.conn.execute(sa.text("UPDATE alembic_version SET version_num = :to"), {"to": revision})


def _revision(tx: Tx) -> str:
    return str(tx.conn.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one())
