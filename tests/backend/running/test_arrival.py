"""Processes that come up before their Postgres: they wait, say so, and then work."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from backend.probe import probe_worker
from backend.settings import Settings
from tests.support.postgres import run_postgres
from tests.support.process import free_port, server_folder
from tests.support.service import Service


class AwayPostgres:
    """A Postgres that has run once, is not there, and can come back."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port, self._running = folder, free_port(), ExitStack()
        with run_postgres(folder, self._port) as server:
            self.url = server.url()

    def come_back(self) -> None:
        self._running.enter_context(run_postgres(self._folder, self._port))

    def leave(self) -> None:
        self._running.close()


@pytest.fixture
def postgres() -> Iterator[AwayPostgres]:
    with server_folder() as folder:
        server = AwayPostgres(folder)
        yield server
        server.leave()


def process(tmp_path: Path, role: str, url: str, **environment: str) -> Service:
    data = tmp_path / role
    data.mkdir()
    return Service(data, {"AFTERCARE_DATABASE_URL": url, **environment}, role)


def asked(port: int, path: str) -> int:
    """The status; 0 while nobody listens."""
    try:
        return httpx.get(
            f"http://127.0.0.1:{port}/api/v1/health/{path}", trust_env=False
        ).status_code
    except httpx.TransportError:
        return 0


def test_web_and_worker_wait_for_their_database(tmp_path: Path, postgres: AwayPostgres) -> None:
    metrics = free_port()
    web = process(tmp_path, "web", postgres.url)
    worker = process(tmp_path, "worker", postgres.url, AFTERCARE_METRICS_PORT=str(metrics))
    with web.running(), worker.running():
        web.wait_until(lambda: asked(web.port, "live") == 200)
        worker.wait_until(lambda: asked(metrics, "live") == 200)
        assert (asked(web.port, "ready"), asked(metrics, "ready")) == (503, 503)
        for waiting in (web, worker):
            line = r"waiting for the database host=127\.0\.0\.1 port=\d+ .*ConnectionRefusedError"
            assert re.search(line, waiting.log.read_text())
        hook = httpx.post(f"{web.url}/webhooks/telegram/shop", trust_env=False)
        assert (hook.status_code, hook.headers["retry-after"]) == (503, "5")
        postgres.come_back()
        web.wait_until(lambda: asked(web.port, "ready") == 200)
        settings = Settings(_env_file=None, data_dir=worker.data, database_url=postgres.url)
        worker.wait_until(lambda: probe_worker(settings).well)
        for one in (web, worker):
            one.terminate()
            assert one.exit_code() == 0


def test_who_is_told_to_end_waits_no_longer(tmp_path: Path) -> None:
    url = f"postgresql+asyncpg://shop:secret@127.0.0.1:{free_port()}/shop"
    web = process(tmp_path, "web", url)
    with web.running():
        web.wait_until(lambda: asked(web.port, "live") == 200)
        web.terminate()
        assert web.exit_code() == 0
    assert "secret" not in web.log.read_text()


def test_it_gives_up_when_the_setting_says_so(tmp_path: Path) -> None:
    url = f"postgresql+asyncpg://shop:secret@127.0.0.1:{free_port()}/shop"
    worker = process(tmp_path, "worker", url, AFTERCARE_DATABASE_WAIT="0.2")
    with worker.running():
        assert worker.exit_code() == 1
    assert "can't be reached: ConnectionRefusedError" in worker.log.read_text()
    assert "Traceback" not in worker.log.read_text()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_wrong_password_ends_it_at_once(tmp_path: Path, database_url: str) -> None:
    worker = process(tmp_path, "worker", re.sub(r"postgres:\w+@", "postgres:wrong@", database_url))
    began = time.monotonic()
    with worker.running():
        assert worker.exit_code() == 1
    assert time.monotonic() - began < 15
    assert "password authentication failed" in worker.log.read_text()
    assert "Traceback" not in worker.log.read_text()
