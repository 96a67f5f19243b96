"""What a turn costs: from the customer's HTTP request to the reply stored and in his hands.

    .venv/bin/python -m bench.turns [--databases sqlite,postgres] [--concurrency 1,8,32,128]
                                    [--conversations 200] [--webs 2 --workers 2]

The real service in its own process(es), this process the customers, both on one machine. Printed:
turns/s, p50/p95/p99 in ms, the service's CPU ms a turn, RSS in MB, seconds to the first answer.
Machines are noisy: CPU a turn moves less than wall time, and ratios within one run least.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Sequence

from bench import load
from bench.service import Service, service

HEAD = f"{'':28}{'turns/s':>9}{'p50':>8}{'p95':>8}{'p99':>8}{'CPU ms':>8}{'RSS':>7}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--concurrency", default="1,8,32,128")
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--webs", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0)
    arguments = parser.parse_args()
    levels = [int(level) for level in arguments.concurrency.split(",")]
    print(f"load of the machine before: {os.getloadavg()[0]:.2f}")
    for database in arguments.databases.split(","):
        orders = range(3 * len(levels) * arguments.conversations + 100)
        workers = arguments.workers if database == "postgres" else 0
        with service(database, orders, webs=arguments.webs, workers=workers) as running:
            print(f"\n{database}: first answer after {running.seconds:.1f} s\n{HEAD}")
            asyncio.run(_measure(running, levels, arguments.conversations))


async def _measure(running: Service, levels: Sequence[int], conversations: int) -> None:
    await load.hold(running.port, range(40), load.TYPED, 4)
    number = 100
    kinds = (("typed", load.TYPED), ("buttons", load.PRESSED), ("refunds", load.REFUNDS))
    for name, scripts in kinds:
        for level in levels:
            numbers = range(number, number + conversations)
            number += conversations
            before = running.usage()
            result = await load.hold(running.port, numbers, scripts, level)
            after = running.usage()
            print(
                f"{name:<8} {level:>4} at once       "
                f"{result.turns / result.wall:>9.0f}"
                + "".join(f"{result.percentile(share):>8.1f}" for share in (0.5, 0.95, 0.99))
                + f"{1000 * (after.cpu - before.cpu) / result.turns:>8.2f}{after.rss:>7.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
