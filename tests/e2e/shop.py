"""The demo shop as a real process, and what a test may ask of its API."""

from __future__ import annotations

import asyncio
import atexit
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from backend.backup import DATABASE
from backend.demo import PASSWORD, load_demo
from backend.kit.clock import SystemClock
from backend.kit.db import Database
from backend.serve import prepare, with_database
from backend.settings import Settings
from tests.support.process import ServerFailed, free_port, guarded, tail, wait_until_ready

COMMAND = [sys.executable, "-c", "from backend.cli import main; main()"]
ADMIN = "admin@demo.local"
CSRF = {"X-Aftercare-CSRF": "1"}
QUICK = {"AFTERCARE_UNDERSTANDING": "rules"}
"""What a shop starts with unless a test says otherwise: without the second its encoder takes."""
_numbers = count(1)


@cache
def _loaded() -> Path:
    """A data folder with the demo's data, to copy: bringing it in takes longer than most tests."""
    folder = Path(tempfile.mkdtemp(prefix="aftercare-demo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = Settings(_env_file=None, data_dir=folder, demo=True)
    prepare(settings)

    async def load(db: Database) -> bool:
        return await load_demo(db, SystemClock())

    # The browser's driver has an event loop of its own on this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, with_database(settings, load)).result()
    return folder


@dataclass
class DemoShop:
    """`aftercare demo` on a free port with a folder of its own; can be killed and started again."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _guard: subprocess.Popen[bytes] | None = None
    _running: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers. Raises: ServerFailed."""
        log = self.folder / "server.log"
        data = self.folder / "data"
        if not (data / DATABASE).exists():
            shutil.copytree(_loaded(), data, dirs_exist_ok=True)
        command = [*COMMAND, "demo", "--port", str(self.port), "--data", str(data)]
        environment = [f"{name}={value}" for name, value in (QUICK | self.environment).items()]
        guard = self._running.enter_context(guarded(["env", *environment, *command], log))
        self._guard = guard
        wait_until_ready(guard, self._is_ready, log)

    @contextmanager
    def killed(self) -> Iterator[None]:
        """Dead within the block, started again after it."""
        self._kill()
        try:
            yield
        finally:
            self.start()

    def _kill(self) -> None:
        """SIGKILL: it gets to say goodbye to nobody."""
        assert self._guard is not None
        children = Path(f"/proc/{self._guard.pid}/task/{self._guard.pid}/children")
        for pid in children.read_text().split():
            os.kill(int(pid), signal.SIGKILL)
        self._guard.wait(10)
        self._running.close()

    def stop(self) -> None:
        """End it as Ctrl-C would. Raises: ServerFailed if it had ended by itself."""
        ended = self._guard.poll() if self._guard is not None else None
        self._running.close()
        if ended is not None:
            told = tail(self.folder / "server.log")
            raise ServerFailed(f"The demo shop had ended with {ended}:\n{told}")

    @contextmanager
    def staff(self, email: str = ADMIN) -> Iterator[httpx.Client]:
        """An HTTP client signed in as one of the demo's people."""
        with httpx.Client(base_url=f"{self.url}/api/v1", headers=CSRF, timeout=20) as client:
            answer = client.post("/auth/login", json={"email": email, "password": PASSWORD})
            answer.raise_for_status()
            yield client

    def add_order(self, customer: str, **changes: Any) -> str:
        """Give a demo customer an order that was delivered yesterday; returns its number.

        One kettle for CNY 59.00 unless `changes` say otherwise (`price`: minor units).
        """
        people = httpx.get(f"{self.url}/demo/customers", params={"locale": "en"}).json()
        (name,) = [one["name"] for one in people if one["customer_id"] == customer]
        order = new_order({"external_id": customer, "name": name}, **changes)
        with self.staff() as staff:
            answer = staff.put(f"/orders/{order['number']}", json=order)
            assert answer.is_success, answer.text
        return str(order["number"])

    def refund_of(self, order_number: str) -> dict[str, Any] | None:
        """The refund of an order, as the desk's API shows it."""
        with self.staff() as staff:
            tickets = staff.get("/tickets", params={"q": order_number}).json()["items"]
            if not tickets:
                return None
            ticket: dict[str, Any] = staff.get(f"/tickets/{tickets[0]['number']}").json()
            refund: dict[str, Any] | None = ticket["refund"]
            return refund

    def request_refund(self, customer: str, **changes: Any) -> str:
        """Have the customer ask for a refund by the chat API; returns the new order's number."""
        order = self.add_order(customer, **changes)
        identity = httpx.post(f"{self.url}/demo/identity", json={"customer_id": customer}).json()
        session = {"channel": identity.pop("channel"), "locale": "en", "identity": identity}
        with httpx.Client(base_url=f"{self.url}/api/chat/v1", timeout=20) as client:
            opened = client.post("/sessions", json=session).json()
            client.headers["Authorization"] = f"Bearer {opened['token']}"
            self._hear(client, 0)
            for words in (f"refund for order {order}", "it arrived", "no longer wanted", "yes"):
                sent = {"client_id": secrets.token_hex(8), "text": words}
                self._hear(client, client.post("/messages", json=sent).json()["seq"])
        assert self.refund_of(order) is not None
        return order

    @staticmethod
    def _hear(client: httpx.Client, after: int) -> None:
        """Wait for something the bot says after this number."""
        for _ in range(200):
            page = client.get("/messages", params={"after": after}).json()
            if any(message["from"] == "bot" for message in page["messages"]):
                return
            time.sleep(0.05)
        raise AssertionError("the bot says nothing")

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/v1/health/ready", timeout=2).is_success
        except httpx.TransportError:
            return False


def new_order(
    customer: dict[str, str],
    *,
    price: int = 5_900,
    title: str = "Test kettle",
    currency: str = "CNY",
    phone: str | None = None,
) -> dict[str, Any]:
    """An order as the shop's import takes it."""
    number = f"LL-9{next(_numbers):04}"
    now = datetime.now(UTC)
    placed, delivered = now - timedelta(days=3), now - timedelta(days=1)
    order: dict[str, Any] = {
        "number": number,
        "customer": customer,
        "business": "appliances",
        "status": "delivered",
        "currency": currency,
        "country": "CN",
        "cross_border": False,
        "items": [
            {"sku": f"SKU-{number}", "title": title, "quantity": 1, "unit_price_minor": price}
        ],
        "payments": [
            {
                "provider": "demo",
                "ref": f"pay-{number}",
                "method": "card",
                "amount_minor": price,
                "paid_at": placed.isoformat(),
            }
        ],
        "placed_at": placed.isoformat(),
        "delivered_at": delivered.isoformat(),
    }
    if phone is not None:
        order["phone"] = phone
    return order
