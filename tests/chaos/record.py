"""What a campaign writes down while it runs: the senders' and the vendors' word, not the service's.

Times are seconds since 1970 on the machine's own clock, which all processes share.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Sent:
    """One message of a customer, however often it was handed over.

    `external_id` is the name the service must keep it by, `order` the vendor's running number.
    `accepted` is when the service first said so, `first_sent` when it first could have heard of it.
    `group` ties an album together. `step` is its place in the script (`3`, in a burst `3.1`).
    """

    customer: str
    step: str
    external_id: str
    order: int
    text: str
    first_sent: float
    group: str | None = None
    accepted: float | None = None
    tries: int = 0
    again: int = 0
    """How often it was handed over once more although it had been accepted."""
    confirms: bool = False
    """With it he says yes to the refund."""


@dataclass
class Receipt:
    """One send a vendor performed: the customer has this on his screen.

    `broke`: the vendor did not say so, its answer was cut off, timed out or a gateway's error.
    `key` is the idempotency key, where the vendor takes one.
    """

    channel: str
    to: str
    text: str
    at: float
    broke: bool = False
    key: str | None = None


@dataclass
class Fault:
    """Something that was done to the service, from `at` to `until`."""

    kind: str
    target: str
    at: float
    until: float


@dataclass
class Connection:
    """One live connection of a web chat: what came by it, after which number it had asked."""

    after: int
    pushed: list[int] = field(default_factory=list)


@dataclass
class Shown:
    """A message as a customer's own client was given it."""

    message_id: str
    text: str


@dataclass
class Customer:
    """Who wrote, by which script, and what he saw. `contact` is his name on the channel."""

    name: str
    script: str
    channel: str
    account: str
    contact: str
    order_number: str
    calm: bool = False
    """He came before the storm: how he was served is how everybody is to be served."""
    finished: bool = False
    connections: list[Connection] = field(default_factory=list)
    seen: dict[int, Shown] = field(default_factory=dict)
    """Web chat and app: number of a message -> the message, in the order he was shown them."""
    told: list[tuple[int, Shown]] = field(default_factory=list)
    """App: number and message of each reply that his calls were answered with."""
    complaints: list[str] = field(default_factory=list)
    """What his own client found wrong: a resend that became another message, and the like."""


class Record:
    """Everything that happened on this side of the service."""

    def __init__(self) -> None:
        self.customers: list[Customer] = []
        self.sent: list[Sent] = []
        self.receipts: list[Receipt] = []
        self.faults: list[Fault] = []
        self.refusals: dict[str, int] = {}
        """How often vendors and service said no or nothing: `telegram 429`, `http 503` …"""

    def refused(self, what: str) -> None:
        """Count a refusal."""
        self.refusals[what] = self.refusals.get(what, 0) + 1

    def dump(self, folder: Path, tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
        """Write all of it, and the rows that were read, one JSON object a line."""
        folder.mkdir(parents=True, exist_ok=True)
        mine: dict[str, Sequence[Any]] = {
            "customers": self.customers,
            "sent": self.sent,
            "receipts": self.receipts,
            "faults": self.faults,
        }
        for name, entries in mine.items():
            _write(folder / f"{name}.jsonl", (dataclasses.asdict(entry) for entry in entries))
        for name, rows in tables.items():
            _write(folder / f"table_{name}.jsonl", rows)


def now() -> float:
    """The moment, as everything in a record is timed."""
    return time.time()


def _write(path: Path, entries: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for entry in entries:
            file.write(json.dumps(dict(entry), ensure_ascii=False, default=str) + "\n")
