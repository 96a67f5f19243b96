"""The doctor finds what is wrong, says what to do, and shows no secret."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from backend.checkup.finding import Finding
from backend.checkup.stores import clock
from backend.cli import app
from backend.doctor import examine
from backend.kit.db import Database, Tx
from backend.kit.jobs import enqueue, queue
from backend.kit.jobs.claiming import claim
from backend.operations.service import Heartbeat
from backend.serve import prepare, with_database
from backend.settings import Settings
from tests.e2e.bot_api import BotApi, run_bot_api

CLI = CliRunner()
TOKEN = "7012345678:AAH3n0tARealTokenJustForTheseTests0"
Check = Callable[..., dict[str, list[Finding]]]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """The findings by name, with these settings; in a folder without an .env of the developer's."""
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "data"

    def look(**settings: str) -> dict[str, list[Finding]]:
        environment = {f"AFTERCARE_{name.upper()}": value for name, value in settings.items()}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        found: dict[str, list[Finding]] = {}
        for one in examine(data, environment):
            found.setdefault(one.name, []).append(one)
        for name in environment:
            monkeypatch.delenv(name)
        return found

    return look


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    prepare(Settings(_env_file=None, data_dir=folder))
    return folder


async def _write(fn: Callable[..., None], value: str, db: Database) -> None:
    await db.tx(fn, value)


def grades(found: dict[str, list[Finding]], name: str) -> list[str]:
    return [one.grade for one in found[name]]


def test_a_fresh_folder_is_well(data: Path, check: Check) -> None:
    found = check()
    for name in ("settings", "data folder", "disk", "templates", "database", "migrations"):
        assert grades(found, name) == ["ok"], found[name]
    assert grades(found, "workers") == ["warn"]
    asyncio.run(
        with_database(
            Settings(_env_file=None, data_dir=data), lambda db: Heartbeat(db, "all", "1").start()
        )
    )
    assert grades(check(), "workers") == ["ok"]


def test_settings_that_are_wrong_unknown_or_weak(data: Path, check: Check) -> None:
    wrong = check(worker_concurrency="many")["settings"]
    assert (wrong[0].grade, "WORKER_CONCURRENCY" in wrong[0].detail) == ("fail", True)
    found = check(
        pubic_url="https://x",
        metrics_token="s3cret",
        trusted_proxies="*",
        public_url="http://care.example.com",
        demo="1",
    )
    told = "\n".join(one.detail for one in found["settings"])
    assert "AFTERCARE_PUBIC_URL is no setting" in told
    for words in ("METRICS_TOKEN has 6", "TRUSTED_PROXIES", "not https", "demo shop"):
        assert words in told
    assert "s3cret" not in told


def test_a_misspelt_name_in_the_env_file_is_found(data: Path, check: Check, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# AFTERCARE_OLD=1\nexport AFTERCARE_SHOPNAME=x\n")
    details = [one.detail for one in check()["settings"]]
    assert details == ["AFTERCARE_SHOPNAME is no setting"]


def test_a_folder_others_can_read_and_a_full_disk(data: Path, check: Check) -> None:
    data.chmod(0o755)
    assert grades(check(), "data folder") == ["ok", "warn"]
    assert grades(check(min_free_mb="999999999"), "disk") == ["fail"]


def test_a_database_behind_ahead_or_away(data: Path, check: Check) -> None:
    def set_revision(tx: Tx, revision: str) -> None:
        tx.conn.execute(sa.text("UPDATE alembic_version SET version_num = :one"), {"one": revision})

    settings = Settings(_env_file=None, data_dir=data)
    for revision, grade in (("0001", "fail"), ("9999", "warn")):
        asyncio.run(with_database(settings, partial(_write, set_revision, revision)))
        assert grades(check(), "migrations") == [grade]
    away = check(database_url="postgresql+asyncpg://shop:pa55word@127.0.0.1:1/none")
    assert grades(away, "database") == ["fail"]
    assert "pa55word" not in str(away)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_postgres_is_looked_at_too(database_url: str, check: Check) -> None:
    found = check(database_url=database_url)
    assert found["database"][0].detail.startswith("Postgres ")
    assert grades(found, "clock") == ["ok"]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"password": "pa55word"}, "refuses us: password authentication failed"),
        ({"database": "no_such_shop"}, "refuses us: database"),
        ({"query": {"colour": "pa55word"}}, "cannot be opened: TypeError"),
    ],
)
def test_a_database_that_refuses_us_is_a_finding(
    database_url: str, wrong: dict[str, Any], told: str, check: Check
) -> None:
    address = sa.make_url(database_url).set(**wrong).render_as_string(hide_password=False)
    (found,) = check(database_url=address)["database"]
    assert found.grade == "fail"
    assert found.detail.startswith(told)
    assert "pa55word" not in str(found)


def test_a_file_that_can_not_be_opened_is_a_finding(data: Path, check: Check) -> None:
    for wrong, told in (
        (data / "no" / "shop.db", "the folder of"),
        (data, "is no file"),
        (data / "secret.txt", "does not answer: DatabaseError"),
    ):
        (data / "secret.txt").write_text("no database at all, but quite as long as its header is")
        (found,) = check(database_url=str(wrong))["database"]
        assert (found.grade, told in found.detail) == ("fail", True), found


def test_an_address_of_no_database_is_a_finding(data: Path, check: Check) -> None:
    found = check(database_url="mysql://shop:pa55word@db/shop")
    assert list(found) == ["settings"]
    assert "AFTERCARE_DATABASE_URL: must begin with" in found["settings"][0].detail
    assert "pa55word" not in str(found)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"- id: [broken", "channels.yml is no YAML: line 1, column 14"),
        (b"- {id: x, settings: {api_key: *pa55word}}", "channels.yml is no YAML: line 1"),
        (b"- id: \xff\xfe", "channels.yml is no YAML"),
        (b"- {id: 2026-13-45}", "channels.yml is no YAML"),
    ],
)
def test_channels_that_are_no_yaml_are_a_finding(
    content: bytes, told: str, data: Path, check: Check
) -> None:
    (data / "channels.yml").write_bytes(content)
    (found,) = check()["channels"]
    assert found.grade == "fail"
    assert found.detail.startswith(told)
    assert "pa55word" not in str(found)


def test_channels_that_can_not_be_read_are_a_finding(data: Path, check: Check) -> None:
    (data / "channels.yml").mkdir()
    (found,) = check()["channels"]
    assert (found.grade, found.detail.startswith("channels.yml can't be read")) == ("fail", True)


def test_redis_is_asked(data: Path, check: Check, redis_database: str) -> None:
    assert "redis" not in check()
    assert grades(check(redis_url=redis_database), "redis") == ["ok"]
    away = check(redis_url="redis://:pa55word@127.0.0.1:1/0")
    assert grades(away, "redis") == ["fail"]
    assert "pa55word" not in str(away)


def test_dead_letters_are_a_warning(data: Path, check: Check) -> None:
    def bury(tx: Tx) -> None:
        enqueue(tx, "deliver", {"message_id": "m1"})
        (job,) = claim(tx, "w", limit=1, lease=5)
        queue.bury(tx, job, error="no")

    asyncio.run(with_database(Settings(_env_file=None, data_dir=data), lambda db: db.tx(bury)))
    (jobs,) = check()["jobs"]
    assert (jobs.grade, jobs.detail) == ("warn", "1 were given up")


@pytest.fixture
def bot(data: Path) -> Iterator[BotApi]:
    with run_bot_api() as api:
        (data / "channels.yml").write_text(
            "- id: tg\n  channel: telegram\n  settings:\n"
            f'    bot_token: "{TOKEN}"\n    webhook_secret: s3cret-hook\n    base_url: {api.url}\n'
        )
        yield api


def test_a_channel_with_a_dead_token_or_a_webhook_elsewhere(bot: BotApi, check: Check) -> None:
    dead = check()["channel tg"][0]
    assert (dead.grade, dead.detail) == ("fail", "bad_token: Unauthorized")
    bot.takes_token = True
    assert "no webhook is set" in check()["channel tg"][0].detail
    bot.webhook = "https://old.example.com/hook"
    elsewhere = check()["channel tg"][0]
    assert elsewhere.grade == "fail"
    assert "aftercare channels set-webhook tg" in elsewhere.advice
    bot.webhook = "http://127.0.0.1:8000/webhooks/telegram/tg"
    found = check()
    assert grades(found, "channel tg") == ["ok"]
    assert grades(found, "clock") == ["ok"]
    assert TOKEN not in str(found)
    assert "s3cret-hook" not in str(found)


def test_a_wrong_channels_file_is_named(data: Path, check: Check) -> None:
    (data / "channels.yml").write_text("- {id: x, channel: fax}\n")
    (found,) = check()["channels"]
    assert (found.grade, "unknown channel fax" in found.detail) == ("fail", True)


@pytest.mark.parametrize(
    ("skew", "grade"), [(0.4, "ok"), (-1.9, "ok"), (5, "warn"), (-59, "warn"), (3600, "fail")]
)
def test_clocks(skew: float, grade: str) -> None:
    assert clock("vendor", skew).grade == grade


def test_a_vendor_whose_clock_is_another_day(data: Path, check: Check) -> None:
    class Late(BaseHTTPRequestHandler):
        def date_time_string(self, timestamp: float | None = None) -> str:
            return "Wed, 20 May 2026 04:00:00 GMT"

        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Late)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (data / "channels.yml").write_text(
        "- id: web\n  channel: webchat\n  settings:\n"
        f"    base_url: http://127.0.0.1:{server.server_port}\n"
    )
    try:
        assert grades(check(), "clock") == ["fail"]
    finally:
        server.shutdown()
        server.server_close()


def test_the_command_prints_a_table_or_json(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table = CLI.invoke(app, ["doctor", "--data", str(data)])
    assert table.exit_code == 0, table.output
    assert "ok    database" in table.stdout
    assert "-> aftercare all, or aftercare worker" in table.stdout
    (data / "channels.yml").write_text("- {id: x, channel: fax}\n")
    told = CLI.invoke(app, ["doctor", "--json", "--data", str(data)])
    assert told.exit_code == 1
    assert {one["grade"] for one in json.loads(told.stdout)} >= {"ok", "fail"}
