"""Rates hold across processes with Redis, and within one when Redis is away."""

from __future__ import annotations

import pytest

from backend.kit.errors import RateLimited
from backend.kit.rates import Rates


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
    assert "counting without redis" in caplog.text
