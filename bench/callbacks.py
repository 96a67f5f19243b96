"""WeCom's 5-second rule: how fast its callbacks are answered while turns wait.

    python -m bench.callbacks [--rate 60] [--seconds 20] [--database sqlite postgres scaled]
                              [--settled 25]

Customers of a customer service account and members of an app write at a fixed rate, whether or not
the service keeps up; every message has an answer that costs a turn and API calls. WeCom repeats a
callback that is not answered within 5 s, and gives up after three. `scaled` is 1 web + 1 worker on
Postgres and Redis. What is printed: the callbacks' latencies in ms, and how many turns waited at
most and how long the oldest of them.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp

from bench.service import service
from tests.support.wecom_crypto import Envelope
from tests.support.wecom_server import AES_KEY, CORP_ID, KEYS, TOKEN, FakeWecom, run_wecom
from tests.support.wecom_world import WecomWorld

KFID = "wkBench"
PEOPLE = 400
WORDS = ("你好", "我想退款", "退款多久到账", "hello", "how long does the refund take?", "谢谢")
FORMS = {"sqlite": ("sqlite", 0), "postgres": ("postgres", 0), "scaled": ("postgres", 1)}
"""Name -> database, worker processes beside the web process."""

WAITING = 'aftercare_queue_jobs{kind="turn",state="waiting"}'
AGE = 'aftercare_queue_oldest_seconds{kind="turn"}'


@dataclass
class Seen:
    """Latencies in milliseconds by account, calls that got no 200, and the queue at its longest."""

    latencies: dict[str, list[float]] = field(default_factory=dict)
    failed: int = 0
    waiting: int = 0
    age: float = 0.0


def _accounts(url: str, agent_id: int) -> str:
    common = (
        f'corp_id: "{CORP_ID}", secret: "app-secret", token: "{TOKEN}", '
        f'aes_key: "{AES_KEY}", base_url: "{url}"'
    )
    return f"""
- {{id: kf, channel: wecom_kf, settings: {{{common}}}}}
- {{id: staff, channel: wecom, settings: {{{common}, agent_id: {agent_id}}}}}
"""


async def _write(port: int, world: WecomWorld, rate: float, seconds: float, settled: float) -> Seen:
    """Open loop: the next message sets out on time, however the last one fares."""
    await asyncio.sleep(settled)
    seen, pending = Seen(), set()
    people, sayings = itertools.cycle(range(PEOPLE)), itertools.cycle(WORDS)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        watching = asyncio.create_task(_watch(http, port, seen))
        began = time.perf_counter()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            who, words = next(people), next(sayings)
            if number % 2:
                path, call = "wecom/staff", world.member_says(f"m{who}", words)
            else:
                path, call = "wecom_kf/kf", world.says(KFID, f"wm{who}", words)
            task = asyncio.create_task(_call(http, port, path, call, seen))
            pending.add(task)
            task.add_done_callback(pending.discard)
        await asyncio.gather(*pending)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    return seen


async def _call(
    http: aiohttp.ClientSession, port: int, path: str, call: Envelope, seen: Seen
) -> None:
    began = time.perf_counter()
    url = f"http://127.0.0.1:{port}/webhooks/{path}"
    try:
        async with http.post(
            url, params=call.query, data=call.body, timeout=aiohttp.ClientTimeout(total=5)
        ) as answer:
            seen.failed += answer.status != 200
    except (aiohttp.ClientError, TimeoutError):
        seen.failed += 1
    seen.latencies.setdefault(path, []).append(1000 * (time.perf_counter() - began))


async def _watch(http: aiohttp.ClientSession, port: int, seen: Seen) -> None:
    """How many turns wait, and how long the oldest, as the service's own metrics tell."""
    while True:
        await asyncio.sleep(0.5)
        async with http.get(f"http://127.0.0.1:{port}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        waiting, age = (_sum(lines, name) for name in (WAITING, AGE))
        seen.waiting, seen.age = max(seen.waiting, int(waiting)), max(seen.age, age)


def _sum(lines: Sequence[str], name: str) -> float:
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def _line(form: str, path: str, latencies: Sequence[float], seen: Seen) -> str:
    cuts = statistics.quantiles(latencies, n=100, method="inclusive")
    return (
        f"{form:10}{path:14}{len(latencies):7}{cuts[49]:9.1f}{cuts[94]:9.1f}{cuts[98]:9.1f}"
        f"{max(latencies):9.1f}{seen.failed:8}{seen.waiting:9}{seen.age:9.1f}"
    )


HEAD = (
    f"{'':10}{'':14}{'calls':>7}{'p50':>9}{'p95':>9}{'p99':>9}{'max':>9}"
    f"{'failed':>8}{'waiting':>9}{'oldest s':>9}"
)


SETTLED = 25.0
"""Seconds from readiness until its models are there and its articles are indexed."""


def main() -> None:
    """Print a line for each form and channel account."""
    parser = argparse.ArgumentParser(prog="python -m bench.callbacks")
    parser.add_argument("--rate", type=float, default=60.0, help="callbacks a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument(
        "--settled", type=float, default=SETTLED, help="seconds after readiness; 0: a new process"
    )
    parser.add_argument("--database", nargs="+", choices=FORMS, default=list(FORMS))
    options = parser.parse_args()
    print(f"{options.rate:g} callbacks/s for {options.seconds:g} s; latencies in ms")
    print(HEAD)
    for form in options.database:
        database, workers = FORMS[form]
        world = WecomWorld(KEYS, accounts={KFID: "Bench"})
        world.members = {f"m{number}" for number in range(PEOPLE)}
        with (
            run_wecom(FakeWecom(world)) as url,
            service(
                database, range(1), workers=workers, accounts=_accounts(url, world.agent_id)
            ) as running,
        ):
            seen = asyncio.run(
                _write(running.port, world, options.rate, options.seconds, options.settled)
            )
        for path, latencies in sorted(seen.latencies.items()):
            print(_line(form, path, latencies, seen), flush=True)


if __name__ == "__main__":
    main()
