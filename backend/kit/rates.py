"""How often somebody may do something: counted in Redis for all processes, else in this one.

When Redis goes away the service keeps answering: each process counts for itself until it is back.
"""

from __future__ import annotations

import time

from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from backend.kit.errors import RateLimited
from backend.kit.outage import ANSWER_WITHIN, Outage


class Rates:
    """Counts in sliding windows. `redis_url`: redis://…, or empty for this process alone."""

    def __init__(self, redis_url: str = "") -> None:
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._outage = Outage("counting")
        self._shared = _by_redis(redis_url) if redis_url else None

    async def count(self, rate: str, what: str, who: str) -> None:
        """Count one `what` of `who` against `rate` ("60/minute", or several: "30/minute;300/day").

        Raises: RateLimited.
        """
        for limit in parse_many(rate):
            await self._count(limit, what, who)

    async def _count(self, limit: RateLimitItem, what: str, who: str) -> None:
        if self._shared is not None and self._outage.is_over:
            try:
                await _count(self._shared, limit, what, who)
            except StorageError as error:
                self._outage.begin(error.storage_error)
            else:
                self._outage.end()
                return
        await _count(self._own, limit, what, who)


def _by_redis(url: str) -> SlidingWindowCounterRateLimiter:
    from limits.aio.storage import RedisStorage
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    storage = RedisStorage(
        url,
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix="aftercare",
        socket_timeout=ANSWER_WITHIN,
        socket_connect_timeout=ANSWER_WITHIN,
        # Its own retries would hold every message up for seconds while Redis is away.
        retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]  # handed on to redis
    )
    return SlidingWindowCounterRateLimiter(storage)


async def _count(
    limiter: SlidingWindowCounterRateLimiter, limit: RateLimitItem, what: str, who: str
) -> None:
    if await limiter.hit(limit, what, who):
        return
    stats = await limiter.get_window_stats(limit, what, who)
    wait = max(1, int(stats.reset_time - time.time()) + 1)
    raise RateLimited(
        "too_often", f"too many requests, try again in {wait} s", params={"retry_after": wait}
    )
