"""The command line as its user meets it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.cli import app
from backend.kit.db import Database
from backend.kit.jobs import enqueue, queue
from backend.kit.jobs.claiming import claim
from backend.serve import prepare, with_database
from backend.settings import Settings
from tests.support.houses import an_order

CLI = CliRunner()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    prepare(Settings(_env_file=None, data_dir=tmp_path))
    return tmp_path


def test_an_import_lists_bad_rows_and_takes_good_ones(data: Path) -> None:
    good = an_order("LL1", "K1", datetime.now(UTC))
    bad = {**an_order("LL2", "K2", datetime.now(UTC)), "currency": "dollars"}
    file = data / "orders.jsonl"
    file.write_text("\n".join([json.dumps(good), json.dumps(bad), "{not json"]))
    first = CLI.invoke(app, ["import", "orders", str(file), "--data", str(data)])
    assert first.exit_code == 1
    assert "1 created, 0 updated, 0 unchanged, 2 bad" in first.stdout
    assert "line 2: currency" in first.output
    assert "line 3" in first.output
    file.write_text(json.dumps(good))
    again = CLI.invoke(app, ["import", "orders", str(file), "--data", str(data)])
    assert again.exit_code == 0
    assert "0 created, 0 updated, 1 unchanged, 0 bad" in again.stdout


def test_a_dead_letter_is_listed_and_replayed(data: Path) -> None:
    settings = Settings(_env_file=None, data_dir=data)

    async def bury(db: Database) -> None:
        await db.tx(enqueue, "deliver", {"message_id": "m1"})
        (job,) = await db.tx(claim, "w", limit=1, lease=5)
        await db.tx(queue.bury, job, error="vendor says no")

    asyncio.run(with_database(settings, bury))
    listed = CLI.invoke(app, ["jobs", "list", "--data", str(data)])
    assert "vendor says no" in listed.stdout
    number = listed.stdout.split("\t")[0]
    assert CLI.invoke(app, ["jobs", "replay", number, "--data", str(data)]).exit_code == 0
    assert "no dead jobs" in CLI.invoke(app, ["jobs", "list", "--data", str(data)]).stdout
    assert CLI.invoke(app, ["jobs", "replay", number, "--data", str(data)]).exit_code == 1


def test_an_account_and_the_audit_log(data: Path) -> None:
    made = CLI.invoke(
        app,
        ["accounts", "create", "boss@example.com", "--role", "admin", "--data", str(data)],
        input="a long password\na long password\n",
    )
    assert made.exit_code == 0, made.output
    held = CLI.invoke(app, ["audit", "verify", "--data", str(data)])
    assert "holds" in held.stdout


def test_channels_are_checked_and_mistakes_named(data: Path) -> None:
    (data / "channels.yml").write_text("- {id: web, channel: webchat}\n")
    assert "web: ok" in CLI.invoke(app, ["channels", "check", "--data", str(data)]).stdout
    (data / "channels.yml").write_text("- {id: x, channel: fax}\n")
    refused = CLI.invoke(app, ["channels", "check", "--data", str(data)])
    assert refused.exit_code == 1
    assert "unknown channel fax" in str(refused.exception)
