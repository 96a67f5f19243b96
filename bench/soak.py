"""Whether cost and memory stay flat: many turns on one service, in equal stretches.

    .venv/bin/python -m bench.soak [--turns 100000] [--database sqlite] [--concurrency 16]

The conversations of a stretch are new ones, so the database grows all the while: CPU a turn that
grows with the number of conversations would show, as would memory that is never given back.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from bench import load
from bench.service import Service, service

STRETCHES = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=100_000)
    parser.add_argument("--database", default="sqlite")
    parser.add_argument("--concurrency", type=int, default=16)
    arguments = parser.parse_args()
    turns = sum(len(script) for script in load.TYPED) // len(load.TYPED)
    conversations = max(STRETCHES, arguments.turns // turns)
    with service(arguments.database, range(conversations + 100)) as running:
        print(f"{arguments.database}: turns so far, turns/s, CPU ms a turn, RSS MB")
        asyncio.run(_soak(running, range(100, 100 + conversations), arguments.concurrency))


async def _soak(running: Service, numbers: Sequence[int], concurrency: int) -> None:
    await load.hold(running.port, range(40), load.TYPED, 4)
    size, turns, first = len(numbers) // STRETCHES, 0, (0.0, 0.0)
    for stretch in range(STRETCHES):
        before = running.usage()
        mine = numbers[stretch * size : (stretch + 1) * size]
        result = await load.hold(running.port, mine, load.TYPED, concurrency)
        after = running.usage()
        turns += result.turns
        cost = 1000 * (after.cpu - before.cpu) / result.turns
        first = first if stretch else (cost, after.rss)
        rate = result.turns / result.wall
        print(f"{turns:>8}{rate:>8.0f}{cost:>8.2f}{after.rss:>8.0f}", flush=True)
    print(f"last stretch / first: CPU {cost / first[0]:.2f}, RSS {after.rss / first[1]:.2f}")


if __name__ == "__main__":
    main()
