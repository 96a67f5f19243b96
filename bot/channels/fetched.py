"""Channels whose vendor keeps messages to be fetched and knows sessions: what they tell, what they
have besides `Adapter`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from bot.channels.base import WebhookRequest
from bot.messages import InboundMessage, OutboundMessage


@dataclass(frozen=True, slots=True)
class News:
    """A vendor's word that `source` has something to fetch; `token` makes fetching it cheap."""

    source: str
    token: str = ""


class Session(StrEnum):
    """Whose turn it is at a vendor that knows sessions."""

    OURS = "ours"
    QUEUED = "queued"
    """He waits for one of the people at the vendor's."""
    SERVICER = "servicer"
    """One of them answers him: what we send is refused."""
    ENDED = "ended"
    """Until he writes again."""


@dataclass(frozen=True, slots=True)
class SendFailed:
    """A message that the vendor had taken did not reach the customer after all.

    `key` and `part` are those of its `SendContext`, `code` is a stable word.
    """

    key: str
    part: int
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """A session passed to somebody else, `servicer` by the vendor's id, at the vendor's time.
    `external_id` is the vendor's for this news: told again, it is the same."""

    contact_external_id: str
    external_id: str
    session: Session
    at: datetime
    servicer: str = ""


@dataclass(frozen=True, slots=True)
class MayWriteFirst:
    """The customer opened the chat and said nothing yet: `code` lets one message out, soon."""

    contact_external_id: str
    external_id: str
    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SaidElsewhere:
    """A person of the shop answered at the vendor's, past us: kept, so that the talk is whole."""

    contact_external_id: str
    external_id: str
    author: str
    message: OutboundMessage
    at: datetime


Notice = SendFailed | SessionChanged | MayWriteFirst | SaidElsewhere
"""What a vendor tells besides customers' messages."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """A page of what a source had, in the vendor's order; `cursor` is behind it."""

    items: tuple[InboundMessage | Notice, ...]
    cursor: str
    more: bool


@runtime_checkable
class Puller(Protocol):
    """What an adapter has besides when its vendor's calls only say that there is news."""

    def news(self, request: WebhookRequest) -> Sequence[News]:
        """What a verified call says is there to fetch. Raises: BadPayload."""
        ...

    async def sources(self) -> Sequence[str]:
        """All there is to fetch from. Raises: ChannelError."""
        ...

    async def pull(self, source: str, cursor: str, token: str) -> Pulled:
        """The page behind `cursor` (empty: the oldest kept). Raises: ChannelError."""
        ...


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Where a session is after the hand-over."""

    session: Session
    servicer: str = ""


@runtime_checkable
class Handover(Protocol):
    """What an adapter has besides when people may answer at the vendor's own desk."""

    async def hand_over(self, contact_external_id: str) -> HandedOver:
        """Give the session to people, as configured; again changes nothing.

        Raises: Undeliverable, RetryLater.
        """
        ...
