"""Who is here and who is typing: shared by Redis, known to each process alone without it."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from backend.kit.clock import FixedClock
from backend.kit.presence import AGENT, KEPT_FOR, LOOKING_FOR, ONLINE_FOR, VISITOR, Presence
from tests.support.process import free_port
from tests.support.redis import run_redis


@pytest.mark.parametrize("shared", [True, False])
async def test_who_spoke_lately_is_here(
    shared: bool, redis_database: str, clock: FixedClock
) -> None:
    one = Presence(redis_database if shared else "", clock)
    two = Presence(redis_database, clock) if shared else one
    first = clock.now()
    await one.beat(AGENT, ["anna", "ben"])
    clock.advance(seconds=ONLINE_FOR - 1)
    await one.beat(AGENT, ["ben"])
    assert await two.online(AGENT) == {"anna": first, "ben": clock.now()}
    clock.advance(seconds=2)
    assert set(await two.online(AGENT)) == {"ben"}
    seen = await two.last_seen(AGENT, ["anna", "ben", "carl"])
    assert seen["anna"] == first
    assert not two.is_online(seen["anna"])
    assert two.is_online(seen["ben"])
    assert "carl" not in seen
    assert not two.is_online(None)
    clock.advance(seconds=KEPT_FOR)
    await one.beat(AGENT, ["ben"])
    assert set(await two.last_seen(AGENT, ["anna", "ben"])) == {"ben"}
    await one.close()
    await two.close()


async def test_typing_is_told_across_processes_and_ends_by_itself(
    redis_database: str, clock: FixedClock
) -> None:
    one, two = Presence(redis_database, clock), Presence(redis_database, clock)
    await one.types("c1", VISITOR)
    assert await two.typing(["c1", "c2"]) == {"c1": ["visitor"], "c2": []}
    own = Presence("", clock)
    await own.types("c1", AGENT)
    assert await own.typing(["c1"]) == {"c1": ["agent"]}
    clock.advance(seconds=6)
    assert await own.typing(["c1"]) == {"c1": []}
    for presence in (one, two, own):
        await presence.close()


async def test_without_redis_each_knows_its_own_and_a_beat_tells_all_when_it_is_back(
    clock: FixedClock,
) -> None:
    port = free_port()
    with ExitStack() as servers:
        first = servers.enter_context(ExitStack())
        url = first.enter_context(run_redis(port, "of-a-test"))
        one, two = Presence(url, clock), Presence(url, clock)
        await one.beat(VISITOR, ["c1"])
        first.close()
        assert set(await one.online(VISITOR)) == {"c1"}
        assert await two.online(VISITOR) == {}
        await one.types("c1", VISITOR)
        assert await one.typing(["c1"]) == {"c1": ["visitor"]}

        servers.enter_context(run_redis(port, "of-a-test"))
        while not await two.online(VISITOR):  # each leaves a Redis that failed alone for a moment
            await one.beat(VISITOR, ["c1"])
        assert await two.last_seen(VISITOR, ["c1"]) == {"c1": clock.now()}
        await one.close()
        await two.close()


@pytest.mark.parametrize("shared", [True, False])
async def test_who_looks_is_known_until_he_says_so_no_more(
    shared: bool, redis_database: str, clock: FixedClock
) -> None:
    one = Presence(redis_database if shared else "", clock)
    two = Presence(redis_database, clock) if shared else one
    await one.looks("c", "anna")
    clock.advance(seconds=LOOKING_FOR - 1)
    await two.looks("c", "ben")
    assert list(await two.looking("c")) == ["anna", "ben"]
    assert list(await two.looking("d")) == []
    clock.advance(seconds=2)
    assert list(await one.looking("c")) == ["ben"]
    await one.close()
    await two.close()
