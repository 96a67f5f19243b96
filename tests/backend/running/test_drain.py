"""A process ends in time: red first, then no new work, what is under way is finished."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator

import pytest

from backend.house import House
from backend.kit.clock import FixedClock
from backend.kit.jobs import Job, enqueue, listing
from backend.kit.jobs.claiming import claim
from backend.kit.jobs.kinds import JobKind
from backend.operations import repository
from backend.running import CLOSING, Drain, running
from backend.settings import Settings
from tests.support.houses import settings
from tests.support.vendor import Line, open_line

__all__ = ["settings"]


@pytest.fixture
async def line(settings: Settings, clock: FixedClock) -> AsyncIterator[Line]:
    async with open_line(settings, clock) as opened:
        yield opened


def with_job(house: House, seconds: float) -> tuple[House, asyncio.Event, list[str]]:
    """The house with a job that takes so long; an event for its start, a list of how it ended."""
    begun, ended = asyncio.Event(), []

    async def work(_job: Job) -> bool:
        begun.set()
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            ended.append("cut off")
            raise
        ended.append("done")
        return False

    only = dataclasses.replace(house, kinds={"slow": JobKind(work)}, crons=())
    return only, begun, ended


async def test_a_running_job_ends_before_the_process_does(line: Line) -> None:
    house, begun, ended = with_job(line.house, 0.3)
    drain = Drain(20)
    async with running(house, "worker", drain):
        await house.db.tx(enqueue, "slow", {})
        await asyncio.wait_for(begun.wait(), 10)
        drain.begin()
        await house.db.tx(enqueue, "slow", {})
    # A claim that was under way may have taken the second one: then that has ended, too.
    states = await house.db.read(listing.count_by_state)
    assert ended == ["done"] * states["done"]
    assert states in ({"done": 1, "new": 1}, {"done": 2})
    assert await house.db.read(repository.processes) == []


async def test_a_job_that_takes_too_long_is_cut_off_and_put_back(line: Line) -> None:
    house, begun, ended = with_job(line.house, 60)
    drain = Drain(CLOSING + 0.2)
    started = time.monotonic()
    async with running(house, "worker", drain):
        await house.db.tx(enqueue, "slow", {})
        await asyncio.wait_for(begun.wait(), 10)
    assert time.monotonic() - started < 30
    assert ended == ["cut off"]
    assert await house.db.read(listing.count_by_state) == {"new": 1}
    (taken,) = await house.db.tx(claim, "another", limit=5, lease=30)
    assert taken.failures == 0


async def test_a_worker_that_fails_ends_the_process(line: Line) -> None:
    class Broken:
        def stop(self) -> None:
            """It has."""

        def line_age(self) -> float:
            return 0.0

        async def run(self) -> None:
            raise ZeroDivisionError

    class BrokenHouse(House):
        def worker(self) -> Broken:  # type: ignore[override]  # that is what is broken
            return Broken()

    kept = [one.name for one in dataclasses.fields(line.house) if one.init]
    fields = {name: getattr(line.house, name) for name in kept}
    drain, told = Drain(5), asyncio.Event()
    drain.when_begun(told.set)
    with pytest.raises(ZeroDivisionError):
        async with running(BrokenHouse(**fields), "worker", drain):
            await asyncio.wait_for(told.wait(), 10)


def test_the_time_that_is_left() -> None:
    now = 100.0
    drain = Drain(20, time=lambda: now)
    calls: list[int] = []
    drain.when_begun(lambda: calls.append(1))
    assert (drain.has_begun, drain.left()) == (False, float("inf"))
    drain.begin()
    now += 5
    drain.begin()
    assert (drain.has_begun, drain.left(), calls) == (True, 15, [1])
    now += 50
    assert drain.left() == 0
