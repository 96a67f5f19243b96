"""Pages and searches of tickets and conversations: how long they take with many rows.

    .venv/bin/python -m bench.lists [--rows 1000,100000,1000000] [--database postgresql+asyncpg://…]

Without --database in a SQLite file of the cache folder, which is kept, so that a second run fills
nothing. A Postgres database must be empty, or filled by this bench with the same number of rows.
Every kind of question is asked --times times with other words, filters and places; printed are
wall milliseconds of the service function, of the HTTP endpoint (in process, with login and JSON),
and CPU milliseconds of this process (on Postgres the server's come on top). At the end: what
opening a ticket costs with and without the search, and what indexing costs afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import sqlalchemy as sa

from backend.accounts.service import create_key
from backend.app import create_app
from backend.conversations.search import list_conversations
from backend.house import House, open_house
from backend.kit.actor import SYSTEM, Actor, Role
from backend.kit.db import Tx
from backend.kit.pages import Place, Total
from backend.migrations.run import migrate
from backend.serve import accounts_of
from backend.settings import Settings
from backend.tickets.search import list_tickets
from bench.lists import writes
from bench.lists.fill import PostgresTarget, SqliteTarget, fill
from bench.lists.questions import CONVERSATIONS, TICKETS, Ask, Kind

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "aftercare-bench"
AGENT = Actor("account", "bench", "Bench", Role.AGENT)
PEER = (
    "django-helpdesk 2.6.1 among 10,000 tickets, measured apart on a 2-core machine: "
    "its own list p95 134 ms, search 70 ms"
)


@dataclass(frozen=True, slots=True)
class Times:
    """Of one kind of question, each time it was asked; seconds."""

    wall: Sequence[float]
    cpu: Sequence[float]

    def cells(self) -> str:
        """Wall p50, p95, p99 and CPU p50, p95 in ms."""
        wall, cpu = sorted(self.wall), sorted(self.cpu)
        parts = [(wall, 0.5), (wall, 0.95), (wall, 0.99), (cpu, 0.5), (cpu, 0.95)]
        return " ".join(
            f"{1000 * times[min(int(len(times) * part), len(times) - 1)]:6.1f}"
            for times, part in parts
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="1000,100000")
    parser.add_argument("--database", default="")
    parser.add_argument("--times", type=int, default=60)
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    arguments = parser.parse_args()
    for rows in map(int, arguments.rows.split(",")):
        settings = _settings(rows, arguments.database)
        asyncio.run(_run(settings, rows, arguments.times, arguments.only))
    print(f"for comparison: {PEER}")


def _settings(rows: int, database: str) -> Settings:
    folder = CACHE / f"lists-{rows}"
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(_env_file=None, data_dir=folder, database_url=database, demo=True)
    filled = folder / "filled"
    if settings.is_sqlite and filled.exists():
        return settings
    started = time.perf_counter()
    if settings.is_sqlite:
        Path(settings.database).unlink(missing_ok=True)
    migrate(settings.database)
    if asyncio.run(_count(settings)) == 0:
        print(f"filling {rows} tickets and conversations:", flush=True)
        target = SqliteTarget(settings.database) if settings.is_sqlite else PostgresTarget(database)
        asyncio.run(fill(target, rows))
        print(f"  filled and indexed in {time.perf_counter() - started:.0f} s", flush=True)
    if settings.is_sqlite:
        filled.touch()
    return settings


async def _count(settings: Settings) -> int:
    house = open_house(settings, accounts_of(settings))
    try:
        return await house.db.read(
            lambda tx: int(tx.conn.execute(sa.text("SELECT count(*) FROM ticket")).scalar_one())
        )
    finally:
        await house.close()


async def _run(settings: Settings, rows: int, times: int, only: str) -> None:
    house = open_house(settings, accounts_of(settings))
    try:
        await house.prepare()
        await writes.index_all(house)
        size = await house.db.read(_size)
        kind = "SQLite" if settings.is_sqlite else "Postgres"
        print(f"\n{kind}, {rows} tickets and conversations, {size / 2**30:.2f} GiB")
        columns = "  wall p50    p95    p99  CPU p50   p95"
        print(f"ms {'service':>78} {'HTTP':>36}\n{'':<42}{columns} |{columns} |  rows   total")
        async with _client(house) as client:
            for title, service, path, kinds in (
                ("tickets", list_tickets, "/api/v1/tickets", TICKETS),
                ("conversations", list_conversations, "/api/v1/conversations", CONVERSATIONS),
            ):
                for one in kinds:
                    name = f"{title}: {one.name}"
                    if only in name:
                        print(f"{name:<42}", end=" ", flush=True)
                        print(await _measure(house, client, service, path, one, rows, times))
        print(f"load of the machine meanwhile: {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs")
        await writes.measure(house)
    finally:
        await house.close()


async def _measure(
    house: House,
    client: httpx.AsyncClient,
    service: Callable[..., object],
    path: str,
    kind: Kind,
    rows: int,
    times: int,
) -> str:
    found, total = 0, ""

    async def by_service(ask: Ask) -> None:
        nonlocal found, total
        page = await house.db.read(
            service,
            AGENT,
            status=ask.status,
            words=ask.words,
            cursor=_cursor(ask),
            limit=50,
        )
        found += len(page.rows)  # type: ignore[attr-defined]
        total = str(page.total.count) + "+" * (not page.total.exact)  # type: ignore[attr-defined]

    async def by_http(ask: Ask) -> None:
        asked = {"status": ask.status, "q": ask.words, "cursor": _cursor(ask)}
        params = {name: value for name, value in asked.items() if value}
        response = await client.get(path, params=params)
        assert response.status_code == 200, response.text

    asks = [kind.ask(number, rows) for number in range(times)]
    served = await _time(by_service, asks)
    over_http = await _time(by_http, asks)
    return f"{served.cells()} | {over_http.cells()} | {found / times:5.1f} {total:>7}"


async def _time(ask_one: Callable[[Ask], Awaitable[None]], asks: Sequence[Ask]) -> Times:
    wall: list[float] = []
    cpu: list[float] = []
    for ask in asks:
        started, worked = time.perf_counter(), time.process_time()
        await ask_one(ask)
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - worked)
    return Times(wall, cpu)


def _cursor(ask: Ask) -> str | None:
    if ask.below is not None:
        return Place(Total(1_000, exact=False), seq=ask.below).encode()
    if ask.before is not None:
        return Place(Total(10_000, exact=False), at=ask.before, row_id="~").encode()
    return None


def _client(house: House) -> httpx.AsyncClient:
    async def opened() -> House:
        return house

    app = create_app(opened, works=False)
    app.state.house = house
    transport = httpx.ASGITransport(app=app)
    client = httpx.AsyncClient(transport=transport, base_url="http://bench")

    async def key(request: httpx.Request) -> None:
        if "key" not in house_key:
            house_key["key"] = (await house.db.tx(create_key, SYSTEM, "bench", Role.AGENT))[1]
        request.headers["Authorization"] = f"Bearer {house_key['key']}"

    house_key: dict[str, str] = {}
    client.event_hooks = {"request": [key]}
    return client


def _size(tx: Tx) -> int:
    """Bytes of the database."""
    if tx.is_postgres:
        query = "SELECT pg_database_size(current_database())"
    else:
        query = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    return int(tx.conn.execute(sa.text(query)).scalar_one())


if __name__ == "__main__":
    main()
