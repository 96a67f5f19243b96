"""Live push with 1,000 connected web-chat clients on one process: memory and time of a fan-out.

    .venv/bin/python -m bench.push [--clients 1000] [--kinds sqlite,postgres,redis]

A real server in a process of its own; the clients are sockets of this one that do no more than
read. `sqlite`: `aftercare all`. `postgres`: `aftercare web`, hints by NOTIFY. `redis`: the same,
hints by Redis pub/sub. Measured on each:

- own: each client has a conversation of its own; KB a connection: what the server's RSS grows by
  when they connect. Then 50 replies a second are written by another process (not on SQLite, where
  nobody but the server writes): from before the transaction until the client holds the frame;
- broadcast: all clients have one conversation open; each message goes to all of them (on SQLite it
  comes by POST: HTTP and the bot's turn are included).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import resource
import secrets
import signal
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import httpx

from backend.conversations import service as conversations
from backend.house import House, open_house
from backend.kit.db import Tx
from backend.migrations.run import migrate
from backend.serve import accounts_of
from backend.settings import DEMO_CHANNEL, Settings
from tests.support.postgres import run_postgres
from tests.support.process import free_port
from tests.support.redis import run_redis

TEXT = "Your parcel has left the warehouse and is on its way to you. " * 6
BROADCASTS, PAUSE = 40, 0.5
RATE, SECONDS = 50, 20
WARM_UP = 50
MARK = b"mark-"
"""Followed by letters alone: with digits it reads as an order's number, which the bot repeats."""
SETTLED = 25.0
"""Seconds from readiness until the models are there and the articles indexed."""
BASE = "/api/chat/v1"


@dataclass(frozen=True)
class Form:
    """What the service runs on."""

    name: str
    database_url: str
    redis_url: str

    @property
    def is_sqlite(self) -> bool:
        return not self.database_url


class Client(asyncio.Protocol):
    """A WebSocket that says hello and notes when frames with a mark arrive."""

    def __init__(self, port: int, token: str, arrivals: dict[str, list[float]]) -> None:
        self._arrivals = arrivals
        self._buffer = b""
        self._token = token
        self._port = port
        self._open = False
        self.ready = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(
            f"GET {BASE}/ws HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self._buffer += data
        if not self._open:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            assert b" 101 " in head.splitlines()[0], head
            self._open, self._buffer = True, rest
            self._say({"type": "hello", "token": self._token, "after": 0})
        for payload in self._frames():
            if b'"ready"' in payload[:40] and not self.ready.done():
                self.ready.set_result(None)
            at = payload.find(MARK)
            if at >= 0:
                self._arrivals.setdefault(payload[at : at + len(MARK) + 8].decode(), []).append(now)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(exc or ConnectionError("closed before it was ready"))

    def _say(self, frame: dict[str, Any]) -> None:
        raw = json.dumps(frame).encode()
        head = (
            struct.pack("!BBH", 0x81, 0x80 | 126, len(raw))
            if len(raw) > 125
            else bytes((0x81, 0x80 | len(raw)))
        )
        self.transport.write(head + bytes(4) + raw)  # masked with zeros: as it is

    def _frames(self) -> Iterator[bytes]:
        while len(self._buffer) >= 2:
            length, start = self._buffer[1], 2
            if length == 126:
                if len(self._buffer) < 4:
                    return
                (length,), start = struct.unpack("!H", self._buffer[2:4]), 4
            if len(self._buffer) < start + length:
                return
            opcode, payload = self._buffer[0] & 15, self._buffer[start : start + length]
            self._buffer = self._buffer[start + length :]
            if opcode == 9:  # a ping
                self.transport.write(bytes((0x8A, 0x80 | length)) + bytes(4) + payload)
            elif opcode == 1:
                yield payload


@dataclass
class Server:
    """The service under measure, in a process of its own."""

    port: int
    process: asyncio.subprocess.Process

    @property
    def rss(self) -> int:
        """Bytes in memory now."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("no RSS")

    @property
    def cpu(self) -> float:
        """Seconds of processor time used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def serving(form: Form, folder: Path) -> AsyncIterator[Server]:
    """Run `aftercare all` (SQLite) or `aftercare web`."""
    port = free_port()
    environment = {
        **os.environ,
        "AFTERCARE_DATABASE_URL": form.database_url,
        "AFTERCARE_REDIS_URL": form.redis_url,
        "AFTERCARE_DEMO": "1",
        "AFTERCARE_SECRET": "bench",
        "AFTERCARE_SESSION_RATE": "1000000/minute",
        "AFTERCARE_VISITOR_RATE": "1000000/minute",
        "AFTERCARE_MESSAGE_RATE": "1000000/minute",
        "AFTERCARE_LOG_LEVEL": "WARNING",
    }
    command = "all" if form.is_sqlite else "web"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend.cli", command, "--port", str(port), "--data", str(folder),
        env=environment,
    )  # fmt: skip
    try:
        async with httpx.AsyncClient() as http:
            for _ in range(600):
                with contextlib.suppress(httpx.TransportError):
                    if (await http.get(f"http://127.0.0.1:{port}/api/v1/health/live")).is_success:
                        break
                await asyncio.sleep(0.05)
        yield Server(port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 30)


async def connect(
    port: int, tokens: Sequence[str], arrivals: dict[str, list[float]]
) -> list[Client]:
    """Open a socket for each token, 50 at a time."""
    loop, clients = asyncio.get_running_loop(), list[Client]()
    for start in range(0, len(tokens), 50):
        part = [
            loop.create_connection(partial(Client, port, token, arrivals), "127.0.0.1", port)
            for token in tokens[start : start + 50]
        ]
        opened = [client for _transport, client in await asyncio.gather(*part)]
        await asyncio.gather(*(client.ready for client in opened))
        clients.extend(opened)
    return clients


async def disconnect(clients: Sequence[Client]) -> None:
    for client in clients:
        client.transport.close()
    await asyncio.sleep(2)


async def sessions(port: int, number: int) -> list[tuple[str, str]]:
    """Anonymous visitors: (token, conversation id)."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:

        async def one() -> tuple[str, str]:
            asked = {"channel": DEMO_CHANNEL, "locale": "en"}
            answer = await http.post(f"{BASE}/sessions", json=asked)
            assert answer.status_code == 201, answer.text
            return answer.json()["token"], answer.json()["conversation_id"]

        opened: list[tuple[str, str]] = []
        while len(opened) < number:
            opened += await asyncio.gather(*(one() for _ in range(min(20, number - len(opened)))))
        return opened


async def _greeted(port: int, token: str) -> None:
    """Wait until the bot's greetings are given, the last visitor's last: they are no socket's."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as http:
        for _ in range(600):
            if (await http.get(f"{BASE}/messages")).json()["last_seq"] >= 2:
                return
            await asyncio.sleep(0.1)
    raise TimeoutError("the bot does not greet")


class Writer:
    """Writes messages with a mark: as an agent's, from this process; on SQLite by POST."""

    def __init__(self, house: House | None, port: int) -> None:
        self._house = house
        self._http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60)
        self.began: dict[str, float] = {}

    async def write(self, token: str, conversation_id: str) -> str:
        mark = MARK.decode() + "".join(secrets.choice(ascii_lowercase) for _ in range(8))
        text = f"{mark} {TEXT}"
        self.began[mark] = time.monotonic()
        if self._house is None:
            sent = {"client_id": mark, "text": text}
            headers = {"Authorization": f"Bearer {token}"}
            answer = await self._http.post(f"{BASE}/messages", json=sent, headers=headers)
            assert answer.status_code == 202, answer.text
        else:
            await self._house.db.tx(_reply, conversation_id, text)
        return mark

    async def close(self) -> None:
        await self._http.aclose()
        if self._house is not None:
            await self._house.close()


def _reply(tx: Tx, conversation_id: str, text: str) -> None:
    body = {"text": text, "options": [], "presentation": "buttons", "attachments": []}
    conversation = conversations.get_conversation(tx, conversation_id, lock=True)
    conversations.add_outgoing(tx, conversation, [body], author="agent", pulled=True)


def spread(latencies: Sequence[float]) -> str:
    """p50, p99 and the longest, in ms."""
    cuts = statistics.quantiles(latencies, n=100)
    return f"p50 {cuts[49]:6.1f}  p99 {cuts[98]:6.1f}  max {max(latencies):6.1f} ms"


def latencies_of(
    marks: Sequence[str], writer: Writer, arrivals: dict[str, list[float]], each: int
) -> list[float]:
    """Milliseconds from writing to arrival; every client must have got every message."""
    missing = {mark: each - len(arrivals.get(mark, [])) for mark in marks}
    lost = sum(missing.values())
    assert not lost, f"{lost} of {each * len(marks)} deliveries did not arrive"
    return [1000 * (at - writer.began[mark]) for mark in marks for at in arrivals[mark]]


async def arrived(marks: Sequence[str], arrivals: dict[str, list[float]], each: int) -> None:
    """Wait until all is there, 15 s at most."""
    for _ in range(150):
        if all(len(arrivals.get(mark, [])) >= each for mark in marks):
            return
        await asyncio.sleep(0.1)


async def measure(form: Form, clients: int, folder: Path) -> None:
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        database_url=form.database_url,
        redis_url=form.redis_url,
        demo=True,
        secret="bench",  # noqa: S106
    )
    async with serving(form, folder) as server:
        house = None if form.is_sqlite else open_house(settings, accounts_of(settings))
        writer, arrivals = Writer(house, server.port), dict[str, list[float]]()
        try:
            visitors = await sessions(server.port, clients)
            tokens = [token for token, _ in visitors]
            if form.is_sqlite:
                await _greeted(server.port, tokens[-1])
                await asyncio.sleep(SETTLED)
            # What every process needs once is no client's: imports, pools, caches.
            await disconnect(await connect(server.port, tokens[:WARM_UP], arrivals))
            await _own(form, server, visitors, writer, arrivals)
            await _broadcast(form, server, visitors[0], clients, writer, arrivals)
        finally:
            await writer.close()


async def _broadcast(
    form: Form,
    server: Server,
    visitor: tuple[str, str],
    clients: int,
    writer: Writer,
    arrivals: dict[str, list[float]],
) -> None:
    opened = await connect(server.port, [visitor[0]] * clients, arrivals)
    marks, cpu = [], server.cpu
    for _ in range(BROADCASTS):
        marks.append(await writer.write(*visitor))
        await asyncio.sleep(PAUSE)
    await arrived(marks, arrivals, clients)
    found = latencies_of(marks, writer, arrivals, clients)
    each = 1_000_000 * (server.cpu - cpu) / len(found)
    print(f"{form.name:<9} broadcast  {spread(found)}   {each:5.0f} µs CPU a delivery")
    await disconnect(opened)


async def _own(
    form: Form,
    server: Server,
    visitors: Sequence[tuple[str, str]],
    writer: Writer,
    arrivals: dict[str, list[float]],
) -> None:
    before = server.rss
    opened = await connect(server.port, [token for token, _ in visitors], arrivals)
    grown = (server.rss - before) / len(visitors) / 1024
    if form.is_sqlite:
        print(f"{form.name:<9} own        {'':41} {grown:5.1f} KB a connection")
        await disconnect(opened)
        return
    marks, writes = [], []
    begin = time.monotonic()
    for number in range(RATE * SECONDS):
        await asyncio.sleep(max(0.0, begin + number / RATE - time.monotonic()))
        writes.append(asyncio.create_task(writer.write(*visitors[number % len(visitors)])))
    marks = await asyncio.gather(*writes)
    rate = len(marks) / (time.monotonic() - begin)
    await arrived(marks, arrivals, 1)
    found = latencies_of(marks, writer, arrivals, 1)
    print(
        f"{form.name:<9} own        {spread(found)}   {grown:5.1f} KB a connection, "
        f"{rate:.0f} replies/s"
    )
    await disconnect(opened)


@contextmanager
def forms(names: Sequence[str]) -> Iterator[list[Form]]:
    """The servers that are asked for."""
    with ExitStack() as servers:
        found = []
        for name in names:
            database = redis = ""
            if name != "sqlite":
                postgres = servers.enter_context(run_postgres())
                database = postgres.url(postgres.create_database())
                migrate(database)
            if name == "redis":
                redis = servers.enter_context(run_redis())
            found.append(Form(name, database, redis))
        yield found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--kinds", default="sqlite,postgres,redis")
    arguments = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536), most))
    print(f"{arguments.clients} clients, load {os.getloadavg()[0]:.1f}, {os.cpu_count()} CPUs")
    with forms(arguments.kinds.split(",")) as found:
        for form in found:
            with tempfile.TemporaryDirectory() as folder:
                asyncio.run(measure(form, arguments.clients, Path(folder)))


if __name__ == "__main__":
    main()
