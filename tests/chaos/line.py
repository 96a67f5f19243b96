"""The line of customers: who comes next, on which channel, with which script. All by the seed."""

from __future__ import annotations

import random
from collections.abc import Sequence

import aiohttp

from tests.chaos import telegram, webchat
from tests.chaos.phone import Calls, Phone, Progress
from tests.chaos.plan import CALM_SENDER, CALM_VENDOR, Plan
from tests.chaos.record import Customer, Record
from tests.chaos.scripts import PROVEN, UNPROVEN, Script
from tests.chaos.telegram import BotApi, TelegramPhone
from tests.chaos.webchat import WebPhone

TELEGRAM_CHATS = 810_000_000


class Line:
    """Makes customers by their number, and lets each hold his conversation.

    While `calm`, nobody misbehaves on purpose: neither senders nor vendors.
    """

    def __init__(
        self,
        plan: Plan,
        record: Record,
        progress: Progress,
        http: aiohttp.ClientSession,
        bases: Sequence[str],
        api: BotApi,
    ) -> None:
        self._plan = plan
        self._record = record
        self._progress = progress
        self._http = http
        self._bases = bases
        self._api = api
        self._table: list[tuple[str, Script]] = [
            *(("webchat", script) for script in PROVEN),
            *(("telegram", script) for script in UNPROVEN),
        ]
        self.calm = False

    @property
    def scripts(self) -> int:
        """How many customers it takes until each channel's every script was spoken once."""
        return len(self._table)

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
        self._api.faults = CALM_VENDOR if self.calm else self._plan.vendor
        channel, script = self._table[number % len(self._table)]
        phone = self._phone(number, channel, script)
        self._record.customers.append(phone.customer)
        await phone.open()
        try:
            for step, sayings in enumerate(script.steps, 1):
                await phone.say(step, sayings, self._plan.patience)
                await phone.until_answered(self._plan.patience)
            phone.customer.finished = True
        finally:
            await phone.close()

    def _phone(self, number: int, channel: str, script: Script) -> Phone:
        rng = random.Random(f"customer {self._plan.seed} {number}")
        name, order_number = self.name(number), self.order_number(number)
        calls = Calls(self._http, self._bases, self._record, rng)
        phone: Phone
        if channel == "webchat":
            customer = Customer(
                name,
                f"web {script.name}",
                channel,
                webchat.ACCOUNT,
                f"customer:{name}",
                order_number,
                self.calm,
            )
            phone = WebPhone(customer, self._record, calls, rng, script.locale)
        else:
            customer = Customer(
                name,
                f"tg {script.name}",
                channel,
                telegram.ACCOUNT,
                str(TELEGRAM_CHATS + number),
                order_number,
                self.calm,
            )
            phone = TelegramPhone(customer, self._record, calls, rng, script.locale, self._api)
        phone.faults = CALM_SENDER if self.calm else self._plan.sender
        phone.progress = self._progress
        return phone
