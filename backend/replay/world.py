"""The world a written conversation happens in, as its script sees it.

A world holds a shop at one moment, one customer in one chat, and people who decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Shown:
    """A message the customer got. `options` are labels with the values a press sends back."""

    key: str
    text: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TicketSeen:
    """A request. `state` as in the ticket's table of states; `amount` like `CNY 59.00`."""

    number: str
    order: str
    kind: str
    state: str
    amount: str


class World(Protocol):
    """One conversation's surroundings. Every call returns when the house has come to rest."""

    async def say(self, text: str) -> None:
        """The customer types."""
        ...

    async def press(self, values: Sequence[str]) -> None:
        """He presses options, by the values they were offered with (or any others)."""
        ...

    async def send_files(self, names: Sequence[str], caption: str = "") -> None:
        """He sends files of `files.py` in one message; several are an album."""
        ...

    async def edit(self, number: int, text: str) -> None:
        """He changes his `number`-th typed message (from 1)."""
        ...

    async def start(self, payload: str) -> None:
        """He opens the chat, perhaps by a deep link."""
        ...

    async def send_unreadable(self) -> None:
        """He sends something the channel carries and nobody here can read (a voice message)."""
        ...

    async def decide(self, verdict: str, by: str, reason: str) -> str:
        """A person (`supervisor`, `manager`, …) says approve or reject to the newest request.

        Gives an empty text, or the code of why he may not.
        """
        ...

    async def wait(self, time: timedelta) -> None:
        """Time passes."""
        ...

    async def shown(self) -> Sequence[Shown]:
        """All messages the customer got so far, in order."""
        ...

    async def tickets(self) -> Sequence[TicketSeen]:
        """All requests of the shop, oldest first."""
        ...

    async def paid_back(self) -> Mapping[str, int]:
        """What was really paid back, in minor units by order number; past refunds not included."""
        ...

    async def handed_off(self) -> str | None:
        """Why people have the conversation, if they do."""
        ...
