"""Rates hold across processes with Redis, and within one when Redis is away."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack

import pytest

from backend.kit.errors import RateLimited
from backend.kit.outage import AGAIN_AFTER
from backend.kit.rates import Rates
from tests.support.process import free_port
from tests.support.redis import run_redis


async def test_each_is_counted_for_himself() -> None:
    rates = Rates()
    for _ in range(3):
        await rates.count("3/minute", "messages", "anna")
    await rates.count("3/minute", "messages", "ben")
    await rates.count("3/minute", "uploads", "anna")
    with pytest.raises(RateLimited) as refused:
        await rates.count("3/minute", "messages", "anna")
    retry_after = refused.value.params["retry_after"]
    assert isinstance(retry_after, int)
    assert 1 <= retry_after <= 121


async def test_processes_share_a_count_by_redis(redis_database: str) -> None:
    one, two = Rates(redis_database), Rates(redis_database)
    for rates in (one, two, one):
        await rates.count("3/minute", "messages", "anna")
    with pytest.raises(RateLimited):
        await two.count("3/minute", "messages", "anna")


async def test_without_redis_each_process_counts_for_itself(
    unused_tcp_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    rates = Rates(f"redis://127.0.0.1:{unused_tcp_port}/0")
    for _ in range(2):
        await rates.count("2/minute", "messages", "anna")
    with pytest.raises(RateLimited):
        await rates.count("2/minute", "messages", "anna")
    assert caplog.text.count("redis is away, counting without it") == 1


async def test_a_count_is_shared_again_when_redis_is_back() -> None:
    port = free_port()
    with ExitStack() as servers:
        first = servers.enter_context(ExitStack())
        url = first.enter_context(run_redis(port, "of-a-test"))
        one, two = Rates(url), Rates(url)
        await one.count("1/minute", "messages", "anna")
        with pytest.raises(RateLimited):
            await two.count("1/minute", "messages", "anna")

        first.close()
        began = time.monotonic()
        for rates in (one, two):
            await rates.count("1/minute", "messages", "ben")
            with pytest.raises(RateLimited):
                await rates.count("1/minute", "messages", "ben")
        assert time.monotonic() - began < 2, "messages wait for a Redis that is away"

        servers.enter_context(run_redis(port, "of-a-test"))
        await asyncio.sleep(AGAIN_AFTER)  # one that failed is left alone for a moment
        await one.count("1/minute", "messages", "carl")
        with pytest.raises(RateLimited):
            await two.count("1/minute", "messages", "carl")
