"""What channels and dialogs share: messages on their way in and out.

Everything here is plain data without behaviour of a vendor: an adapter turns a vendor's payload
into an `InboundMessage`, and an `OutboundMessage` into the vendor's calls.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

MAX_TEXT = 5_000
"""Characters of one inbound text that are understood; the rest is stored but not read."""


class InboundKind(StrEnum):
    """What the customer did."""

    TEXT = "text"
    CHOICE = "choice"
    """He pressed a button or picked from a list; `choice` holds its value."""
    MEDIA = "media"
    """Attachments, perhaps with a caption in `text`."""
    START = "start"
    """He opened the chat; `text` holds a deep link's payload, or is empty."""
    EDIT = "edit"
    """He changed an earlier message; `edits` names it, `text` is the new text."""
    UNSUPPORTED = "unsupported"
    """Something the channel can carry and we cannot read: kept, and answered honestly."""


class AttachmentKind(StrEnum):
    """What an attachment claims to be; its content is checked before it counts as evidence."""

    IMAGE = "image"
    FILE = "file"
    VOICE = "voice"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message.

    `source` is the channel's own handle to fetch the bytes with (a Telegram file_id, an upload's
    id); `ref` is the id of the stored, checked attachment once there is one. `rejected` names why
    the content was refused (`not_an_image`, `too_large`, `too_many_pixels`,
    `blank`, `too_dark`, `blurred`, `unavailable`).
    """

    kind: AttachmentKind
    source: str = ""
    ref: str | None = None
    media_type: str | None = None
    size: int | None = None
    name: str | None = None
    rejected: str | None = None


@dataclass(frozen=True, slots=True)
class VerifiedIdentity:
    """Who the customer is by a proof the channel itself checked (a signed web-chat user)."""

    customer_external_id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """The channel identity a message came from (a contact)."""

    external_id: str
    display_name: str = ""
    locale_hint: str | None = None
    identity: VerifiedIdentity | None = None


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message from a customer, as an adapter read it.

    `external_id` is unique for the channel account: a second delivery carries the same one.
    `order` is the provider's own running number (or milliseconds): turns follow it, not arrival.
    `group_id` ties the parts of an album together; `choice` is a pressed button's value.
    """

    external_id: str
    sender: Sender
    kind: InboundKind
    sent_at: datetime
    order: int
    text: str = ""
    choice: str | None = None
    attachments: tuple[Attachment, ...] = ()
    group_id: str | None = None
    edits: str | None = None


class Presentation(StrEnum):
    """How a rich channel may show the options; a plain one shows numbers to type."""

    BUTTONS = "buttons"
    ORDERS = "orders"
    ITEMS = "items"
    REASONS = "reasons"
    SCORE = "score"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing a customer can pick.

    `value` goes back in `InboundMessage.choice` (≤ 64 bytes, the smallest vendor limit);
    `label` is what the button says; `detail` a second line where the channel has one;
    `image` an address of a thumbnail.
    """

    value: str
    label: str
    detail: str = ""
    image: str | None = None


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message to a customer, already in his language.

    `multiple` lets him pick several options (items of an order) before he sends them, as values
    joined by commas. `wants_photo` tells a channel with an upload button to offer it.
    """

    text: str
    options: tuple[Option, ...] = ()
    presentation: Presentation = Presentation.BUTTONS
    multiple: bool = False
    wants_photo: bool = False
    template_key: str = ""
    attachments: tuple[Attachment, ...] = field(default=())
