"""The real service in processes of its own, for benchmarks: start-up, CPU and memory as seen from
outside."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.support.postgres import run_postgres
from tests.support.process import free_port, guarded, server_folder, tail, wait_until_ready
from tests.support.redis import run_redis

KEY = "a-benchmark's-own-key"
COMMAND = [sys.executable, "-c", "from backend.cli import main; main()"]
TICK = os.sysconf("SC_CLK_TCK")
LONGEST_COMMAND = 600
CHANNELS = f"""
- id: app
  channel: app
  settings: {{api_key: "{KEY}"}}
"""


@dataclass(frozen=True)
class Usage:
    """CPU seconds used so far and resident megabytes, of all processes together."""

    cpu: float
    rss: float


@dataclass
class Service:
    """A running installation. `seconds` is what it took from start to the first answer."""

    folder: Path
    ports: list[int]
    seconds: float = 0.0
    pids: list[int] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def port(self) -> int:
        """Where the (first) web process answers."""
        return self.ports[0]

    def usage(self) -> Usage:
        """What the service's processes have used."""
        ticks, pages = 0, 0
        for pid in self.pids:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return Usage(ticks / TICK, pages * os.sysconf("SC_PAGE_SIZE") / 2**20)


@contextmanager
def service(
    database: str, orders: Sequence[int], *, webs: int = 1, workers: int = 0, accounts: str = ""
) -> Iterator[Service]:
    """`aftercare all` on SQLite or Postgres, or `webs` + `workers` processes on Postgres and Redis,
    with an app account (and more `accounts`, as channels.yml lists them) and a delivered order
    `BN<n>` of customer `B<n>` for each n of `orders`.
    """
    with ExitStack() as running:
        folder = running.enter_context(server_folder())
        environment = {
            "AFTERCARE_SECRET": "bench",
            "AFTERCARE_DEMO_PAYMENTS": "slow_seconds=0",
            "AFTERCARE_MESSAGE_RATE": "100000/second",
            "AFTERCARE_LOG_LEVEL": "WARNING",
            "AFTERCARE_REFUSE_AFTER": "600",
            "AFTERCARE_BUSY_AFTER": "600",
        }
        if database == "postgres":
            server = running.enter_context(run_postgres(durable=True))
            environment["AFTERCARE_DATABASE_URL"] = server.url(server.create_database())
        if workers:
            environment["AFTERCARE_REDIS_URL"] = running.enter_context(run_redis())
        data = folder / "data"
        data.mkdir()
        (data / "channels.yml").write_text(CHANNELS + accounts)
        found = Service(folder, [free_port() for _ in range(webs)], environment=environment)
        _run(running, found, ["migrate"], wait=True)
        file = folder / "orders.jsonl"
        now = datetime.now(UTC)
        file.write_text("\n".join(json.dumps(an_order(n, now)) for n in orders))
        _run(running, found, ["import", "orders", str(file)], wait=True)
        began = time.monotonic()
        for port in found.ports:
            _run(running, found, ["web" if workers else "all", "--port", str(port)])
        for _ in range(workers):
            _run(running, found, ["worker"])
        found.seconds = _first_answer(found.port) - began
        yield found


def _run(running: ExitStack, found: Service, command: Sequence[str], *, wait: bool = False) -> None:
    log = found.folder / "service.log"
    pairs = [f"{name}={value}" for name, value in found.environment.items()]
    full = ["env", *pairs, *COMMAND, *command, "--data", str(found.folder / "data")]
    with ExitStack() as here:
        guard = (here if wait else running).enter_context(guarded(full, log))
        if wait:
            if code := guard.wait(LONGEST_COMMAND):
                raise RuntimeError(f"{command} ended with {code}:\n{tail(log)}")
            return
        children = Path(f"/proc/{guard.pid}/task/{guard.pid}/children")
        wait_until_ready(guard, lambda: bool(children.read_text().split()), log)
        found.pids += map(int, children.read_text().split())


def _first_answer(port: int) -> float:
    """When the bot has answered for the first time."""
    headers = {"Authorization": f"Bearer {KEY}"}
    for _ in range(6_000):
        try:
            said = {"sender": "first", "message": "hello"}
            answer = httpx.post(
                f"http://127.0.0.1:{port}/api/app/v1/messages", json=said, headers=headers
            )
            if answer.status_code == 200:
                return time.monotonic()
        except httpx.TransportError:
            time.sleep(0.01)
    raise RuntimeError("the service does not answer")


def an_order(number: int, now: datetime) -> dict[str, Any]:
    placed, delivered = now - timedelta(days=5), now - timedelta(days=2)
    return {
        "number": f"BN{number:06d}",
        "customer": {"external_id": f"B{number:06d}", "name": "Bench"},
        "business": "appliances",
        "status": "delivered",
        "currency": "CNY",
        "country": "CN",
        "cross_border": False,
        "phone": "13800001234",
        "items": [
            {
                "sku": "KETTLE",
                "titles": {"en": "Kettle", "zh-CN": "水壶"},
                "quantity": 1,
                "unit_price_minor": 4900,
            }
        ],
        "payments": [
            {
                "provider": "demo",
                "ref": f"pay-{number}",
                "method": "alipay",
                "amount_minor": 4900,
                "paid_at": placed.isoformat(),
            }
        ],
        "placed_at": placed.isoformat(),
        "delivered_at": delivered.isoformat(),
    }
