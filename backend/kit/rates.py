"""How often somebody may do something: counted in Redis for all processes, else in this one.

When Redis goes away the service keeps answering: each process counts for itself until it is back.
"""

from __future__ import annotations

import logging
import time

from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from backend.kit.errors import RateLimited

log = logging.getLogger(__name__)


class Rates:
    """Counts in sliding windows. `redis_url`: redis://…, or empty for this process alone."""

    def __init__(self, redis_url: str = "") -> None:
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared: SlidingWindowCounterRateLimiter | None = None
        if redis_url:
            storage = RedisStorage(
                redis_url,
                wrap_exceptions=True,
                implementation="redispy",
                key_prefix="aftercare",
                socket_timeout=1,
                socket_connect_timeout=1,
            )
            self._shared = SlidingWindowCounterRateLimiter(storage)

    async def count(self, rate: str, what: str, who: str) -> None:
        """Count one `what` of `who` against `rate` ("60/minute", or several: "30/minute;300/day").

        Raises: RateLimited.
        """
        for limit in parse_many(rate):
            await self._count(limit, what, who)

    async def _count(self, limit: RateLimitItem, what: str, who: str) -> None:
        for limiter in (self._shared, self._own):
            if limiter is None:
                continue
            try:
                await _count(limiter, limit, what, who)
            except StorageError as error:
                log.warning("counting without redis: %s", type(error.storage_error).__name__)
                continue
            return


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
