"""Kill -9 at any moment: no accepted message lost, none answered twice, no refund paid twice.

Customers ask for refunds over HTTP, resending now and then, while the service is killed again and
again. An independent checker then reads the database and the payment provider's own log, without
the service's code, and compares every conversation with one that was never disturbed.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.chaos.check import Findings, check
from tests.chaos.customers import Customer, Progress, converse, prepare_orders
from tests.chaos.server import KillableService

KILLS = 50
AT_ONCE = 10
STEPS = 8
LONGEST_LIFE = 4.0
ORDERS = 400
SEED = 20260520


async def _kill_again_and_again(
    service: KillableService, rng: random.Random, progress: Progress
) -> None:
    """Each life ends after some steps of the customers, however fast the machine is today, and
    a moment later, so that the kill falls into whatever is under way."""
    while service.kills < KILLS:
        service.start()
        await service.until_ready()
        await progress.further(rng.randint(0, STEPS), patience=LONGEST_LIFE)
        await asyncio.sleep(rng.uniform(0, 0.1))
        await asyncio.to_thread(service.kill)
    service.start()
    await service.until_ready()


async def _keep_customers_coming(
    service: KillableService, rng: random.Random, progress: Progress, storm: asyncio.Task[None]
) -> list[Customer]:
    """New customers as long as the storm lasts; each ends his conversation in any case."""
    done: list[Customer] = []
    numbers = iter(range(ORDERS))

    async def line() -> None:
        while not storm.done():
            customer = Customer(next(numbers), random.Random(rng.random()))
            await converse(service.base, customer, progress)
            done.append(customer)

    await asyncio.gather(*(line() for _ in range(AT_ONCE)))
    await storm
    return done


Settle = Callable[[], Awaitable[Findings]]


async def _until_settled(look: Settle, patience: float = 60) -> Findings:
    """Deliveries and payments end a moment after the last answer."""
    deadline = time.monotonic() + patience
    while True:
        findings = await look()
        if not findings.open_work or time.monotonic() > deadline:
            return findings
        await asyncio.sleep(0.5)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_nothing_is_lost_or_doubled_by_kills(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, record_property: Callable[..., None]
) -> None:
    database = request.getfixturevalue("postgres_database") if kind == "postgres" else ""
    settings = {
        "data_dir": str(tmp_path),
        "database_url": str(database),
        "demo_payments": "slow_seconds=0.02,vanish_rate=0.2,fail_rate=0.1",
        "job_lease": 0.6,
        "job_poll": 0.1,
        "log_level": "ERROR",
    }
    await asyncio.to_thread(prepare_orders, settings, ORDERS)
    rng, progress = random.Random(SEED), Progress()
    service = KillableService(settings)
    try:
        storm = asyncio.create_task(_kill_again_and_again(service, rng, progress))
        customers = await _keep_customers_coming(service, rng, progress, storm)
        findings = await _until_settled(lambda: check(settings, customers))
    finally:
        await asyncio.to_thread(service.stop)
    record_property("chaos", f"{kind}: {service.kills} kills, {findings.table()}")
    print(f"\n{kind}: {service.kills} kills, {findings.table()}")  # noqa: T201  # the report
    assert service.kills >= KILLS
    assert findings.accepted > 2 * KILLS, "too calm a storm to show anything"
    assert findings.violations == []
