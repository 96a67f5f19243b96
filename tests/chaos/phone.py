"""What every customer holds, whatever channel he writes by, and the calls that never give up."""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.chaos.plan import SenderFaults
from tests.chaos.record import Customer, Record, Sent, now
from tests.chaos.scripts import Photos, Press, Saying, Start, Text

CALL_TIMEOUT = 5.0


class Impatient(Exception):
    """A customer waited longer for an answer than anybody would."""


@dataclass(frozen=True)
class Heard:
    """One message of the bot on a customer's screen; `options` is label -> value."""

    number: int
    text: str
    options: Mapping[str, str]


class Progress:
    """Counts the customers' steps, messages accepted and answers seen, to time faults by."""

    def __init__(self) -> None:
        self._steps = 0
        self._moved = asyncio.Event()

    def step(self) -> None:
        """One more."""
        self._steps += 1
        self._moved.set()

    async def further(self, steps: int, *, patience: float) -> None:
        """Wait for so many more, at most `patience` seconds."""
        goal, loop = self._steps + steps, asyncio.get_running_loop()
        deadline = loop.time() + patience
        while self._steps < goal and loop.time() < deadline:
            self._moved.clear()
            try:
                await asyncio.wait_for(self._moved.wait(), deadline - loop.time())
            except TimeoutError:
                return


class Phone(ABC):
    """One customer's end of a channel. Says what the script wants, hears what comes."""

    faults: SenderFaults
    progress: Progress

    def __init__(self, customer: Customer, record: Record, rng: random.Random) -> None:
        self.customer = customer
        self.record = record
        self.rng = rng
        self._heard: list[Heard] = []
        self._news = asyncio.Event()

    @abstractmethod
    async def open(self) -> None:
        """Get ready to talk."""

    @abstractmethod
    async def close(self) -> None:
        """Hang up."""

    @abstractmethod
    async def come_back(self) -> None:
        """Look once more, when all is settled."""

    @abstractmethod
    def _name(self, step: str) -> tuple[str, int]:
        """The name and the running number of the next message."""

    @abstractmethod
    async def _utter(self, sent: Sent, saying: Saying) -> None:
        """Hand one message over until it is accepted, with the faults drawn for it."""

    async def say(self, step: int, sayings: Sequence[Saying], patience: float) -> None:
        """One step of the script: its messages one after another, without waiting for answers."""
        for number, saying in enumerate(sayings):
            name = f"{step}.{number}" if len(sayings) > 1 else str(step)
            await self._utter(await self._compose(name, saying, patience), saying)

    async def until_answered(self, patience: float) -> None:
        """Wait until the bot has said something since this was last asked. Raises: Impatient."""
        await self._until(lambda: bool(self._heard), patience)
        self._heard.clear()

    def hear(self, heard: Heard) -> None:
        """The bot's next words are on the screen; the newest options are those that count."""
        self._heard.append(heard)
        if heard.options:
            self._options = heard.options
        self._news.set()
        self.progress.step()

    def tried(self, sent: Sent) -> None:
        """Another delivery of `sent` sets out."""
        sent.tries += 1

    def accepted(self, sent: Sent) -> None:
        """The service said that it has it."""
        if sent.accepted is None:
            sent.accepted = now()
            self.progress.step()

    _options: Mapping[str, str] = {}

    async def _compose(
        self, step: str, saying: Saying, patience: float, group: str | None = None
    ) -> Sent:
        words, confirms = "", False
        match saying:
            case Text(words, confirms):
                words = words.format(order=self.customer.order_number)
            case Press(label, confirms):
                await self._until(lambda: label in self._options, patience)
                words = self._options[label]
            case Start(words):
                pass
            case Photos(_):
                pass
        external_id, order = self._name(step)
        sent = Sent(self.customer.name, step, external_id, order, words, now(), group)
        sent.confirms = confirms
        self.record.sent.append(sent)
        return sent

    async def _until(self, there: Callable[[], bool], patience: float) -> None:
        try:
            async with asyncio.timeout(patience):
                while not there():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise Impatient(f"{self.customer.name} waited {patience:g} s") from None

    def _draws(self, fault: str) -> bool:
        return self.rng.random() < float(getattr(self.faults, fault))


class Calls:
    """HTTP to the service, wherever it lives right now: tried until it is answered."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        bases: Sequence[str],
        record: Record,
        rng: random.Random,
    ) -> None:
        self.http = http
        self._bases = bases
        self._record = record
        self._rng = rng

    def base(self) -> str:
        """One of the web processes, as a load balancer would choose."""
        return self._rng.choice(self._bases)

    async def until_done(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        upload: Mapping[str, Any] | None = None,
        token: str = "",
        cut: bool = False,
        tried: Callable[[], None] = lambda: None,
    ) -> Any:
        """Call until the service answers 2xx; its JSON. `cut`: hang up on the first try.

        Raises: AssertionError when it says that the call is wrong.
        """
        headers = {"authorization": f"Bearer {token}"} if token else {}
        pause = 0.1
        while True:
            tried()
            timeout = aiohttp.ClientTimeout(total=CALL_TIMEOUT)
            if cut:
                timeout = aiohttp.ClientTimeout(total=self._rng.uniform(0.002, 0.03))
                cut = False
            form = None if upload is None else _form(upload)
            try:
                async with self.http.request(
                    method, self.base() + path, json=json, data=form, headers=headers,
                    timeout=timeout,
                ) as answer:  # fmt: skip
                    if answer.status < 300:
                        return await answer.json()
                    if answer.status < 500 and answer.status != 429:
                        raise AssertionError(
                            f"{method} {path}: {answer.status} {await answer.text()}"
                        )
                    self._record.refused(f"http {answer.status}")
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                self._record.refused(f"http {type(error).__name__}")
            await asyncio.sleep(pause * self._rng.uniform(0.5, 1.5))
            pause = min(1.5, pause * 1.6)


def _form(upload: Mapping[str, Any]) -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("file", upload["content"], filename=upload["name"], content_type="image/jpeg")
    return form
