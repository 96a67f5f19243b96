"""An independent, stateful stand-in for Stripe, from npm, in a process of its own."""

from __future__ import annotations

import http.client
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import stripe

from tests.support.process import free_port, guarded, server_folder, wait_until_ready
from tools.node import CACHE, NODE, digest, exclusive, npm

RECIPE = Path(__file__).parent / "node"
RECIPE_FILES = ("package.json", "package-lock.json", ".npmrc")
KEY = "sk_test_aftercare"


@dataclass(frozen=True, slots=True)
class StripeMock:
    """A running stand-in."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def charge(self, amount: int) -> str:
        """Take a payment in EUR, as the shop did before; the charge's id."""
        made = self._client().v1.charges.create(
            {"amount": amount, "currency": "eur", "source": "tok_visa"}
        )
        return made.id

    def refunds_of(self, charge: str) -> list[int]:
        """What went back on a charge, by the stand-in's own account; the latest first."""
        return [one.amount for one in self._client().v1.refunds.list({"charge": charge}).data]

    def _client(self) -> stripe.StripeClient:
        return stripe.StripeClient(KEY, base_addresses={"api": self.url}, max_network_retries=0)


@pytest.fixture(scope="session")
def stripe_mock() -> Iterator[StripeMock]:
    """Started once for all tests of a worker; each takes payments of its own."""
    script = _installed() / "node_modules" / "stripe-stateful-mock" / "dist" / "cli.js"
    port = free_port()
    with server_folder() as folder:
        log = folder / "stripe-mock.log"
        # It reads its port from the environment only.
        start = "process.env.PORT = process.argv[1]; require(process.argv[2])"
        command: list[str | Path] = [NODE, "-e", start, str(port), script]
        with guarded(command, log) as guard:
            wait_until_ready(guard, lambda: _answers(port), log)
            yield StripeMock(port)


def _answers(port: int) -> bool:
    with suppress(OSError):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        connection.request("GET", "/")
        connection.getresponse().read()
        return True
    return False


def _installed() -> Path:
    """The folder with the packages of the lock file; they are fetched on first use."""
    folder = CACHE / f"payments-{digest(RECIPE / name for name in RECIPE_FILES)[:16]}"
    with exclusive("payments"):
        if not folder.exists():
            staging = folder.with_suffix(".new")
            shutil.rmtree(staging, ignore_errors=True)
            staging.mkdir(parents=True)
            for name in RECIPE_FILES:
                shutil.copy(RECIPE / name, staging)
            npm("ci", "--ignore-scripts", folder=staging)
            staging.rename(folder)
    return folder
