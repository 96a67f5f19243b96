"""Channels that must be asked for their messages: a vendor's word becomes a job, the job fetches.

The word is stored as a job before the vendor gets its 200. However many words come while one job
waits, it is one job: its name is the generation of the source, which moves on when it begins.

The job reads pages and stores what is in them, then moves the cursor: never before. What a crash
lets it read twice, the unique index of the messages turns away. A tick asks for every source too,
in case a word was lost on the way.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.channel_status.rules import Outcome
from backend.kit import jobs
from backend.kit.db import Database, Tx
from backend.kit.errors import Overloaded
from backend.kit.jobs import Job
from backend.kit.jobs.kinds import Retry
from backend.pipeline import notices, reception
from backend.pipeline.channels import Channels
from backend.pulls import repository
from bot.channels.base import ChannelAccount, ChannelError, RetryLater
from bot.channels.fetched import News, Notice, Pulled, Puller
from bot.messages import InboundMessage

PULL = "pull"
"""Fetch all that a source has. Payload: account, source, generation, token, asked_at."""

PULL_ALL = "pull_all"
"""Ask for every source of every account (a tick)."""

HISTORY = timedelta(days=3)
"""How long a vendor keeps what we did not fetch (WeCom: 3 days)."""

REACH = timedelta(minutes=10)
"""What was written longer ago when a source is first asked is not ours to answer."""

AT_ONCE = 8
"""Contacts of a page that are stored at a time."""

log = logging.getLogger(__name__)


def ask(tx: Tx, account_id: str, news: News) -> None:
    """Fetch a source soon; once, however often it is asked before that begins."""
    place = repository.get(tx, account_id, news.source)
    name = f"{account_id}:{news.source}"
    jobs.enqueue(
        tx,
        PULL,
        {
            "account": account_id,
            "source": news.source,
            "generation": place.generation,
            "token": news.token,
            "asked_at": tx.now.isoformat(),
        },
        # One after another; a key has less room than the names may take.
        key=f"pull:{hashlib.sha256(name.encode()).hexdigest()[:32]}",
        lane=account_id,
        uniq=f"pull:{name}:{place.generation}",
    )


@dataclass(frozen=True, slots=True)
class Pulling:
    """Fetches."""

    house: reception.Hall

    @property
    def db(self) -> Database:
        """Where it is stored."""
        return self.house.db

    @property
    def channels(self) -> Channels:
        """By which it comes."""
        return self.house.channels

    async def pull(self, job: Job) -> bool:
        """Job `pull`: read page after page until there is no more."""
        account = self.channels.account(str(job.payload["account"]))
        source = str(job.payload["source"])
        place = await self.db.tx(_begin, job)
        asked_at = _asked_at(job)
        # Only a source that nobody has read to its end may hold what was written before we were
        # there: a first reading that failed on the way goes on with such pages. Since when we are
        # is kept: this pull may be the first to succeed after hours of trying.
        since = (place.asked_at or asked_at) - REACH if place.pulled_at is None else None
        if place.pulled_at is not None and asked_at - place.pulled_at > HISTORY:
            gap = repository.Gap(account.id, source, place.pulled_at, asked_at - HISTORY)
            log.error("messages of %s %s may be lost: see its channel", account.id, source)
            await self.db.tx(repository.note_gap, gap)
        cursor, more = place.cursor, True
        while more:
            await self._admit()
            page = await self._page(account, source, cursor, str(job.payload["token"]))
            await self._store(account, page, since)
            more = page.more and page.cursor != cursor
            if not await self.db.tx(
                repository.move, account.id, source, cursor, page.cursor, at_end=not more
            ):
                log.info("%s of %s is read by somebody else", source, account.id)
                return False
            cursor = page.cursor
        return False

    async def pull_all(self, _job: Job) -> bool:
        """Job `pull_all`: the net under lost calls."""
        for account in self.channels.accounts():
            try:
                adapter = self.channels.adapter(account.id)
            except ChannelError:
                continue  # its settings are wrong, which its status says
            if not isinstance(adapter, Puller):
                continue
            try:
                sources = await adapter.sources()
            except ChannelError as error:
                self._failed(account, error)
                sources = await self.db.read(repository.known_sources, account.id)
            for source in sources:
                await self.db.tx(ask, account.id, News(source))
        return False

    async def _admit(self) -> None:
        """What can't be worked soon stays at the vendor's, who keeps it for days."""
        try:
            await self.house.pressure.admit()
        except Overloaded as error:
            after = float(str(error.params["retry_after"]))
            raise Retry(error.code, after=after, free=True) from error

    async def _page(self, account: ChannelAccount, source: str, cursor: str, token: str) -> Pulled:
        adapter = self.channels.adapter(account.id)
        if not isinstance(adapter, Puller):
            raise LookupError(f"nothing can be fetched from {account.id}")
        try:
            page = await adapter.pull(source, cursor, token)
        except ChannelError as error:
            self._failed(account, error)
            after = error.after if isinstance(error, RetryLater) else None
            raise Retry(str(error), after=after, free=after is not None) from error
        self.channels.watch.answered(account.id, Outcome())
        return page

    async def _store(self, account: ChannelAccount, page: Pulled, since: datetime | None) -> None:
        """Each contact's items in their order, some contacts at a time.

        A transaction a contact: one for the whole page would hold the locks of all of them.
        """
        gate = asyncio.Semaphore(AT_ONCE)

        async def store(items: Sequence[InboundMessage | Notice]) -> None:
            async with gate:
                for item in items:
                    await self._store_item(account, item)

        fresh = [item for item in page.items if since is None or notices.time_of(item) >= since]
        async with asyncio.TaskGroup() as group:
            for items in notices.by_contact(fresh):
                group.create_task(store(items))

    async def _store_item(self, account: ChannelAccount, item: InboundMessage | Notice) -> None:
        if not isinstance(item, InboundMessage):
            await self.db.tx(notices.take, account, item, self.house.settings.shop_locale)
            return
        await reception.receive(self.house, account, item)

    def _failed(self, account: ChannelAccount, error: ChannelError) -> None:
        self.channels.watch.answered(account.id, Outcome(error.code, error.detail))


def give_up(tx: Tx, job: Job, error: str) -> None:
    """A pull that failed for good must not stand for those asked for later: it has their name."""
    log.error("gave up a pull: %s", error)
    _begin(tx, job)


def _begin(tx: Tx, job: Job) -> repository.Place:
    account_id, source = str(job.payload["account"]), str(job.payload["source"])
    generation = int(job.payload["generation"])
    repository.begin(tx, account_id, source, generation, _asked_at(job))
    return repository.get(tx, account_id, source)


def _asked_at(job: Job) -> datetime:
    return datetime.fromisoformat(str(job.payload["asked_at"]))
