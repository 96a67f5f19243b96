"""SIGTERM to a real process under load: what was accepted is kept, answered, and it exits in time.

Connections may be refused once it ends; an answer that was given holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from backend.probe import probe_web, probe_worker
from backend.settings import Settings
from tests.support.postgres import PostgresServer
from tests.support.process import free_port
from tests.support.service import DRAIN, Service

CHAT = "/api/chat/v1"
SLOW_TURNS = """
    CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN PERFORM pg_sleep(2); RETURN NEW; END';
    CREATE TRIGGER slow_turns BEFORE UPDATE ON message FOR EACH ROW EXECUTE FUNCTION pause();
"""
READY = "/api/v1/health/ready"


@pytest.fixture
def service(tmp_path: Path) -> Service:
    data = tmp_path / "data"
    data.mkdir()
    (data / "channels.yml").write_text("- {id: web, channel: webchat}\n")
    return Service(data)


async def open_session(client: httpx.AsyncClient) -> str:
    answer = await client.post(f"{CHAT}/sessions", json={"channel": "web", "locale": "en"})
    answer.raise_for_status()
    return str(answer.json()["token"])


@dataclass
class Load:
    """Customers who write without end. `accepted`: ids of messages the service said it has."""

    service: Service
    accepted: list[str] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    _stop: bool = False

    async def run(self, customers: int, then: Callable[[], None]) -> None:
        """Write until the service is gone; `then` is called in the middle of it."""
        writers = [asyncio.create_task(self._write(number)) for number in range(customers)]
        watcher = asyncio.create_task(self._watch())
        while len(self.accepted) < 10 * customers:  # noqa: ASYNC110 (many tasks tell it)
            await asyncio.sleep(0.02)
        then()
        assert self.service.process is not None
        await asyncio.to_thread(self.service.process.wait, DRAIN + 3)
        self._stop = True
        await asyncio.gather(*writers, watcher)

    async def _write(self, number: int) -> None:
        # A connection each: one that is kept may be closed just as the next request is written.
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(
            base_url=self.service.url, limits=limits, trust_env=False
        ) as client:
            auth = {"authorization": f"Bearer {await open_session(client)}"}
            for count in range(100_000):
                sent = {"client_id": f"c{number}-{count}", "text": "where is my parcel?"}
                try:
                    answer = await client.post(f"{CHAT}/messages", json=sent, headers=auth)
                except httpx.TransportError:
                    if self._stop:
                        return
                    await asyncio.sleep(0.02)
                    continue
                if answer.status_code == 202:
                    self.accepted.append(answer.json()["id"])
                else:
                    self.refused.append(answer.status_code)
                    await asyncio.sleep(0.02)

    async def _watch(self) -> None:
        async with httpx.AsyncClient(base_url=self.service.url, trust_env=False) as client:
            token = await open_session(client)
        address = f"ws://127.0.0.1:{self.service.port}{CHAT}/ws"
        async with connect(address, proxy=None) as sockets:
            await sockets.send(json.dumps({"type": "hello", "token": token, "after": 0}))
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await sockets.recv()
            self.closed.append(sockets.close_code or 0)


def rows(service: Service, sql: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(service.data / "aftercare.db", timeout=20)) as connection:
        return connection.execute(sql).fetchall()


def test_what_was_accepted_survives_the_end(service: Service) -> None:
    load = Load(service)
    with service.running():
        service.wait_until_ready()
        asyncio.run(load.run(8, service.terminate))
        assert service.exit_code() == 0
    assert load.refused == []
    assert load.closed == [1012]
    assert "Traceback" not in service.log.read_text()
    stored = {row[0] for row in rows(service, "SELECT id FROM message")}
    assert set(load.accepted) <= stored
    # It left nothing half-done, and what waits is answered by the next one.
    assert rows(service, "SELECT id FROM job WHERE state IN ('running', 'dead')") == []
    assert rows(service, "SELECT name FROM service_process") == []
    with service.running():
        service.wait_until_ready()
        waiting = "SELECT id FROM message WHERE turn_state = 'waiting'"
        service.wait_until(lambda: rows(service, waiting) == [])
        service.terminate()
        assert service.exit_code() == 0
    # To who asks the same again and again, a person is called: "unanswered" is his.
    taken = "SELECT id FROM message WHERE turn_state IN ('done', 'unanswered')"
    assert set(load.accepted) <= {row[0] for row in rows(service, taken)}


def test_readiness_is_red_first_and_requests_under_way_end(service: Service) -> None:
    service.environment["AFTERCARE_DRAIN_NOTICE"] = "2"
    with service.running(), httpx.Client(base_url=service.url, trust_env=False) as client:
        service.wait_until_ready()
        opened = client.post(f"{CHAT}/sessions", json={"channel": "web", "locale": "en"}).json()
        body = json.dumps({"client_id": "slow", "text": "hello"}).encode()
        head = (
            f"POST {CHAT}/messages HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer {opened['token']}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", service.port), timeout=20) as slow:
            slow.sendall(head.encode() + body[:5])
            service.terminate()
            service.wait_until(lambda: client.get(READY).status_code == 503)
            assert client.get("/api/v1/health/live").status_code == 200
            assert not probe_web(service.url).well
            service.wait_until(lambda: not _answers(service.port))
            slow.sendall(body[5:])
            assert slow.recv(4096).startswith(b"HTTP/1.1 202")
        assert service.exit_code() == 0
    assert len(rows(service, "SELECT id FROM message WHERE external_id LIKE '%:slow'")) == 1


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_what_it_did_not_get_to_is_free_for_others_at_once(
    service: Service, database_url: str, postgres_server: PostgresServer
) -> None:
    """The leases would hold it for ten minutes."""
    service.environment |= {
        "AFTERCARE_DATABASE_URL": database_url,
        "AFTERCARE_JOB_LEASE": "600",
        "AFTERCARE_WORKER_CONCURRENCY": "1",
        "AFTERCARE_DRAIN_SECONDS": "1",
    }
    execute = partial(postgres_server.execute, database=database_url.rpartition("/")[2])
    waiting = "SELECT count(*) FROM message WHERE turn_state = 'waiting'"
    with service.running():
        service.wait_until_ready()
        with httpx.Client(base_url=f"{service.url}{CHAT}", trust_env=False) as client:
            opened = [
                client.post("/sessions", json={"channel": "web", "locale": "en"}).json()
                for _ in range(8)
            ]
            service.wait_until(lambda: execute(waiting) == "0")
            execute(SLOW_TURNS)
            for session in opened:
                auth = {"authorization": f"Bearer {session['token']}"}
                client.post("/messages", json={"client_id": "c", "text": "hi"}, headers=auth)
        service.terminate()
        assert service.exit_code() == 0
    states = "SELECT DISTINCT state FROM job WHERE kind = 'turn' AND state <> 'done'"
    assert execute(states) == "new"
    execute("DROP TRIGGER slow_turns ON message")
    with service.running():
        service.wait_until(lambda: execute(waiting) == "0")
        service.terminate()
        assert service.exit_code() == 0


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_worker_tells_that_it_lives_and_goes(tmp_path: Path, database_url: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    port = free_port()
    environment = {
        "AFTERCARE_DATABASE_URL": database_url,
        "AFTERCARE_METRICS_PORT": str(port),
        "AFTERCARE_LOG_FORMAT": "json",
    }
    settings = Settings(_env_file=None, data_dir=data, database_url=database_url)
    worker = Service(data, environment, "worker")
    assert not probe_worker(settings).well
    with worker.running():
        worker.wait_until(lambda: probe_worker(settings).well)
        worker.wait_until(lambda: probe_web(f"http://127.0.0.1:{port}").well)
        metrics = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False)
        assert "aftercare_workers_alive 1.0" in metrics.text
        worker.terminate()
        assert worker.exit_code() == 0
    assert not probe_worker(settings).well
    lines = [json.loads(line) for line in worker.log.read_text().splitlines()]
    assert "draining" in [line["event"] for line in lines]
