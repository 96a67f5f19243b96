"""Hints between processes by Redis pub/sub. Without it, or while it is away, others carry them.

One channel for all topics: a process that listens drops what nobody here waits for. A subscriber
that was cut off has missed what was told meanwhile, so each (re)subscription tells `MISSED`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterable

import redis.asyncio as redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from backend.kit.db import Hint, HintListener
from backend.kit.hints import MISSED, pack, unpack
from backend.kit.outage import AGAIN_AFTER, ANSWER_WITHIN, Outage

log = logging.getLogger(__name__)

CHANNEL = "aftercare:hints"
PAYLOAD = 60_000
"""Bytes of one publication."""
QUIET = 10.0
"""Seconds without a word after which the subscription is asked whether it still lives."""

AWAY = (RedisError, OSError, TimeoutError)
"""What a Redis that is away raises."""


def open_redis(url: str) -> redis.Redis:
    """A client that fails soon and never retries by itself: each caller has a way without Redis,
    and a reconnect behind a subscriber's back would hide what it missed."""
    return redis.Redis.from_url(
        url,
        socket_timeout=ANSWER_WITHIN,
        socket_connect_timeout=ANSWER_WITHIN,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )


class RedisPush:
    """Publishes this process's hints and hears those of others."""

    def __init__(self, url: str) -> None:
        self._client = open_redis(url)
        self._origin = secrets.token_hex(8)
        self._outage = Outage("pushing")
        self._listeners: list[HintListener] = []
        self._listening: asyncio.Task[None] | None = None
        self.is_listening = False
        """Whether the hints of others arrive at present."""

    async def publish(self, hints: Iterable[Hint]) -> bool:
        """Tell other processes. False: Redis is away, somebody else has to carry them."""
        if not self._outage.is_over:
            return False
        try:
            for payload in pack(self._origin, hints, PAYLOAD):
                await self._client.publish(CHANNEL, payload)
        except AWAY as error:
            self._outage.begin(error)
            return False
        self._outage.end()
        return True

    def listen(self, listener: HintListener) -> None:
        """Be told the hints of other processes, from now on."""
        self._listeners.append(listener)
        if self._listening is None:
            self._listening = asyncio.get_running_loop().create_task(self._listen_forever())

    async def close(self) -> None:
        """Let go of the connections."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await self._client.aclose()

    async def _listen_forever(self) -> None:
        outage = Outage("hearing of news")
        while True:
            try:
                async with self._client.pubsub() as subscription:
                    await subscription.subscribe(CHANNEL)
                    await self._hear(subscription, outage)
            except AWAY as error:
                outage.begin(error)
            except Exception:  # a bug here must not end the push of this process for good
                log.exception("the subscription broke")
            self.is_listening = False
            await asyncio.sleep(AGAIN_AFTER)

    async def _hear(self, subscription: PubSub, outage: Outage) -> None:
        """Tell what arrives until the connection breaks. Raises: what AWAY names."""
        asked = False
        while True:
            message = await subscription.get_message(timeout=ANSWER_WITHIN if asked else QUIET)
            if message is None:
                if asked:
                    raise TimeoutError("the subscription is silent")
                await subscription.ping()
                asked = True
                continue
            asked = False
            if message["type"] == "subscribe":
                self.is_listening = True
                outage.end()
                self._tell([MISSED])
            elif message["type"] == "message":
                self._tell(unpack(message["data"], self._origin))

    def _tell(self, hints: list[Hint]) -> None:
        for listener in self._listeners:
            listener(hints)
