"""The job table: in order, once, under leases, on both databases."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from backend.kit.clock import FixedClock
from backend.kit.db import Database, Tx
from backend.kit.jobs import Job, LostLease, enqueue, finish, listing, queue
from backend.kit.jobs.claiming import claim
from backend.kit.jobs.kinds import Cron, JobKind, Retry
from backend.kit.jobs.worker import Worker


def worker_on(
    database: Database, clock: FixedClock, kinds: Mapping[str, JobKind], **options: Any
) -> Worker:
    return Worker(database, clock, kinds, poll=0.01, **options)


async def test_jobs_of_one_key_run_in_order(database: Database, clock: FixedClock) -> None:
    seen: dict[str, list[int]] = defaultdict(list)

    async def handle(job: Job) -> bool:
        await asyncio.sleep(0.001 * (job.payload["n"] % 3))
        seen[str(job.key)].append(job.payload["n"])
        return False

    def fill(tx: Tx) -> None:
        for n in range(60):
            enqueue(tx, "k", {"n": n}, key=f"key{n % 4}")

    await database.tx(fill)
    workers = [worker_on(database, clock, {"k": JobKind(handle)}, owner=f"w{n}") for n in range(3)]
    await asyncio.gather(*(worker.run_until_idle() for worker in workers))
    assert sum(len(numbers) for numbers in seen.values()) == 60
    assert all(numbers == sorted(numbers) for numbers in seen.values())


async def test_unique_jobs_are_enqueued_once_even_when_done(
    database: Database, clock: FixedClock
) -> None:
    async def handle(job: Job) -> bool:
        return False

    assert await database.tx(enqueue, "k", {}, uniq="u") is not None
    assert await database.tx(enqueue, "k", {}, uniq="u") is None
    assert await worker_on(database, clock, {"k": JobKind(handle)}).run_until_idle() == 1
    assert await database.tx(enqueue, "k", {}, uniq="u") is None


async def test_a_lost_lease_cannot_commit(database: Database, clock: FixedClock) -> None:
    await database.tx(enqueue, "k", {})
    (slow,) = await database.tx(claim, "slow", limit=5, lease=10)
    assert not await database.tx(claim, "other", limit=5, lease=10)
    clock.advance(seconds=11)
    (taken,) = await database.tx(claim, "other", limit=5, lease=10)
    with pytest.raises(LostLease):
        await database.tx(finish, slow)
    await database.tx(finish, taken)
    with pytest.raises(LostLease):
        await database.tx(finish, taken)


async def test_back_off_then_dead_letter_then_replay(database: Database, clock: FixedClock) -> None:
    tries: list[int] = []
    buried: list[str] = []
    broken = True

    async def handle(job: Job) -> bool:
        tries.append(job.attempt)
        if broken:
            raise RuntimeError("boom")
        return False

    def on_dead(_tx: Tx, _job: Job, error: str) -> None:
        buried.append(error)

    kind = JobKind(handle, attempts=3, first_retry=2, on_dead=on_dead)
    worker = worker_on(database, clock, {"k": kind})
    await database.tx(enqueue, "k", {})
    await worker.run_until_idle()
    clock.advance(seconds=1.5)
    await worker.run_until_idle()
    assert tries == [1]
    clock.advance(seconds=1)
    await worker.run_until_idle()
    clock.advance(seconds=5)
    await worker.run_until_idle()
    assert tries == [1, 2, 3]
    assert buried == ["RuntimeError: boom"]
    (dead,) = await database.read(listing.list_jobs, "dead")
    assert dead.last_error == "RuntimeError: boom"
    broken = False
    assert await database.tx(listing.replay, dead.id)
    assert not await database.tx(listing.replay, dead.id)
    await worker.run_until_idle()
    assert await database.read(listing.count_by_state) == {"done": 1}


async def test_waiting_on_the_other_side_costs_no_attempt(
    database: Database, clock: FixedClock
) -> None:
    answers = ["wait"] * 4 + ["fail", "done"]

    async def handle(_job: Job) -> bool:
        answer = answers.pop(0)
        if answer != "done":
            raise Retry("429", after=1, free=answer == "wait")
        return False

    worker = worker_on(database, clock, {"k": JobKind(handle, attempts=2)})
    await database.tx(enqueue, "k", {})
    for _ in range(6):
        await worker.run_until_idle()
        clock.advance(seconds=1)
    assert await database.read(listing.count_by_state) == {"done": 1}


async def test_a_try_that_ended_with_its_process_is_no_failure(
    database: Database, clock: FixedClock
) -> None:
    """Neither does it lengthen the wait after the next one that is, nor bring the end nearer."""

    async def handle(_job: Job) -> bool:
        raise RuntimeError("boom")

    await database.tx(enqueue, "k", {})
    for number in range(4):
        assert await database.tx(claim, f"dead{number}", limit=1, lease=10)
        clock.advance(seconds=11)
    worker = worker_on(database, clock, {"k": JobKind(handle, attempts=2, first_retry=2)})
    assert await worker.run_until_idle() == 1
    clock.advance(seconds=2)
    assert await worker.run_until_idle() == 1
    (dead,) = await database.read(listing.list_jobs, "dead")
    assert dead.attempt == 6


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_database_that_goes_away_is_no_failure_of_the_job(
    database: Database, clock: FixedClock
) -> None:
    ends, tries = True, 0

    def effect(tx: Tx, job: Job) -> None:
        if ends:
            tx.conn.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
        finish(tx, job)

    async def alone(job: Job) -> bool:
        nonlocal tries
        tries += 1
        await database.tx(effect, job)
        return True

    async def in_a_group(job: Job) -> bool:
        async with asyncio.TaskGroup() as group:
            group.create_task(alone(job))
        return True

    kinds = {"alone": JobKind(alone, attempts=2), "group": JobKind(in_a_group, attempts=2)}
    worker = worker_on(database, clock, kinds)
    for kind in kinds:
        await database.tx(enqueue, kind, {})
    for _ in range(5):
        await worker.run_until_idle()
        clock.advance(seconds=300)
    assert tries == 10
    assert await database.read(listing.count_by_state) == {"new": 2}
    ends = False
    await worker.run_until_idle()
    assert await database.read(listing.count_by_state) == {"done": 2}


async def test_a_failing_job_holds_back_its_key_only(database: Database, clock: FixedClock) -> None:
    seen: list[str] = []

    async def handle(job: Job) -> bool:
        if job.payload["name"] == "a1" and job.attempt == 1:
            raise Retry("later", after=5)
        seen.append(job.payload["name"])
        return False

    def fill(tx: Tx) -> None:
        for name, key in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("free", None)):
            enqueue(tx, "k", {"name": name}, key=key)

    await database.tx(fill)
    worker = worker_on(database, clock, {"k": JobKind(handle)})
    await worker.run_until_idle()
    assert sorted(seen) == ["b1", "free"]
    clock.advance(seconds=6)
    await worker.run_until_idle()
    assert seen[2:] == ["a1", "a2"]


async def test_two_processes_enqueue_a_cron_tick_once(
    database: Database, clock: FixedClock
) -> None:
    workers = [
        worker_on(database, clock, {}, crons=[Cron("tick", "*/5 * * * *")]) for _ in range(2)
    ]
    for minutes in (1, 1, 5):
        clock.advance(minutes=minutes)
        await asyncio.gather(*(database.tx(worker.enqueue_crons) for worker in workers))
    assert len(await database.read(listing.list_jobs, "new")) == 2


async def test_debounce_moves_a_waiting_job(database: Database, clock: FixedClock) -> None:
    await database.tx(enqueue, "k", {}, uniq="album", delay=1)
    clock.advance(seconds=0.9)
    assert await database.tx(queue.postpone, "album", 1)
    clock.advance(seconds=0.9)
    assert not await database.tx(claim, "w", limit=1, lease=5)
    clock.advance(seconds=0.2)
    assert await database.tx(claim, "w", limit=1, lease=5)
    assert not await database.tx(queue.postpone, "album", 1)


async def test_the_running_loop_wakes_for_new_jobs_and_ends_on_stop(
    database: Database, clock: FixedClock
) -> None:
    done = asyncio.Event()

    async def handle(_job: Job) -> bool:
        done.set()
        return False

    worker = Worker(database, clock, {"k": JobKind(handle)}, poll=0.2)
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.05)
    await database.tx(enqueue, "k", {})
    await asyncio.wait_for(done.wait(), 5)
    worker.stop()
    await asyncio.wait_for(running, 5)
    assert await database.read(listing.count_by_state) == {"done": 1}


async def test_what_is_urgent_does_not_wait_for_all_turns(
    database: Database, clock: FixedClock
) -> None:
    def fill(tx: Tx) -> None:
        for n in range(50):
            enqueue(tx, "turn", {"n": n}, key=f"turn:{n}")
        enqueue(tx, "deliver", {"n": 50})

    await database.tx(fill)
    first = await database.tx(claim, "w", limit=3, lease=30)
    assert [(job.kind, job.payload["n"]) for job in first] == [
        ("turn", 0),
        ("turn", 1),
        ("deliver", 50),
    ]


async def test_jobs_given_at_the_door_are_worked_in_order_and_never_too_many_at_once(
    database: Database, clock: FixedClock
) -> None:
    at_once, most, seen = 0, 0, []

    async def handle(job: Job) -> bool:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        seen.append(job.payload["n"])
        await asyncio.sleep(0.001)
        at_once -= 1
        return False

    worker = worker_on(database, clock, {"k": JobKind(handle)}, concurrency=3, line=7)
    assert worker.free_hand() is None, "it does not work yet"
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0)

    def give(tx: Tx, n: int) -> Job | None:
        hand = worker.free_hand()
        if hand is None:
            return None
        return queue.enqueue_claimed(
            tx, "k", {"n": n}, key=f"key{n}", owner=hand.owner, lease=hand.lease
        )

    given = [await database.tx(give, n) for n in range(8)]
    working = [worker.begin(job) for job in given if job is not None]
    assert len(working) == 8
    filling = [worker.begin(job) for n in (8, 9) if (job := await database.tx(give, n))]
    await asyncio.gather(*working, *filling)
    assert (seen, most) == (list(range(10)), 3)
    assert (await database.read(listing.count_by_state)) == {"done": 10}
    worker.stop()
    await task


async def test_the_line_tells_how_long_its_first_has_waited(
    database: Database, clock: FixedClock
) -> None:
    go_on = asyncio.Event()

    async def handle(job: Job) -> bool:
        await go_on.wait()
        return False

    worker = worker_on(database, clock, {"k": JobKind(handle)}, concurrency=1)

    def give(tx: Tx, n: int) -> Job | None:
        return queue.enqueue_claimed(
            tx, "k", {}, key=f"key{n}", owner=worker.owner, lease=worker.lease
        )

    given = [await database.tx(give, n) for n in range(3)]
    begun = [worker.begin(job) for job in given if job is not None]
    await asyncio.sleep(0)
    assert worker.line_age() == 0
    clock.advance(seconds=20)
    assert worker.line_age() == 20
    go_on.set()
    await asyncio.gather(*begun)
    assert worker.line_age() == 0


async def test_a_job_is_not_given_while_another_of_its_key_is_open(
    database: Database, clock: FixedClock
) -> None:
    def give(tx: Tx) -> Job | None:
        return queue.enqueue_claimed(tx, "k", {}, key="one", owner="w", lease=30)

    first = await database.tx(give)
    assert first is not None
    assert await database.tx(give) is None
    await database.tx(finish, first)
    second = await database.tx(give)
    assert second is not None
    assert second.attempt == 1


async def test_a_given_job_whose_process_died_is_taken_over(
    database: Database, clock: FixedClock
) -> None:
    def give(tx: Tx) -> Job | None:
        return queue.enqueue_claimed(tx, "k", {}, key="one", owner="dead", lease=30)

    given = await database.tx(give)
    assert given is not None
    assert await database.tx(claim, "w", limit=5, lease=30) == ()
    clock.advance(seconds=31)
    [taken] = await database.tx(claim, "w", limit=5, lease=30)
    assert (taken.id, taken.attempt) == (given.id, 2)
    with pytest.raises(LostLease):
        await database.tx(finish, given)


async def test_who_stops_puts_back_at_once_what_has_not_begun(
    database: Database, clock: FixedClock
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def handle(_job: Job) -> bool:
        begun.set()
        await go_on.wait()
        return False

    worker = worker_on(database, clock, {"k": JobKind(handle)}, concurrency=1, owner="ours")
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(10):
        while (hand := worker.free_hand()) is None:  # noqa: ASYNC110  # it is about to start
            await asyncio.sleep(0.01)
        given = []
        for n in range(4):
            job = await database.tx(
                queue.enqueue_claimed, "k", {}, key=f"k{n}", owner=hand.owner, lease=600
            )
            assert job is not None
            given.append(job)
        tasks = [worker.begin(job) for job in given[:3]]
        await begun.wait()
        worker.stop()
        late = worker.begin(given[3])  # accepted just before the end
        await asyncio.wait([*tasks[1:], late])
        assert worker.line_age() == 0
        # Before the one that has begun ends, and long before any lease does.
        while (states := await database.read(listing.count_by_state)) != {"running": 1, "new": 3}:
            assert states
            await asyncio.sleep(0.01)
        with pytest.raises(LostLease):
            await database.tx(finish, given[1])
        assert len(await database.tx(claim, "another", limit=9, lease=600)) == 3
        assert await database.tx(queue.release, given) == 1  # only what is still ours
        go_on.set()
        await running


async def test_a_line_that_stands_still_takes_nobody_more(
    database: Database, clock: FixedClock
) -> None:
    release = asyncio.Event()

    async def handle(job: Job) -> bool:
        await release.wait()
        return False

    worker = worker_on(database, clock, {"k": JobKind(handle)}, concurrency=1)
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0)

    def give(tx: Tx, n: int) -> Job | None:
        return queue.enqueue_claimed(tx, "k", {}, key=f"key{n}", owner=worker.owner, lease=30)

    given = [await database.tx(give, n) for n in range(2)]
    working = [worker.begin(job) for job in given if job is not None]
    await asyncio.sleep(0)
    assert worker.free_hand() is not None
    clock.advance(seconds=6)
    assert worker.free_hand() is None
    release.set()
    await asyncio.gather(*working)
    assert worker.free_hand() is not None
    worker.stop()
    await task
