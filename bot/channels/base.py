"""What every channel adapter is: a verifier, a parser, a sender, and capabilities as data.

An adapter knows its vendor and nothing of dialogs, storage or HTTP frameworks. The pipeline calls
it: `verify` and `parse` before anything is stored, `fetch` and `send` from a worker.

What only some vendors have is a protocol besides `Adapter`, found by `isinstance`: a handshake of
the webhook (`Handshake`), an account that can be checked (`WebhookRegistrar`); in `fetched.py`
messages that must be fetched (`Puller`) and sessions that a person at the vendor's takes over
(`Handover`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from bot.messages import Attachment, InboundMessage, OutboundMessage


@dataclass(frozen=True, slots=True)
class ReplyWindow:
    """When a vendor lets the shop write: `messages` of them within `hours` after the customer did.

    Each message of his opens the window anew. What can't be sent now is held, not lost.
    """

    hours: int
    messages: int


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can carry, as data the pipeline and the desk read.

    `idempotent_send` says whether a repeated `send` with one key reaches the customer once.
    Lengths are in characters of the vendor's counting.
    """

    buttons: bool
    pickers: bool
    photos_in: bool
    photos_out: bool
    typing: bool
    edits: bool
    idempotent_send: bool
    max_text: int
    max_options: int
    pulled: bool = False
    """The customer's client fetches stored messages itself: storing one delivers it."""
    window: ReplyWindow | None = None
    """None: the shop may write whenever it likes."""


@dataclass(frozen=True, slots=True)
class ChannelAccount:
    """A configured channel: which adapter, its public id, its settings and secrets.

    `settings` holds what the adapter documents (base URL, bot token, webhook secret …); it is
    never logged.
    """

    id: str
    channel: str
    name: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A vendor's call as it came: lower-case header names, raw body.

    `at` is when it reached us; an adapter whose vendor signs the time refuses a call without.
    """

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SendContext:
    """What an adapter needs besides the text: where to, and the key that makes a repeat harmless.

    `done_parts` counts the parts of a split message that an earlier attempt is known to have
    delivered; `on_part` is told after each further one, so a retry goes on instead of anew.
    `event_code` is a vendor's permission to write first, good for one message (a welcome code).
    `read` gives the bytes of a stored attachment; without it attachments can't be sent.
    """

    contact_external_id: str
    idempotency_key: str
    done_parts: int = 0
    on_part: PartRecorder | None = None
    event_code: str | None = None
    read: AttachmentReader | None = None


class PartRecorder(Protocol):
    """Remembers durably that part `number` (from 1) went out under the vendor's id.

    `repeated`: the vendor had it already, from an attempt whose answer did not reach us.
    """

    async def __call__(self, number: int, external_id: str, *, repeated: bool = False) -> None: ...


class AttachmentReader(Protocol):
    """Gives the bytes of an attachment of ours. Raises: Undeliverable `unavailable`."""

    async def __call__(self, attachment: Attachment) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Sent:
    """What the vendor called the delivered message(s)."""

    external_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """What a vendor says of a configured account, for the one who sets it up.

    `identity` is the account's public name there, `pending` counts deliveries that wait,
    `last_error` is the vendor's latest complaint about ours; empty when there is none.
    """

    identity: str
    webhook_url: str = ""
    pending: int = 0
    last_error: str = ""


class ChannelError(Exception):
    """A vendor refused or failed. `code` is a stable word for the desk, `detail` the vendor's."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class BadSignature(ChannelError):
    """The call could not be shown to be the vendor's: answer 401/403, store nothing."""


_FIELD = re.compile(r"([A-Za-z_][\w.]*): ")


class BadPayload(ChannelError):
    """The call is the vendor's but unreadable: answer 400, store nothing."""

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Field (`body` for the whole) and reason of each fault that `detail` names."""
        parts = (self.detail or self.code).split("; ")
        found = [(_FIELD.match(part), part) for part in parts]
        return [(at[1], part[at.end() :]) if at else ("body", part) for at, part in found]


class Undeliverable(ChannelError):
    """This message can never reach this contact (he blocked the bot): a state, not a retry."""


class NotNow(ChannelError):
    """The vendor does not let us write to this customer at present; later it may.

    `code` is `window_closed` (he wrote too long ago), `window_full` (we wrote as often as we may
    since) or `session_not_ours` (a person at the vendor's answers him). The message is held.
    """


class RetryLater(ChannelError):
    """The vendor asks to wait, or was not reached. `after` is in seconds, when it said so."""

    def __init__(self, code: str, detail: str = "", *, after: float | None = None) -> None:
        super().__init__(code, detail)
        self.after = after


class Adapter(Protocol):
    """One channel. Instances are made once a channel account, by the registry's factory.

    `close` frees connections. `acknowledge` answers vendor niceties after a commit (a Telegram
    callback's spinner); its failure is never a reason to lose or repeat a message.
    """

    capabilities: Capabilities

    def verify(self, request: WebhookRequest) -> None:
        """Check that the vendor sent this. Raises: BadSignature."""
        ...

    def parse(self, request: WebhookRequest, now: datetime) -> Sequence[InboundMessage]:
        """Read the messages in a verified call, none if irrelevant. Raises: BadPayload."""
        ...

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """At most `limit` bytes. Raises: Undeliverable (gone, too large), RetryLater."""
        ...

    async def send(self, message: OutboundMessage, context: SendContext) -> Sent:
        """Deliver. Raises: Undeliverable, RetryLater."""
        ...

    async def typing(self, contact_external_id: str) -> None:
        """Show that an answer is being written, where the channel can; best effort."""
        ...

    async def acknowledge(self, message: InboundMessage) -> None:
        """Tell the vendor the press of a button was taken, where it asks; best effort."""
        ...

    async def close(self) -> None:
        """Free connections."""
        ...


@runtime_checkable
class WebhookRegistrar(Protocol):
    """What an adapter has besides when its vendor lets us check the account and set its webhook."""

    async def check(self) -> AccountStatus:
        """Ask the vendor about the account. Raises: ChannelError."""
        ...

    async def set_webhook(self, url: str) -> None:
        """Have the vendor deliver to `url`. Raises: ChannelError."""
        ...


@runtime_checkable
class Handshake(Protocol):
    """What an adapter has besides when its vendor tries a webhook's address by a GET."""

    def answer_handshake(self, request: WebhookRequest) -> str:
        """The text that shows the address to be ours. Raises: BadSignature."""
        ...
