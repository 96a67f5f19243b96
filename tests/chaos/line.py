"""The line of customers: who comes next, on which channel, with which script. All by the seed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp

from tests.chaos import appchannel, telegram, webchat, wecom
from tests.chaos.appchannel import AppPhone
from tests.chaos.phone import Calls, Phone, Progress
from tests.chaos.plan import CALM_SENDER, CALM_VENDOR, Plan
from tests.chaos.record import Customer, Record
from tests.chaos.scripts import MEMBERS, PROVEN, SERVICED, UNPROVEN, Script
from tests.chaos.telegram import BotApi, TelegramPhone
from tests.chaos.webchat import WebPhone
from tests.chaos.wecom import Wecom, WecomPhone

TELEGRAM_CHATS = 810_000_000
TABLE: Sequence[tuple[str, Script]] = (
    *(("webchat", script) for script in PROVEN),
    *(("telegram", script) for script in UNPROVEN),
    *(("wecom_kf", script) for script in SERVICED),
    *(("app", script) for script in PROVEN),
    *(("wecom", script) for script in MEMBERS),
)
"""Who comes, over and over: channel and script."""


@dataclass(frozen=True)
class Vendors:
    """The channels' own servers."""

    telegram: BotApi
    wecom: Wecom

    def channels_yml(self) -> str:
        """All channel accounts of the campaign."""
        return (
            webchat.CHANNELS_YML
            + appchannel.CHANNELS_YML
            + telegram.channels_yml(self.telegram.url)
            + self.wecom.channels_yml()
        )


class Line:
    """Makes customers by their number, and lets each hold his conversation."""

    def __init__(
        self,
        plan: Plan,
        record: Record,
        progress: Progress,
        http: aiohttp.ClientSession,
        bases: Sequence[str],
        vendors: Vendors,
    ) -> None:
        self._plan = plan
        self._record = record
        self._progress = progress
        self._http = http
        self._bases = bases
        self._vendors = vendors
        self._phones: list[Phone] = []
        self.be_calm(calm=True)

    def be_calm(self, *, calm: bool) -> None:
        """Whether nobody misbehaves on purpose, neither senders nor vendors."""
        self._calm = calm
        faults = CALM_VENDOR if calm else self._plan.vendor
        self._vendors.telegram.faults = faults
        self._vendors.wecom.behave(faults)

    @staticmethod
    def name(number: int) -> str:
        """The customer's id in the shop."""
        return f"K{number:05d}"

    @staticmethod
    def order_number(number: int) -> str:
        """His order."""
        return f"CH{number:06d}"

    async def converse(self, number: int) -> None:
        """One whole conversation, from hello to the end. Raises: Impatient."""
        channel, script = TABLE[number % len(TABLE)]
        phone = self._phone(number, channel, script)
        self._record.customers.append(phone.customer)
        self._phones.append(phone)
        await phone.open()
        try:
            for step, sayings in enumerate(script.steps, 1):
                await phone.say(step, sayings, self._plan.patience)
                await phone.until_answered(self._plan.patience)
            phone.customer.finished = True
        finally:
            await phone.close()

    async def come_back(self) -> None:
        """Everybody who ever came looks at his screen once more, also who gave up."""
        await asyncio.gather(*(phone.come_back() for phone in self._phones))

    def _phone(self, number: int, channel: str, script: Script) -> Phone:
        rng = random.Random(f"customer {self._plan.seed} {number}")
        record, locale = self._record, script.locale
        calls = Calls(self._http, self._bases, record, rng)
        account, contact = _whereabouts(number, channel)
        customer = Customer(
            self.name(number),
            f"{channel} {script.name}",
            channel,
            account,
            contact,
            self.order_number(number),
            self._calm,
        )
        phone: Phone
        match channel:
            case "webchat":
                phone = WebPhone(customer, record, calls, rng, locale)
            case "app":
                phone = AppPhone(customer, record, calls, rng, locale)
            case "telegram":
                phone = TelegramPhone(customer, record, calls, rng, locale, self._vendors.telegram)
            case _:
                phone = WecomPhone(customer, record, calls, rng, self._vendors.wecom)
        phone.faults = CALM_SENDER if self._calm else self._plan.sender
        phone.progress = self._progress
        return phone


def _whereabouts(number: int, channel: str) -> tuple[str, str]:
    """Channel account and contact of a customer."""
    name = Line.name(number)
    return {
        "webchat": (webchat.ACCOUNT, f"customer:{name}"),
        "app": (appchannel.ACCOUNT, f"user-{name}"),
        "telegram": (telegram.ACCOUNT, str(TELEGRAM_CHATS + number)),
        "wecom_kf": (wecom.KF, f"{wecom.KFID}/wm{name}"),
        "wecom": (wecom.APP, f"member{name}"),
    }[channel]
