"""The one way in: whatever came by whichever channel is accepted here, and its turn begins.

Called by vendors' webhooks, by the web chat and the app's API, and by the job that fetches from
vendors who only say that there is something.

A turn that this process has a free hand for is begun right after the commit, with what the
acceptance has read: no claim, no second look. All others wait in the job table for any worker.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections.abc import Callable
from typing import Protocol

from backend.conversations import service as conversations
from backend.kit.db import Database, Tx
from backend.kit.errors import FieldError, Unusable
from backend.kit.jobs.worker import Hand, Worker
from backend.pipeline import inbox, watch, windows
from backend.pipeline.at_once import AtOnce, NotAtOnce
from backend.pipeline.channels import Channels
from backend.pipeline.pressure import Level, Pressure
from bot.channels.base import Adapter, BadPayload, ChannelAccount, ChannelError
from bot.messages import InboundMessage

log = logging.getLogger(__name__)


class Habits(Protocol):
    """What the settings say of those who come in."""

    @property
    def shop_locale(self) -> str: ...


class Hall(Protocol):
    """What of a process's parts it takes to let somebody in."""

    @property
    def settings(self) -> Habits: ...
    @property
    def db(self) -> Database: ...
    @property
    def channels(self) -> Channels: ...
    @property
    def pressure(self) -> Pressure: ...
    @property
    def at_once(self) -> AtOnce: ...
    @property
    def working(self) -> Worker | None: ...


Check = Callable[[Tx], None]
"""What is checked in the transaction before anything is stored; it raises to refuse."""


def faults_of(error: BadPayload) -> list[FieldError]:
    """What is wrong with a message that can't be read, field by field."""
    return [FieldError(field, reason) for field, reason in error.faults]


def adapter_of(house: Hall, account: ChannelAccount) -> Adapter:
    """The account's adapter. Raises: Unusable, upon which whoever writes keeps what he has to
    say."""
    try:
        return house.channels.adapter(account.id)
    except ChannelError as error:
        raise unusable(account, error) from error


async def made(house: Hall, account: ChannelAccount) -> Adapter:
    """The same, beside the event loop if it has to be made first. Raises: Unusable."""
    try:
        return await house.channels.made(account.id)
    except ChannelError as error:
        raise unusable(account, error) from error


def unusable(account: ChannelAccount, error: ChannelError) -> Unusable:
    """What whoever writes to an account hears whose settings make no adapter; the reason is not for
    him."""
    watch.refused(account, error.code)
    return Unusable("channel_unusable", "this channel account is not set up yet")


async def receive(
    house: Hall,
    account: ChannelAccount,
    message: InboundMessage,
    *,
    started_ns: int = 0,
    check: Check | None = None,
    at_once: bool = False,
) -> inbox.Accepted:
    """Store one message durably and have its turn taken; a repeated one changes nothing.

    `started_ns` (time.time_ns) is when it began to come in. `at_once`: the caller waits for the
    answer, so that the turn may be taken on the way. What was held for its customer goes out first,
    and he is told once when answers take longer. Raises: Unusable.
    """
    # To the end, also for who hangs up: a turn that is stored as given to us is ours to begin.
    started_ns = started_ns or time.time_ns()
    return await asyncio.shield(_received(house, account, message, started_ns, check, at_once))


async def _received(
    house: Hall,
    account: ChannelAccount,
    message: InboundMessage,
    started_ns: int,
    check: Check | None,
    at_once: bool,
) -> inbox.Accepted:
    worker = house.working
    accepted = None
    if at_once and worker is not None and _is_calm(house, worker, message):
        accepted = await _received_at_once(house, account, message, worker.free_hand(), check)
    if accepted is None:
        hand = worker.free_hand() if worker else None
        accepted = await house.db.tx(_accept, house, account, message, hand, check)
    if worker is not None and accepted.turn is not None:
        accepted = dataclasses.replace(accepted, taking=worker.begin(accepted.turn))
    watch.accepted(
        house.channels.watch,
        account,
        accepted.message.id,
        duplicate=accepted.duplicate,
        started_ns=started_ns,
    )
    return accepted


def _is_calm(house: Hall, worker: Worker, message: InboundMessage) -> bool:
    """Whether nobody would be overtaken by a message whose turn is taken at once."""
    return (
        house.pressure.snapshot().level is Level.CALM
        and worker.has_no_line
        and house.at_once.has_room(message)
    )


async def _received_at_once(
    house: Hall,
    account: ChannelAccount,
    message: InboundMessage,
    hand: Hand | None,
    check: Check | None,
) -> inbox.Accepted | None:
    """The message with its turn; None if that failed, and then nothing is stored."""
    with house.at_once.one():
        try:
            await house.at_once.prepare(message)
            accepted = await house.db.tx(
                _accept, house, account, message, hand, check, house.at_once
            )
        except NotAtOnce as failed:
            log.warning("a turn could not be taken at once", exc_info=failed.__cause__)
            return None
    if accepted.took is not None:
        stored = accepted.message
        watch.taken_at_once(stored.id, stored.conversation_id, accepted.took)
    return accepted


def _accept(
    tx: Tx,
    house: Hall,
    account: ChannelAccount,
    message: InboundMessage,
    hand: Hand | None,
    check: Check | None,
    at_once: AtOnce | None = None,
) -> inbox.Accepted:
    if check is not None:
        check(tx)
    accepted = inbox.accept(
        tx, account, message, house.settings.shop_locale, hand, at_once=at_once is not None
    )
    if not accepted.duplicate:
        capabilities = adapter_of(house, account).capabilities
        windows.message_accepted(tx, capabilities, accepted.message.conversation_id, message)
        if house.pressure.tell_once(tx, accepted.message.conversation_id) and accepted.waiting:
            now = conversations.get_conversation(tx, accepted.message.conversation_id)
            accepted = accepted.waiting_in(now)
    return accepted if at_once is None else at_once.take(tx, accepted)
