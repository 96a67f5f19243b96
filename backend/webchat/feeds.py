"""What is new in the conversations that somebody has open here: read once, shown to each socket.

A hint says only that there is news. However many conversations have some at the same moment, their
messages are read in a few questions, and each is written down once for all sockets of its visitor.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

from backend.conversations import news
from backend.conversations.service import topic
from backend.house import House
from backend.kit.db import Hint
from backend.kit.presence import AGENT, BEAT_EVERY, BOT, VISITOR
from backend.webchat.service import ATTACHMENTS

log = logging.getLogger(__name__)

FEEDS_AT_ONCE = 100
MOST_OF_A_FEED = 20
"""Messages of one conversation read at once: what is further back takes another round."""
AGAIN_AFTER = 0.5
TICK = 4.0
"""Seconds between reminders that the bot is at it (each is shown for 5 s) and looks for sockets
that take nothing any more."""
TYPES_AT_MOST = 60.0

TYPING = {who: json.dumps({"type": "typing", "from": who}) for who in (BOT, AGENT)}
"""The frame that shows a visitor who is typing; what visitors type themselves is not shown them."""


def typing_hint(conversation_id: str, who: str) -> Hint:
    """Tells everybody who has the conversation open that `who` is typing."""
    return Hint(topic(conversation_id), what=f"typing.{who}")


class Member(Protocol):
    """A socket that shows a feed."""

    def offer(self, seq: int, frame: str) -> None:
        """Here is message `seq`."""

    def mention(self, frame: str) -> None:
        """Here is something without a number, to be dropped if there is no room for it."""

    def check(self) -> None:
        """Look whether the client still takes what it is sent."""


class Feed:
    """One conversation. `seq` is the number up to which all was offered to the members, `wanted`
    the highest one heard of."""

    __slots__ = ("conversation_id", "members", "seq", "types_for", "wanted")

    def __init__(self, conversation_id: str, seq: int) -> None:
        self.conversation_id = conversation_id
        self.seq = self.wanted = seq
        self.types_for = 0.0
        self.members: set[Member] = set()

    @property
    def lacks(self) -> range:
        """The numbers to read next."""
        return range(self.seq + 1, min(self.wanted, self.seq + MOST_OF_A_FEED) + 1)

    def show(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Offer what was read."""
        for message in messages:
            self.seq = max(self.seq, message["seq"])
            if message["from"] in (BOT, AGENT):
                self.types_for = 0.0
            frame = message_frame(message)
            for member in tuple(self.members):
                member.offer(message["seq"], frame)

    def mention(self, frame: str) -> None:
        """Tell what has no number."""
        for member in tuple(self.members):
            member.mention(frame)


def message_frame(message: Mapping[str, Any]) -> str:
    """The frame that carries a message."""
    return json.dumps({"type": "message", "message": message}, ensure_ascii=False)


class Feeds:
    """All feeds of this process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._feeds: dict[str, Feed] = {}
        self._behind: dict[str, Feed] = {}
        self._reading: asyncio.Task[None] | None = None
        self._ticking: asyncio.Task[None] | None = None
        self.members = 0

    def join(self, conversation_id: str, seq: int, member: Member) -> Feed:
        """Show `member` what is new from now on; `seq` is the conversation's last number."""
        name = topic(conversation_id)
        feed = self._feeds.get(name)
        if feed is None:
            feed = self._feeds[name] = Feed(conversation_id, seq)
            self._house.live.subscribe(name, self._heard)
        feed.members.add(member)
        self.members += 1
        if self._ticking is None:
            self._ticking = asyncio.get_running_loop().create_task(self._tick())
        return feed

    def leave(self, feed: Feed, member: Member) -> None:
        """Show `member` nothing more."""
        feed.members.discard(member)
        self.members -= 1
        if not feed.members:
            name = topic(feed.conversation_id)
            del self._feeds[name]
            self._house.live.unsubscribe(name, self._heard)
        if not self.members and self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None

    def bot_types(self, conversation_id: str) -> None:
        """The bot is at it: shown until it has answered."""
        feed = self._feeds.get(topic(conversation_id))
        if feed is not None:
            feed.types_for = TYPES_AT_MOST
        self._house.db.announce([typing_hint(conversation_id, BOT)])

    def _heard(self, hint: Hint) -> None:
        feed = self._feeds.get(hint.topic)
        if feed is None:
            return
        if hint.what:
            frame = TYPING.get(hint.what.removeprefix("typing."))
            if frame is not None:
                feed.mention(frame)
            return
        feed.wanted = max(feed.wanted, hint.seq)
        if feed.wanted > feed.seq:
            self._behind[hint.topic] = feed
            if self._reading is None:
                self._reading = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        try:
            while self._behind:
                names = list(islice(self._behind, FEEDS_AT_ONCE))
                feeds = [self._behind.pop(name) for name in names]
                try:
                    await self._read_some(feeds)
                except Exception:  # the database is away: what was told stays to be read
                    log.warning("cannot read news", exc_info=True)
                    self._behind |= dict(zip(names, feeds, strict=True))
                    await asyncio.sleep(AGAIN_AFTER)
        finally:
            self._reading = None

    async def _read_some(self, feeds: Sequence[Feed]) -> None:
        places = [(feed.conversation_id, seq) for feed in feeds for seq in feed.lacks]
        found = await self._house.db.read(news.messages_at, places, ATTACHMENTS)
        for feed in feeds:
            messages = found.get(feed.conversation_id, [])
            feed.show(messages)
            if not messages:
                feed.wanted = feed.seq  # nothing there after all: the next hint or look tells
            elif feed.wanted > feed.seq:
                self._behind[topic(feed.conversation_id)] = feed

    async def _tick(self) -> None:
        since_beat = BEAT_EVERY
        while True:
            if since_beat >= BEAT_EVERY:
                since_beat = 0.0
                present = [feed.conversation_id for feed in self._feeds.values()]
                await self._house.presence.beat(VISITOR, present)
            await asyncio.sleep(TICK)
            since_beat += TICK
            for feed in tuple(self._feeds.values()):
                for member in tuple(feed.members):
                    member.check()
                if feed.types_for > 0:
                    feed.types_for -= TICK
                    self._house.db.announce([typing_hint(feed.conversation_id, BOT)])


def feeds_of(state: Any) -> Feeds:
    """The feeds of an application, made when the first visitor comes (`app.state`)."""
    with contextlib.suppress(AttributeError):
        return state.feeds  # type: ignore[no-any-return]  # starlette's State holds anything
    state.feeds = Feeds(state.house)
    return feeds_of(state)
