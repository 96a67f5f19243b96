"""Queue, processes and dead letters, for those who look after them."""

from __future__ import annotations

from backend.audit import service as audit
from backend.kit.actor import Role
from backend.kit.clock import FixedClock
from backend.kit.jobs import queue
from backend.operations.service import Heartbeat
from bot.channels.base import RetryLater
from tests.backend.channel_status.test_status import sign_in
from tests.support.vendor import Line


async def bury_a_delivery(line: Line, clock: FixedClock) -> None:
    line.vendor.failure = RetryLater("unreachable", "no route")
    await line.says(1)
    worker = line.house.worker()
    for _ in range(worker.kinds["deliver"].attempts + 2):
        await worker.run_until_idle()
        clock.advance(hours=1)


async def test_a_dead_letter_is_shown_replayed_and_on_record(line: Line, clock: FixedClock) -> None:
    await bury_a_delivery(line, clock)
    await sign_in(line)
    system = (await line.http.get("/api/v1/system")).json()
    (deliver,) = [one for one in system["queue"] if one["kind"] == "deliver"]
    assert deliver["dead"] >= 1
    (letter, *_) = (await line.http.get("/api/v1/system/dead-letters")).json()["items"]
    assert letter["kind"] == "deliver"
    assert letter["last_error"] == "unreachable: no route"

    line.vendor.failure = None
    path = f"/api/v1/system/dead-letters/{letter['id']}/replay"
    assert (await line.http.post(path)).status_code == 204
    assert (await line.http.post(path)).status_code == 404
    await line.house.worker().run_until_idle()
    assert line.vendor.sent
    (noted,) = await line.house.db.read(audit.history_of, f"job:{letter['id']}")
    assert (noted.action, noted.actor_kind) == ("job.replayed", "account")


async def test_waiting_work_and_processes_are_listed(line: Line, clock: FixedClock) -> None:
    await sign_in(line, Role.MANAGER)
    await Heartbeat(line.house.db, "worker", "7").start()
    await line.says(1)
    await line.house.db.tx(queue.enqueue, "turn", {"conversation_id": "x"}, delay=900)
    clock.advance(seconds=40)
    system = (await line.http.get("/api/v1/system")).json()
    (turn,) = [one for one in system["queue"] if one["kind"] == "turn"]
    assert (turn["waiting"], turn["oldest_seconds"]) == (2, 40.0)
    (process,) = system["processes"]
    assert (process["role"], process["version"], process["alive"]) == ("worker", "7", False)
    assert system["workers_alive"] == 0
