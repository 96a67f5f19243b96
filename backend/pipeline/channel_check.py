"""Asks a vendor how an account does: whether its credentials hold and where it calls."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from backend.channel_status.rules import WORKED, Outcome
from backend.kit.db import Database
from backend.kit.errors import Invalid
from backend.pipeline.channels import Channels
from bot.channels.base import AccountStatus, ChannelAccount, ChannelError, WebhookRegistrar
from bot.channels.registry import OWN_CHANNELS

PATIENCE = 15.0
"""Seconds a vendor has to answer."""


@dataclass(frozen=True, slots=True)
class Check:
    """What came of asking: the vendor's word, or what is wrong. Neither: it can't be asked."""

    account: ChannelAccount
    status: AccountStatus | None = None
    problem: ChannelError | None = None


def webhook_address(public_url: str, account: ChannelAccount) -> str:
    """Where the vendor has to call for this account."""
    return f"{public_url.rstrip('/')}/webhooks/{account.channel}/{account.id}"


async def ask_vendor(channels: Channels, account: ChannelAccount) -> Check:
    """Ask now. Never raises for what the vendor says."""
    try:
        # In a thread: the first adapter of a vendor may import for seconds.
        adapter = await asyncio.to_thread(channels.adapter, account.id)
        if not isinstance(adapter, WebhookRegistrar):
            return Check(account)
        async with asyncio.timeout(PATIENCE):
            return Check(account, status=await adapter.check())
    except ChannelError as error:
        return Check(account, problem=error)
    except TimeoutError:
        return Check(account, problem=ChannelError("unreachable", "no answer in time"))


def verdict(check: Check, public_url: str) -> Outcome:
    """What a check means for the account."""
    if check.problem is not None:
        return Outcome(check.problem.code, check.problem.detail)
    status = check.status
    if status is None:
        return WORKED
    if status.webhook_url and status.webhook_url != webhook_address(public_url, check.account):
        return Outcome("webhook_elsewhere", status.webhook_url)
    # A vendor that calls us keeps its last complaint for long: it counts while something waits.
    if status.last_error and (status.pending or not status.webhook_url):
        return Outcome("vendor_complains", status.last_error)
    return WORKED


@dataclass(frozen=True, slots=True)
class ChannelDesk:
    """The accounts people reach the shop by, and their vendors on the telephone."""

    channels: Channels
    db: Database
    public_url: str

    def accounts(self) -> Sequence[ChannelAccount]:
        """All configured ones but the terminal."""
        return [one for one in self.channels.accounts() if one.channel != "terminal"]

    def can_check(self, account_id: str) -> bool:
        """Whether there is a vendor to ask."""
        return self.channels.account(account_id).channel not in OWN_CHANNELS

    def is_fetched(self, account_id: str) -> bool:
        """Whether customers' clients fetch what is said to them."""
        # No adapter is asked: a vendor's may import for seconds, and wrong settings make none.
        return self.channels.account(account_id).channel in OWN_CHANNELS

    async def check(self, account_id: str) -> None:
        """Ask the vendor and store the answer. Raises: NotFound; Invalid if nobody can be asked."""
        account = self.channels.account(account_id)
        check = await ask_vendor(self.channels, account)
        if check.status is None and check.problem is None:
            raise Invalid("cannot_check", f"{account.channel} has no way to ask its vendor")
        identity = check.status.identity if check.status else ""
        self.channels.watch.checked(account_id, verdict(check, self.public_url), identity)
        await self.channels.watch.flush(self.db, times=False)
