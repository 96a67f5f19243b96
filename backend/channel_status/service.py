"""Channel accounts and how they do: kept in memory, written when it changes, listed for people."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from backend.channel_status import repository
from backend.channel_status.repository import Pending, StatusRow
from backend.channel_status.rules import OURS, WORKED, Condition, Outcome, State, after
from backend.kit.actor import Actor, Role, require
from backend.kit.clock import Clock, SystemClock
from backend.kit.db import Database, Tx
from backend.pulls import repository as pulls
from backend.pulls.repository import Gap

log = logging.getLogger(__name__)
TIMES_EVERY = 3.0
"""Seconds between writes that only move times on: people who try a channel out look right after,
and one write in that time is nothing beside those of its messages."""

GAPS_SHOWN = timedelta(days=14)
"""How long people are told that a vendor forgot messages before we fetched them."""


class Account(Protocol):
    """A configured channel account, as far as it is listed."""

    @property
    def id(self) -> str: ...

    @property
    def channel(self) -> str: ...

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ChannelView:
    """An account as people see it; `status` is None while nothing has been heard of it."""

    account: Account
    status: StatusRow | None
    pending: Pending | None
    gaps: Sequence[Gap] = ()


@dataclass(slots=True)
class _Seen:
    """What this process has seen of an account since it last wrote."""

    condition: Condition | None = None
    judged_at: datetime | None = None
    last_in_at: datetime | None = None
    last_out_at: datetime | None = None
    checked_at: datetime | None = None
    identity: str | None = None
    is_new: bool = False
    """The state or its reason changed: to be written at once."""
    moved: bool = False
    """A time moved on: to be written soon."""


@dataclass(slots=True)
class ChannelWatch:
    """What this process sees of its channels. Telling it costs no database access."""

    clock: Clock = field(default_factory=SystemClock)
    every: float = TIMES_EVERY
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def received(self, account_id: str) -> None:
        """A genuine message came in."""
        seen = self._of(account_id)
        seen.last_in_at = self.clock.now()
        seen.moved = True

    def sent(self, account_id: str) -> None:
        """The vendor took a message."""
        self._of(account_id).last_out_at = self.clock.now()
        self.answered(account_id, WORKED)

    def answered(self, account_id: str, outcome: Outcome) -> None:
        """The vendor took what we asked, or failed us with a reason."""
        seen, now = self._of(account_id), self.clock.now()
        condition = after(seen.condition, outcome, now)
        if condition != seen.condition and not _same_but_longer(condition, seen.condition):
            seen.is_new = True
            self._news.set()
        seen.condition, seen.judged_at = condition, now
        seen.moved = True

    def checked(self, account_id: str, outcome: Outcome, identity: str = "") -> None:
        """Somebody asked the vendor about the account."""
        seen = self._of(account_id)
        seen.checked_at = self.clock.now()
        seen.identity = identity or seen.identity
        seen.is_new = True
        self.answered(account_id, outcome)

    async def mended(self, db: Database, account_ids: Sequence[str]) -> None:
        """These accounts can be used: nothing on our side is wrong with them any more."""
        await db.tx(repository.mend, account_ids, OURS)

    async def run(self, db: Database) -> None:
        """Write changes at once and times soon, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), self.every)
            await self._write_quietly(db)

    async def flush(self, db: Database, *, times: bool = True) -> None:
        """Write what is new; `times`: also where only a time moved on."""
        self._news.clear()
        chosen = {
            account_id: replace(seen)
            for account_id, seen in self._seen.items()
            if seen.is_new or (times and seen.moved)
        }
        if not chosen:
            return
        for account_id in chosen:
            self._seen[account_id].is_new = self._seen[account_id].moved = False
        rows = [_row(account_id, seen, self.clock) for account_id, seen in chosen.items()]
        try:
            await db.tx(repository.upsert, rows)
        except BaseException:
            for account_id in chosen:
                self._seen[account_id].is_new = True
            raise

    async def _write_quietly(self, db: Database) -> None:
        try:
            await self.flush(db)
        except (SQLAlchemyError, OSError) as error:
            # The database is away, which others tell louder; what was seen is kept for later.
            log.warning("cannot write channel status: %s", type(error).__name__)
            await asyncio.sleep(5)
            self._news.set()

    def _of(self, account_id: str) -> _Seen:
        return self._seen.setdefault(account_id, _Seen())


def _same_but_longer(new: Condition, known: Condition | None) -> bool:
    return known is not None and replace(new, failing_since=known.failing_since) == known


def _row(account_id: str, seen: _Seen, clock: Clock) -> StatusRow:
    condition = seen.condition or Condition(State.OK, clock.now())
    return StatusRow(
        account_id=account_id,
        state=condition.state.value,
        since=condition.since,
        error_code=condition.code or None,
        error_detail=condition.detail or None,
        judged_at=seen.judged_at,
        last_in_at=seen.last_in_at,
        last_out_at=seen.last_out_at,
        checked_at=seen.checked_at,
        identity=seen.identity,
    )


def list_channels(tx: Tx, actor: Actor, accounts: Sequence[Account]) -> list[ChannelView]:
    """How all accounts do. Raises: Forbidden for less than a supervisor."""
    require(actor, Role.SUPERVISOR)
    statuses, waiting = repository.all_statuses(tx), repository.pending(tx)
    gaps = pulls.gaps(tx, tx.now - GAPS_SHOWN)
    return [
        ChannelView(
            account,
            statuses.get(account.id),
            waiting.get(account.id),
            [gap for gap in gaps if gap.account_id == account.id],
        )
        for account in accounts
    ]


def may_check(actor: Actor) -> None:
    """Asking a vendor is for supervisors, too. Raises: Forbidden."""
    require(actor, Role.SUPERVISOR)
