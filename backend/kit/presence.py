"""Who is here and who is typing: by Redis for all processes, else as far as this one knows.

Nothing of it is in the database and nothing depends on it. Who is here says so again and again
(`beat`); when Redis comes back, the next beat has told it everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, cast

from backend.kit.clock import Clock
from backend.kit.outage import Outage

if TYPE_CHECKING:
    import redis.asyncio as redis

BEAT_EVERY = 20.0
"""Seconds between two words of somebody that he is here."""
ONLINE_FOR = 45.0
"""Seconds after his last word for which somebody counts as here: two beats and a bit."""
KEPT_FOR = 86_400
"""Seconds for which it is known when somebody was last here."""
LOOKING_FOR = 25
"""Seconds for which one word of looking at a conversation holds; it is said again every 10."""
TYPING_FOR = 5
"""Seconds for which one word of typing holds."""
AT_ONCE = 1_000

AGENT, VISITOR, BOT = "agent", "visitor", "bot"
"""Who can be here (agents by account, visitors by conversation) and who can type."""


class Presence:
    """`redis_url`: redis://…, or empty for this process alone."""

    def __init__(self, redis_url: str, clock: Clock) -> None:
        self._clock = clock
        self._outage = Outage("telling who is here")
        self._redis: redis.Redis | None = None
        self._away: tuple[type[Exception], ...] = ()
        """What a Redis that is away raises."""
        if redis_url:
            from backend.kit.redis_push import AWAY, open_redis

            self._redis, self._away = open_redis(redis_url), AWAY
        self._seen: dict[str, dict[str, float]] = {}
        self._typing: dict[tuple[str, str], float] = {}
        self._looking: dict[tuple[str, str], float] = {}

    async def beat(self, kind: str, ids: Iterable[str]) -> None:
        """These are here now."""
        now, here = self._now(), list(ids)
        self._remember(kind, here, now)
        if not here or (client := self._client()) is None:
            return
        key, rest = _seen_key(kind), iter(here)
        try:
            while part := list(islice(rest, AT_ONCE)):
                await client.zadd(key, dict.fromkeys(part, now))
            await client.zremrangebyscore(key, "-inf", now - KEPT_FOR)
            await client.expire(key, KEPT_FOR)
        except self._away as error:
            self._outage.begin(error)
        else:
            self._outage.end()

    async def online(self, kind: str) -> Mapping[str, datetime]:
        """Who of a kind is here, and when he last said so."""
        since = self._now() - ONLINE_FOR
        seen = {who: at for who, at in self._seen.get(kind, {}).items() if at >= since}
        if (client := self._client()) is not None:
            try:
                found = await client.zrangebyscore(_seen_key(kind), since, "+inf", withscores=True)
            except self._away as error:
                self._outage.begin(error)
            else:
                # The client's types cover all that the command can be asked for.
                seen |= dict(cast("Iterable[tuple[str, float]]", found))
        return {who: _time(at) for who, at in seen.items()}

    async def last_seen(self, kind: str, ids: Sequence[str]) -> Mapping[str, datetime]:
        """When each of these was last here; who wasn't within a day is left out."""
        known = self._seen.get(kind, {})
        seen = {who: known[who] for who in ids if who in known}
        if ids and (client := self._client()) is not None:
            try:
                scores = await client.zmscore(_seen_key(kind), list(ids))
            except self._away as error:
                self._outage.begin(error)
            else:
                told = zip(ids, scores, strict=True)
                seen |= {who: float(at) for who, at in told if at is not None}
        return {who: _time(at) for who, at in seen.items()}

    def is_online(self, last_seen: datetime | None) -> bool:
        """Whether somebody last seen then counts as here."""
        return last_seen is not None and last_seen.timestamp() >= self._now() - ONLINE_FOR

    async def looks(self, conversation_id: str, who: str) -> None:
        """`who` (an account) has a conversation before him."""
        now = self._now()
        self._looking[conversation_id, who] = now
        for pair in [one for one, at in self._looking.items() if at < now - LOOKING_FOR]:
            del self._looking[pair]
        if (client := self._client()) is not None:
            key = _looking_key(conversation_id)
            try:
                await client.zadd(key, {who: now})
                await client.expire(key, LOOKING_FOR)
            except self._away as error:
                self._outage.begin(error)

    async def looking(self, conversation_id: str) -> Sequence[str]:
        """Who has a conversation before him, in no order that means anything."""
        since = self._now() - LOOKING_FOR
        found = {
            who
            for (looked_at, who), at in self._looking.items()
            if looked_at == conversation_id and at >= since
        }
        if (client := self._client()) is not None:
            try:
                told = await client.zrangebyscore(_looking_key(conversation_id), since, "+inf")
                found |= set(cast("list[str]", told))  # the client decodes
            except self._away as error:
                self._outage.begin(error)
        return sorted(found)

    async def types(self, conversation_id: str, who: str) -> None:
        """`who` (AGENT, VISITOR, BOT) is typing in a conversation."""
        now = self._now()
        self._typing[conversation_id, who] = now + TYPING_FOR
        for key in [key for key, until in self._typing.items() if until < now]:
            del self._typing[key]
        if (client := self._client()) is not None:
            try:
                await client.set(_typing_key(conversation_id, who), "1", ex=TYPING_FOR)
            except self._away as error:
                self._outage.begin(error)

    async def typing(self, conversation_ids: Sequence[str]) -> Mapping[str, list[str]]:
        """Who is typing in each of these conversations."""
        now = self._now()
        asked = [(one, who) for one in conversation_ids for who in (AGENT, VISITOR, BOT)]
        found = {key for key in asked if self._typing.get(key, 0) >= now}
        if asked and (client := self._client()) is not None:
            try:
                values = await client.mget([_typing_key(*key) for key in asked])
            except self._away as error:
                self._outage.begin(error)
            else:
                found |= {key for key, value in zip(asked, values, strict=True) if value}
        return {
            one: [who for who in (AGENT, VISITOR, BOT) if (one, who) in found]
            for one in conversation_ids
        }

    async def close(self) -> None:
        """Let go of the connections."""
        if self._redis is not None:
            await self._redis.aclose()

    def _client(self) -> redis.Redis | None:
        return self._redis if self._outage.is_over else None

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _remember(self, kind: str, ids: Iterable[str], now: float) -> None:
        seen = self._seen.setdefault(kind, {})
        for who in ids:
            seen.pop(who, None)  # the longest unseen come first
            seen[who] = now
        for who in [*_while_before(seen, now - KEPT_FOR)]:
            del seen[who]


def _while_before(seen: Mapping[str, float], moment: float) -> Iterable[str]:
    for who, at in seen.items():
        if at >= moment:
            return
        yield who


def _seen_key(kind: str) -> str:
    return f"aftercare:seen:{kind}"


def _looking_key(conversation_id: str) -> str:
    return f"aftercare:looking:{conversation_id}"


def _typing_key(conversation_id: str, who: str) -> str:
    return f"aftercare:typing:{conversation_id}:{who}"


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
