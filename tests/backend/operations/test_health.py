"""Probes: what makes a process ready, and what a stranger learns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from backend import health
from backend.accounts import service as accounts
from backend.health import Grade
from backend.kit.actor import SYSTEM, Role
from backend.kit.clock import FixedClock
from backend.kit.db import Hint, HintListener, Tx
from backend.kit.host import process_name
from backend.migrations.run import head_revision, is_behind
from backend.operations import repository
from backend.operations.service import SEEN_WITHIN, Heartbeat
from backend.running import Drain
from tests.support.vendor import Line

READY = "/api/v1/health/ready"


def set_revision(tx: Tx, revision: str) -> None:
    tx.conn.execute(sa.text("UPDATE alembic_version SET version_num = :one"), {"one": revision})


class Gone:
    """A database nobody reaches."""

    is_listening = True

    async def tx(self, *_: Any, **__: Any) -> Any:
        raise OSError("connection refused")

    read = tx_apart = read_apart = tx

    def listen(self, listener: HintListener) -> None:
        """Nothing is heard."""

    def announce(self, hints: Sequence[Hint]) -> None:
        """Nobody hears."""

    async def close(self) -> None:
        """Nothing is open."""


async def ready(line: Line) -> tuple[int, str]:
    answer = await line.http.get(READY)
    return answer.status_code, answer.json()["status"]


async def test_a_process_with_a_worker_is_ready(line: Line) -> None:
    assert await ready(line) == (200, "degraded")  # messages are taken in, nobody answers them
    await Heartbeat(line.house.db, "worker", "1").start()
    assert await ready(line) == (200, "ok")


async def test_a_worker_that_falls_silent_is_missed(line: Line, clock: FixedClock) -> None:
    heartbeat = Heartbeat(line.house.db, "worker", "1")
    await heartbeat.start()
    clock.advance(seconds=SEEN_WITHIN + 1)
    assert await ready(line) == (200, "degraded")
    await heartbeat.start()
    await heartbeat.leave()
    assert await ready(line) == (200, "degraded")


async def test_a_database_behind_is_not_ready_and_one_ahead_is(line: Line) -> None:
    await Heartbeat(line.house.db, "all", "1").start()
    await line.house.db.tx(set_revision, "0001")
    assert await ready(line) == (503, "unavailable")
    await line.house.db.tx(set_revision, "9999")  # a newer version has begun to roll out
    assert await ready(line) == (200, "ok")
    await line.house.db.tx(set_revision, head_revision())
    assert not is_behind(head_revision())


async def test_no_room_and_an_end_make_it_red(line: Line) -> None:
    app = line.http._transport.app  # type: ignore[attr-defined]  # the app the client speaks to
    app.state.drain = drain = Drain(5)
    drain.begin()
    assert await ready(line) == (503, "unavailable")
    assert (await line.http.get("/api/v1/health/live")).status_code == 200
    app.state.drain = Drain(5)
    line.house.settings = line.house.settings.model_copy(update={"min_free_mb": 10**12})
    assert await ready(line) == (503, "unavailable")


async def test_a_database_that_is_gone_is_told_without_details(line: Line) -> None:
    there, gone = line.house.db, Gone()
    line.house.db = gone
    answer = await line.http.get(READY)
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})
    grades = {one.name: one.grade for one in await health.look(line.house, None)}
    assert grades["database"] is Grade.UNAVAILABLE
    line.house.db = there


async def test_details_are_for_people_of_the_shop(line: Line) -> None:
    await Heartbeat(line.house.db, "all", "1").start()
    assert (await line.http.get(READY)).json() == {"status": "ok"}
    wrong = await line.http.get(READY, headers={"authorization": "Bearer aftercare_x_y"})
    assert wrong.json() == {"status": "ok"}
    _, key = await line.house.db.tx(accounts.create_key, SYSTEM, "monitor", Role.AGENT)
    told = (await line.http.get(READY, headers={"authorization": f"Bearer {key}"})).json()
    assert set(told["checks"]) == {"disk", "database", "migrations", "workers"}
    assert told["checks"]["migrations"]["detail"] == f"at {head_revision()}"


async def test_the_same_name_starts_anew_and_the_long_silent_are_forgotten(
    line: Line, clock: FixedClock
) -> None:
    await line.house.db.tx(repository.beat, "gone:1", "web", "0", starting=True)
    clock.advance(days=2)
    await Heartbeat(line.house.db, "all", "1").start()
    started = clock.now()
    clock.advance(seconds=10)
    await line.house.db.tx(repository.beat, process_name(), "all", "1", starting=False)
    (process,) = await line.house.db.read(repository.processes)
    assert (process.started_at, process.seen_at) == (started, clock.now())
