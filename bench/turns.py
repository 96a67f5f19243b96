"""What a turn costs: CPU and wall time from the message accepted to the reply stored.

    .venv/bin/python -m bench.turns [--customers 64] [--database postgresql+asyncpg://…]

Every customer holds the refund conversation, typed and by buttons, all at once in one process, on
a fresh database. Printed: turns a second, CPU milliseconds a turn, and the ratio of the two ways.
Machines are noisy: compare ratios within one run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from backend.conversations import repository
from backend.house import House, open_house
from backend.kit.clock import SystemClock
from backend.migrations.run import migrate
from backend.orders.importing import import_file
from backend.pipeline import inbox
from backend.serve import accounts_of
from backend.settings import Settings
from bot.messages import InboundKind, InboundMessage, Sender, VerifiedIdentity

ACCOUNT = "web-demo"
TYPED = ("I want a refund for order {order}", "yes, I received it", "I no longer want it", "yes")
PRESSED = ("I want a refund for order {order}", "#0", "#5", "#0")
"""`#n` presses the n-th option of the last question."""


@dataclass(frozen=True)
class Result:
    """Of one run over all customers."""

    turns: int
    wall: float
    cpu: float

    def line(self, name: str) -> str:
        return (
            f"{name:<8} {self.turns:>6} turns  {self.turns / self.wall:>7.0f} turns/s  "
            f"{1000 * self.cpu / self.turns:>6.2f} ms CPU a turn"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=64)
    parser.add_argument("--database", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            _env_file=None,
            data_dir=Path(folder),
            database_url=arguments.database,
            demo=True,
            secret="bench",  # noqa: S106
        )
        migrate(settings.database)
        typed, pressed = asyncio.run(_run(settings, arguments.customers))
    for name, result in (("typed", typed), ("pressed", pressed)):
        print(result.line(name))
    ratio = (typed.cpu / typed.turns) / (pressed.cpu / pressed.turns)
    print(f"typed / pressed, CPU a turn: {ratio:.2f}")


async def _run(settings: Settings, customers: int) -> tuple[Result, Result]:
    house = open_house(settings, accounts_of(settings), clock=SystemClock())
    await house.prepare()
    await _import_orders(house, settings.data_dir, 2 * customers)
    typed = await _measure(house, range(customers), TYPED)
    pressed = await _measure(house, range(customers, 2 * customers), PRESSED)
    await house.close()
    return typed, pressed


async def _measure(house: House, numbers: Sequence[int], script: Sequence[str]) -> Result:
    wall, cpu, worker = time.perf_counter(), time.process_time(), house.worker()
    for step, words in enumerate(script):
        await asyncio.gather(*(_say(house, number, step, words) for number in numbers))
        await worker.run_until_idle()
    return Result(len(numbers) * len(script), time.perf_counter() - wall, time.process_time() - cpu)


async def _say(house: House, number: int, step: int, words: str) -> None:
    who = f"B{number:05d}"
    now = house.clock.now()
    choice = await _option(house, who, int(words[1:])) if words.startswith("#") else None
    message = InboundMessage(
        external_id=f"{who}:{step}",
        sender=Sender(f"customer:{who}", locale_hint="en", identity=VerifiedIdentity(who)),
        kind=InboundKind.CHOICE if choice else InboundKind.TEXT,
        sent_at=now,
        order=int(now.timestamp() * 1_000_000),
        text="" if choice else words.format(order=f"BN{number:05d}"),
        choice=choice,
    )
    await house.db.tx(inbox.accept, house.channels.account(ACCOUNT), message, "en")


async def _option(house: House, who: str, index: int) -> str:
    found = await house.db.read(repository.by_external_id, ACCOUNT, f"{who}:0")
    assert found is not None
    rows = await house.db.read(repository.page_after, found.conversation_id, 0, 200)
    options: list[Any] = [row.body["options"] for row in rows if row.body.get("options")]
    return str(options[-1][index]["value"])


async def _import_orders(house: House, folder: Path, count: int) -> None:
    file = folder / "orders.jsonl"
    now = datetime.now(UTC)
    file.write_text("\n".join(json.dumps(_order(number, now)) for number in range(count)))
    report = await import_file(house.db, file)
    assert report.created == count, report


def _order(number: int, now: datetime) -> dict[str, Any]:
    placed, delivered = now - timedelta(days=5), now - timedelta(days=2)
    return {
        "number": f"BN{number:05d}",
        "customer": {"external_id": f"B{number:05d}", "name": "Bench"},
        "business": "appliances",
        "status": "delivered",
        "currency": "CNY",
        "country": "CN",
        "cross_border": False,
        "items": [{"sku": "KETTLE", "title": "Kettle", "quantity": 1, "unit_price_minor": 4900}],
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


if __name__ == "__main__":
    main()
