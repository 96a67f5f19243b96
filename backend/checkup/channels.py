"""The channel accounts: what their vendors say, and what time they have."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from backend.checkup.finding import FAIL, OK, WARN, Finding
from backend.checkup.stores import clock
from backend.kit.errors import DomainError
from backend.pipeline.channel_check import Check, ask_vendor, verdict, webhook_address
from backend.pipeline.channels import Channels
from backend.serve import accounts_of
from backend.settings import Settings
from bot.channels.base import ChannelAccount

VENDORS = {
    "telegram": "https://api.telegram.org",
    "wecom": "https://qyapi.weixin.qq.com",
    "wecom_kf": "https://qyapi.weixin.qq.com",
}
"""Where a vendor's server is, if the account names no other one (`base_url`)."""


async def all_accounts(settings: Settings) -> list[Finding]:
    """Each account, and our clock against those vendors that answer."""
    try:
        accounts = accounts_of(settings)
    except DomainError as error:
        reasons = "; ".join(f"{item.field}: {item.reason}" for item in error.errors)
        told = f"{error.detail} {reasons}".strip()
        return [Finding("channels", FAIL, told, "correct channels.yml in the data folder")]
    channels = Channels(accounts)
    found = []
    try:
        for account in channels.accounts():
            if account.channel == "terminal":
                continue
            found.append(_account(await ask_vendor(channels, account), settings.public_url))
    finally:
        await channels.close()
    servers = {_server_of(account) for account in accounts}
    for server in sorted(filter(None, servers)):
        found += await _clock_of(server)
    return found or [Finding("channels", WARN, "none is configured", "see README: channels.yml")]


def _account(check: Check, public_url: str) -> Finding:
    name, outcome = f"channel {check.account.id}", verdict(check, public_url)
    if check.status is None and check.problem is None:
        return Finding(name, OK, f"{check.account.channel}: there is no vendor to ask")
    if outcome.code == "webhook_elsewhere":
        advice = (
            f"it should be {webhook_address(public_url, check.account)}: "
            f"aftercare channels set-webhook {check.account.id}"
        )
        return Finding(name, FAIL, f"the vendor calls {outcome.detail}", advice)
    if outcome.code:
        told = f"{outcome.code}: {outcome.detail}".strip(": ")
        return Finding(name, FAIL, told, "see the channel's guide in docs/guides")
    assert check.status is not None  # noqa: S101 (one of the two is there)
    if check.account.channel == "telegram" and not check.status.webhook_url:
        advice = f"aftercare channels set-webhook {check.account.id}"
        return Finding(name, FAIL, f"{check.status.identity}: no webhook is set", advice)
    return Finding(name, OK, f"{check.status.identity}: credentials hold")


def _server_of(account: ChannelAccount) -> str:
    address = str(account.settings.get("base_url") or VENDORS.get(account.channel, ""))
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/" if parts.scheme in ("http", "https") else ""


async def _clock_of(server: str) -> list[Finding]:
    """Our clock against the vendor's `Date`; nothing if it does not answer, which is told above."""
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            answer = await client.head(server)
        told = parsedate_to_datetime(answer.headers["date"])
    except (httpx.HTTPError, KeyError, ValueError):
        return []
    # The header is cut to the second: half of one is what it lacks on average.
    skew = (told.astimezone(UTC) - datetime.now(UTC)).total_seconds() + 0.5
    return [clock(urlsplit(server).netloc, skew)]
