"""Who hangs outside costs his own lane: not turns, not other lanes, not the process."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from backend.kit.clock import FixedClock
from backend.kit.db import Database, Tx
from backend.kit.jobs import Job, LostLease, enqueue, listing, queue
from backend.kit.jobs.claiming import TURN, Room, claim, claim_for
from backend.kit.jobs.kinds import JobKind
from backend.kit.jobs.models import job as job_table
from backend.kit.jobs.queue import LONGEST_REST, SUSPECT, Lease
from backend.kit.jobs.worker import LOST, Worker
from tests.support.databases import NOON


def _fill(tx: Tx) -> None:
    for n in range(20):
        enqueue(tx, "deliver", {"n": n}, key=f"dead{n}", lane="dead")
    for n in range(3):
        enqueue(tx, "deliver", {"n": n}, key=f"well{n}", lane="well")
    enqueue(tx, "tick", {})
    for n in range(4):
        enqueue(tx, TURN, {"n": n}, key=f"turn{n}")


async def test_a_lane_gets_its_share_and_others_are_found_behind_it(database: Database) -> None:
    await database.tx(_fill)
    room = Room(limit=8, urgent=6, of_lane=2, busy={"well": 1})
    claimed = await database.tx(claim_for, "w", room, 30)
    lanes = Counter(job.lane or job.kind for job in claimed.jobs)
    assert lanes == {"dead": 2, "well": 1, "tick": 1, TURN: 4}
    assert claimed.more
    # Now both lanes are full, and nothing else is due.
    full = Room(limit=8, urgent=6, of_lane=2, busy={"dead": 2, "well": 2})
    again = await database.tx(claim_for, "w", full, 30)
    assert (list(again.jobs), again.more) == ([], True)
    # In order within the lane, none twice.
    rest = await database.tx(claim, "w", limit=50, lease=30)
    assert [job.payload["n"] for job in rest if job.lane == "dead"] == list(range(2, 20))


async def test_turns_find_hands_while_a_vendor_hangs(database: Database, clock: FixedClock) -> None:
    taken, hang = list[int](), asyncio.Event()

    async def turn(job: Job) -> bool:
        taken.append(job.payload["n"])
        return False

    async def deliver(job: Job) -> bool:
        if job.lane == "dead":
            await hang.wait()
        taken.append(100 + job.payload["n"])
        return False

    async def tick(_job: Job) -> bool:
        return False

    kinds = {TURN: JobKind(turn), "deliver": JobKind(deliver), "tick": JobKind(tick)}
    await database.tx(_fill)
    worker = Worker(database, clock, kinds, poll=0.01, concurrency=8)
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(10):
        while len(taken) < 7:  # noqa: ASYNC110  # the worker tells nobody
            await asyncio.sleep(0.01)
        assert sorted(taken) == [0, 1, 2, 3, 100, 101, 102]
        hang.set()
        while len(taken) < 27:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    worker.stop()
    await running


async def test_who_was_stopped_beyond_his_lease_begins_nothing(
    database: Database, clock: FixedClock
) -> None:
    begun = list[int]()

    async def handle(job: Job) -> bool:
        begun.append(job.id)
        return False

    await database.tx(enqueue, "k", {})
    worker = Worker(database, clock, {"k": JobKind(handle)})
    (job,) = await database.tx(claim, worker.owner, limit=1, lease=30)
    job.lease.ends = time.monotonic() - 1
    await worker.begin(job)
    assert begun == []
    job.lease.ends = time.monotonic() + 30
    await worker.begin(job)
    assert begun == [job.id]


def test_a_lease_says_when_it_has_ended() -> None:
    Lease().check()
    Lease(time.monotonic() + 5).check()
    with pytest.raises(LostLease):
        Lease(time.monotonic() - 0.001).check()


async def test_a_heartbeat_keeps_what_is_ours(database: Database, clock: FixedClock) -> None:
    await database.tx(enqueue, "k", {"n": 1})
    await database.tx(enqueue, "k", {"n": 2})
    lost, mine = await database.tx(claim, "w", limit=2, lease=-1)
    (taken,) = await database.tx(claim, "w", limit=1, lease=30)  # the same name, another claim
    assert (taken.id, taken.lost) == (lost.id, 1)
    assert await database.tx(queue.heartbeat, [lost, mine], 30) == {mine.id}


async def test_a_job_that_kills_its_process_rests_and_is_buried_in_the_end(
    database: Database, clock: FixedClock
) -> None:
    told = list[str]()

    async def handle(job: Job) -> bool:
        raise AssertionError(job)

    def on_dead(_tx: Tx, _job: Job, error: str) -> None:
        told.append(error)

    await database.tx(enqueue, "k", {})
    for lost in range(SUSPECT):  # at once, as who only was there when a process died
        (job,) = await database.tx(claim, "dies", limit=1, lease=-1)
        assert job.lost == lost
    assert not await database.tx(claim, "dies", limit=1, lease=-1)
    assert not await database.tx(claim, "dies", limit=1, lease=-1), "it rests"
    await database.tx(_set, {"due_at": NOON - timedelta(days=1)})
    (job,) = await database.tx(claim, "dies", limit=1, lease=30)
    assert job.lost == SUSPECT

    await database.tx(_set, {"lost": LOST - 1, "state": "running"})
    assert await database.tx(queue.release_all) == 1
    assert not await database.tx(claim, "dies", limit=1, lease=-1), "after a start, too"
    await database.tx(_set, {"due_at": NOON - timedelta(days=1)})
    worker = Worker(database, clock, {"k": JobKind(handle, on_dead=on_dead)})
    assert await worker.run_until_idle() == 1
    assert (await database.read(listing.count_by_state))["dead"] == 1
    assert told == ["whoever began it died of it"]


def test_a_job_rests_ever_longer() -> None:
    rests = [queue.rest_of(lost) for lost in range(LOST)]
    assert rests[:SUSPECT] == [0.0] * SUSPECT
    assert rests == sorted(rests)
    assert rests[-1] == LONGEST_REST


def _set(tx: Tx, values: dict[str, object]) -> None:
    tx.conn.execute(sa.update(job_table).values(values))


async def test_failing_or_waiting_is_not_dying(database: Database) -> None:
    await database.tx(enqueue, "k", {})
    await database.tx(claim, "dies", limit=1, lease=-1)
    (job,) = await database.tx(claim, "w", limit=1, lease=30)
    assert job.lost == 1
    await database.tx(queue.retry, job, after=-1, error="later", free=True)
    (job,) = await database.tx(claim, "w", limit=1, lease=30)
    assert job.lost == 0
