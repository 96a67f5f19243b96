"""How channels do: seen by any process, written when it changes, shown to those who may see it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from backend.accounts import endpoints as accounts
from backend.channel_status import repository
from backend.channel_status.repository import StatusRow
from backend.channel_status.rules import WORKED, Outcome
from backend.channel_status.service import ChannelWatch
from backend.house import House
from backend.kit.actor import Role
from backend.kit.clock import FixedClock
from backend.kit.db import Database
from backend.running import Drain, running
from backend.settings import Settings
from bot.channels.base import (
    AccountStatus,
    ChannelAccount,
    ChannelError,
    RetryLater,
    Undeliverable,
)
from tests.backend.accounts.api import CHEAP, CSRF, add_account, log_in
from tests.support.vendor import FakeVendor, Line, open_line

DEAD_TOKEN = RetryLater("bad_token", "Unauthorized")


async def sign_in(line: Line, role: Role = Role.SUPERVISOR) -> None:
    app = line.http._transport.app  # type: ignore[attr-defined]  # the app the client speaks to
    app.dependency_overrides[accounts.passwords] = lambda: CHEAP
    await add_account(line.house.db, f"{role}@shop.test", role)
    line.http.headers.update(CSRF)
    line.http.base_url = "http://test/api/v1"
    assert (await log_in(line.http, f"{role}@shop.test")).is_success
    line.http.base_url = "http://test"


async def shown(line: Line) -> dict[str, Any]:
    await line.house.channels.watch.flush(line.house.db)
    answer = await line.http.get("/api/v1/channels")
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    return dict(item)


async def test_a_dead_token_shows_red_with_the_vendors_words_and_since_when(
    line: Line, clock: FixedClock
) -> None:
    await sign_in(line)
    assert (await shown(line))["state"] == "unknown"
    worker = line.house.worker()
    await line.says(1)
    await worker.run_until_idle()
    well = await shown(line)
    assert (well["state"], well["error_code"], well["pending"]) == ("ok", None, 0)
    assert well["last_in_at"] == well["last_out_at"] == "2026-05-20T04:00:00Z"

    clock.advance(minutes=7)
    line.vendor.failure = DEAD_TOKEN
    await line.says(2)
    await worker.run_until_idle()
    red = await shown(line)
    assert (red["state"], red["error_code"]) == ("down", "bad_token")
    assert red["error_detail"] == "Unauthorized"
    assert red["since"] == "2026-05-20T04:07:00Z"
    assert red["pending"] >= 1
    assert red["oldest_pending_at"] == "2026-05-20T04:07:00Z"
    assert red["last_out_at"] == "2026-05-20T04:00:00Z"

    clock.advance(hours=1)
    line.vendor.failure = None
    await worker.run_until_idle()
    again = await shown(line)
    assert (again["state"], again["error_code"], again["pending"]) == ("ok", None, 0)
    assert again["since"] == "2026-05-20T05:07:00Z"


async def test_a_chat_that_clients_fetch_has_nothing_to_send(
    house: House, http: httpx.AsyncClient
) -> None:
    app = http._transport.app  # type: ignore[attr-defined]  # the app the client speaks to
    await sign_in(Line(house, http, FakeVendor(), app))
    (web,) = (await http.get("/api/v1/channels")).json()["items"]
    assert (web["channel"], web["fetched"], web["last_out_at"]) == ("webchat", True, None)


async def test_a_customer_who_left_says_nothing_against_the_account(line: Line) -> None:
    await sign_in(line)
    line.vendor.failure = Undeliverable("blocked", "he left")
    await line.says(1)
    await line.house.worker().run_until_idle()
    assert (await shown(line))["state"] == "ok"


async def test_a_check_asks_the_vendor_now(line: Line) -> None:
    await sign_in(line)
    line.vendor.failure = ChannelError("bad_token", "Unauthorized")
    answer = await line.http.post("/api/v1/channels/shop-line/check")
    assert (answer.status_code, answer.json()["state"]) == (200, "down")
    line.vendor.failure = None
    line.vendor.status = AccountStatus("@shop", webhook_url="https://elsewhere.test/hook")
    moved = (await line.http.post("/api/v1/channels/shop-line/check")).json()
    assert (moved["state"], moved["error_code"]) == ("degraded", "webhook_elsewhere")
    line.vendor.status = AccountStatus(
        "@shop", "http://127.0.0.1:8000/webhooks/line/shop-line", 3, "Wrong response: 502"
    )
    failing = (await line.http.post("/api/v1/channels/shop-line/check")).json()
    assert (failing["error_code"], failing["error_detail"]) == (
        "vendor_complains",
        "Wrong response: 502",
    )
    line.vendor.status = AccountStatus("@shop")
    well = (await line.http.post("/api/v1/channels/shop-line/check")).json()
    assert (well["state"], well["identity"]) == ("ok", "@shop")
    assert well["checked_at"] == "2026-05-20T04:00:00Z"
    assert (await line.http.post("/api/v1/channels/none/check")).status_code == 404


async def test_an_account_that_can_not_be_used_is_red_until_it_can(
    settings: Settings, clock: FixedClock
) -> None:
    secret = "7012345678:AAH3n0tARealTokenJustForTheseTests0"
    broken = ChannelAccount("tg", "telegram", "Bot", {"bot_token": secret, "timout": 3})
    good = ChannelAccount("tg", "telegram", "Bot", {"bot_token": secret, "webhook_secret": "s" * 9})
    strange = ChannelAccount("strange", "moody", "Moody", {"secret": secret})

    def moody(account: ChannelAccount) -> Any:
        raise ValueError(f"cannot use {account.settings}")

    async def after_start(
        role: Role, code: str | None, hook_status: int, *accounts: ChannelAccount
    ) -> dict[str, Any]:
        factories = {"moody": moody}
        async with open_line(settings, clock, accounts=accounts, factories=factories) as line:
            db = line.house.db
            await sign_in(line, role)
            async with running(line.house, "web", Drain(5)), asyncio.timeout(20):
                known = None
                while known is None or known.error_code != code:
                    await asyncio.sleep(0.02)
                    known = (await db.read(repository.all_statuses)).get("tg")
            answer = await line.http.get("/api/v1/channels")
            hook = await line.http.post("/webhooks/telegram/tg", content="{}")
            assert hook.status_code == hook_status
            assert secret not in answer.text + hook.text
            return {item["id"]: item for item in answer.json()["items"]}

    red = await after_start(Role.SUPERVISOR, "bad_settings", 503, broken, strange)
    assert red["tg"]["state"] == "down"
    assert "timout" in red["tg"]["error_detail"]
    complaint = red["strange"]["error_code"], red["strange"]["error_detail"]
    assert complaint == ("bad_settings", "ValueError")
    assert red["shop-line"]["state"] == "unknown"
    well = await after_start(Role.MANAGER, None, 403, good)
    assert well["tg"]["state"] == "ok"


async def test_agents_and_strangers_see_nothing(line: Line) -> None:
    for path in ("/api/v1/channels", "/api/v1/system", "/api/v1/system/dead-letters"):
        assert (await line.http.get(path)).status_code == 401
    await sign_in(line, Role.AGENT)
    for path in ("/api/v1/channels", "/api/v1/system", "/api/v1/system/dead-letters"):
        assert (await line.http.get(path)).status_code == 403
    assert (await line.http.post("/api/v1/channels/shop-line/check")).status_code == 403
    assert (await line.http.post("/api/v1/system/dead-letters/1/replay")).status_code == 403


class CountingDatabase:
    """Counts the writes."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.writes = 0

    async def tx(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        self.writes += 1
        return await self.database.tx(fn, *args, **kwargs)


async def test_a_thousand_messages_are_no_thousand_writes(
    database: Database, clock: FixedClock
) -> None:
    counting: Any = CountingDatabase(database)
    watch = ChannelWatch(clock)
    for _ in range(1000):
        watch.received("tg")
        watch.sent("tg")
        await watch.flush(counting, times=False)
    assert counting.writes == 1
    clock.advance(seconds=60)
    watch.sent("tg")
    await watch.flush(counting)
    await watch.flush(counting)
    assert counting.writes == 2
    status = (await database.read(repository.all_statuses))["tg"]
    assert status.last_out_at == clock.now()


async def test_people_see_within_seconds_that_a_message_came(
    database: Database, clock: FixedClock
) -> None:
    assert ChannelWatch().every <= 5
    watch = ChannelWatch(clock, every=0.05)
    writing = asyncio.create_task(watch.run(database))
    known = None
    async with asyncio.timeout(10):
        for _ in range(2):
            clock.advance(seconds=1)
            watch.received("web")
            while known is None or known.last_in_at != clock.now():
                await asyncio.sleep(0.02)
                known = (await database.read(repository.all_statuses)).get("web")
    writing.cancel()


async def test_of_two_processes_the_vendors_latest_answer_counts(
    database: Database, clock: FixedClock
) -> None:
    one, other = ChannelWatch(clock), ChannelWatch(clock)
    one.answered("tg", WORKED)
    clock.advance(seconds=5)
    other.answered("tg", Outcome("bad_token", "Unauthorized"))
    broken_at = clock.now()
    await other.flush(database)
    clock.advance(seconds=20)
    one.received("tg")  # news, but no answer of the vendor
    await one.flush(database)
    status = (await database.read(repository.all_statuses))["tg"]
    assert (status.state, status.since) == ("down", broken_at)
    assert status.last_in_at == clock.now()
    clock.advance(seconds=20)
    one.answered("tg", WORKED)
    await one.flush(database)
    status = (await database.read(repository.all_statuses))["tg"]
    assert (status.state, status.since, status.error_code) == ("ok", clock.now(), None)


async def test_what_could_not_be_written_is_kept(clock: FixedClock, database: Database) -> None:
    class Away:
        async def tx(self, *_: object) -> None:
            raise OSError("away")

    away: Any = Away()
    watch = ChannelWatch(clock)
    watch.answered("tg", Outcome("bad_token"))
    with pytest.raises(OSError, match="away"):
        await watch.flush(away)
    await watch.flush(database, times=False)
    assert (await database.read(repository.all_statuses))["tg"].state == "down"


async def test_times_never_go_back(database: Database, clock: FixedClock) -> None:
    now = clock.now()
    late = StatusRow("tg", "ok", now, judged_at=now, last_out_at=now, identity="@bot")
    early = now - timedelta(minutes=5)
    stale = StatusRow("tg", "down", early, "x", judged_at=early, last_out_at=early)
    await database.tx(repository.upsert, [late])
    await database.tx(repository.upsert, [stale])
    assert (await database.read(repository.all_statuses))["tg"] == late
