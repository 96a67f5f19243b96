"""One campaign: calm customers first, then the storm among many, then the checker."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from tests.chaos.check import check
from tests.chaos.fleet import FORM, Fleet
from tests.chaos.line import TABLE, Line, Vendors
from tests.chaos.phone import Impatient, Progress
from tests.chaos.plan import Plan
from tests.chaos.record import Fault, Record, now
from tests.chaos.report import Report
from tests.chaos.servers import Postgres, restartable_redis
from tests.chaos.storm import Storm
from tests.chaos.tables import Tables, open_jobs, read_tables
from tests.chaos.telegram import BotApi
from tests.chaos.wecom import Wecom
from tests.support.houses import an_order
from tests.support.process import server_folder

LEASE = {"sqlite": 30.0, "postgres": 3.0}
"""Seconds. The one process on SQLite knows at its start that what was begun is nobody's."""
STALL = 1.0
"""Seconds for which this machine does nothing before it counts as a fault of its own."""
TELL_EVERY = 30.0
SETTLE_WITHIN = 120.0
"""Seconds for retries that wait to come and end, once the storm is over."""


@dataclass
class Campaign:
    """A plan being carried out in `folder`."""

    plan: Plan
    folder: Path
    record: Record = field(default_factory=Record)
    progress: Progress = field(default_factory=Progress)
    tell: Callable[[str], None] = lambda _: None
    """Hears how far it is, for who waits."""

    async def run(self) -> Report:
        """All of it. Violations are in the report; their evidence is in the folder."""
        started = time.monotonic()
        tables: Tables = {}
        try:
            async with self._world() as (fleet, storm, line):
                await self._be_calm(line)
                await self._keep_customers_coming(line, storm)
                await self._settle(fleet)
                async with asyncio.timeout(SETTLE_WITHIN):
                    await line.come_back()
                tables = await read_tables(fleet.settings["database_url"], self.folder)
        except BaseException:
            self.record.dump(self.folder / "evidence", tables)
            raise
        findings = await asyncio.to_thread(check, self.record, tables)
        report = Report.of(
            self.plan, self.record, findings, fleet, storm.seconds, time.monotonic() - started
        )
        if findings.violations:
            self.record.dump(self.folder / "evidence", tables)
        report.write(self.folder)
        return report

    @asynccontextmanager
    async def _world(self) -> AsyncIterator[tuple[Fleet, Storm, Line]]:
        plan = self.plan
        async with AsyncExitStack() as stack:
            redis, postgres, url = restartable_redis(), None, ""
            stack.push_async_callback(redis.stop)
            redis_url = await redis.start()
            if plan.kind == "postgres":
                postgres = Postgres(stack.enter_context(server_folder()))
                stack.push_async_callback(postgres.stop)
                await postgres.start()
                url = await postgres.create_database()
            api = BotApi(self.record, random.Random(f"vendor {plan.seed}"))
            await api.start()
            stack.push_async_callback(api.stop)
            wecom = Wecom(self.record, plan.seed)
            wecom.start()
            stack.push_async_callback(wecom.stop)
            vendors = Vendors(api, wecom)
            settings = _settings(plan, self.folder, url, redis_url)
            await asyncio.to_thread(_prepare, settings, vendors.channels_yml(), plan.customers)
            fleet = Fleet(settings, FORM[plan.kind], self.folder / "logs")
            stack.push_async_callback(fleet.stop)
            await fleet.start()
            connector = aiohttp.TCPConnector(limit=0, force_close=False)
            http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
            line = Line(plan, self.record, self.progress, http, fleet.bases, vendors)
            yield (
                fleet,
                Storm(
                    plan,
                    fleet,
                    redis,
                    postgres,
                    self.folder,
                    self.record,
                    self.progress,
                    LEASE[plan.kind],
                ),
                line,
            )

    async def _be_calm(self, line: Line) -> None:
        """One customer for each script, while nothing goes wrong: so it has to go."""
        await asyncio.gather(*(self._serve(line, number) for number in range(len(TABLE))))
        line.be_calm(calm=False)

    async def _keep_customers_coming(self, line: Line, storm: Storm) -> None:
        """Whoever leaves is followed by the next, as long as the storm lasts; all end in calm."""
        numbers = iter(range(len(TABLE), self.plan.customers))

        async def queue() -> None:
            for number in numbers:
                await self._serve(line, number)
                if raging.done():
                    return

        beside = [asyncio.create_task(self._tell(storm)), asyncio.create_task(self._note_stalls())]
        try:
            async with asyncio.TaskGroup() as all_of_it:
                raging = all_of_it.create_task(storm.rage())
                for _ in range(self.plan.at_once):
                    all_of_it.create_task(queue())
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _tell(self, storm: Storm) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY)
            came, left = len(self.record.customers), sum(c.finished for c in self.record.customers)
            self.tell(f"  {storm.done} of {storm.planned} faults, {came} customers, {left} left")

    async def _note_stalls(self) -> None:
        """A machine too busy to do anything in time breaks calls just as a fault does."""
        while True:
            at = now()
            await asyncio.sleep(STALL / 4)
            if now() - at > STALL:
                self.record.faults.append(Fault("stall", "this machine", at, now()))

    async def _serve(self, line: Line, number: int) -> None:
        try:
            await line.converse(number)
        except Impatient as waited:
            self.record.refused("customer gave up")
            self.tell(f"  {waited}")

    async def _settle(self, fleet: Fleet) -> None:
        """Deliveries and payments end a moment after the last answer."""
        url, deadline = fleet.settings["database_url"], time.monotonic() + SETTLE_WITHIN
        while time.monotonic() < deadline:
            if not await open_jobs(url, self.folder):
                return
            await asyncio.sleep(0.3)


def _settings(plan: Plan, folder: Path, database_url: str, redis_url: str) -> dict[str, Any]:
    return {
        "data_dir": str(folder),
        "database_url": database_url,
        "redis_url": redis_url,
        "demo_payments": plan.payments,
        "job_lease": LEASE[plan.kind],
        "job_poll": 0.2,
        "log_level": "WARNING",
        # Being told to wait is one message more, which no calm customer hears.
        "busy_after": 60,
        # All customers come from one address here.
        "session_rate": "100000/minute",
        "visitor_rate": "100000/minute",
        "message_rate": "1000/minute",
        "upload_rate": "1000/minute",
    }


def _prepare(settings: dict[str, Any], channels_yml: str, customers: int) -> None:
    """A data folder with the channels' accounts, and a refundable order for each customer."""
    from backend.commands import import_orders_from
    from backend.settings import Settings

    folder = Path(settings["data_dir"])
    (folder / "channels.yml").write_text(channels_yml)
    file, today = folder / "orders.jsonl", datetime.now(UTC)
    with file.open("w", encoding="utf-8") as lines:
        for number in range(customers):
            order = an_order(Line.order_number(number), Line.name(number), today)
            lines.write(json.dumps(order) + "\n")
    report = import_orders_from(Settings(_env_file=None, **settings), file)
    assert report.created == customers, report
