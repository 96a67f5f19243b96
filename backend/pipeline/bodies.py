"""Message bodies in the database: plain JSON both ways."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.messages import (
    Attachment,
    AttachmentKind,
    InboundKind,
    InboundMessage,
    Option,
    OutboundMessage,
    Presentation,
    Sender,
)
from bot.understanding.base import Understood

MAX_STORED_TEXT = 20_000


def inbound_to_json(message: InboundMessage) -> dict[str, Any]:
    """What is kept of a customer's message (who sent it stands in the contact)."""
    return {
        "kind": message.kind.value,
        "text": storable(message.text),
        "choice": storable(message.choice) if message.choice is not None else None,
        "attachments": [_attachment_to_json(item) for item in message.attachments],
        "group_id": message.group_id,
        "edits": message.edits,
    }


def inbound_from_json(
    body: Mapping[str, Any], *, external_id: str, sender: Sender, sent_at: datetime, order: int
) -> InboundMessage:
    """The message as the adapter had read it, for its turn."""
    return InboundMessage(
        external_id=external_id,
        sender=sender,
        kind=InboundKind(body["kind"]),
        sent_at=sent_at,
        order=order,
        text=body["text"],
        choice=body["choice"],
        attachments=tuple(_attachment_from_json(item) for item in body["attachments"]),
        group_id=body["group_id"],
        edits=body["edits"],
    )


def outbound_to_json(message: OutboundMessage) -> dict[str, Any]:
    """A worded message as it is stored and shown."""
    return {
        "text": storable(message.text),
        "options": [
            {
                "value": option.value,
                "label": option.label,
                "detail": option.detail,
                "image": option.image,
            }
            for option in message.options
        ],
        "presentation": message.presentation.value,
        "multiple": message.multiple,
        "wants_photo": message.wants_photo,
        "template_key": message.template_key,
        "attachments": [_attachment_to_json(item) for item in message.attachments],
    }


def outbound_from_json(body: Mapping[str, Any]) -> OutboundMessage:
    """A stored message, for its channel."""
    return OutboundMessage(
        text=body["text"],
        options=tuple(Option(**option) for option in body["options"]),
        presentation=Presentation(body["presentation"]),
        multiple=body["multiple"],
        wants_photo=body["wants_photo"],
        template_key=body["template_key"],
        attachments=tuple(_attachment_from_json(item) for item in body["attachments"]),
    )


def storable(text: str) -> str:
    """The text without what no database takes (NUL, lone surrogates), capped."""
    clean = text[:MAX_STORED_TEXT].replace("\x00", "")
    return clean.encode("utf-8", "replace").decode("utf-8")


def _attachment_to_json(item: Attachment) -> dict[str, Any]:
    return {
        "kind": item.kind.value,
        "source": item.source,
        "ref": item.ref,
        "media_type": storable(item.media_type) if item.media_type is not None else None,
        "size": item.size,
        "name": storable(item.name) if item.name is not None else None,
        "rejected": item.rejected,
    }


def _attachment_from_json(item: Mapping[str, Any]) -> Attachment:
    return Attachment(**{**item, "kind": AttachmentKind(item["kind"])})


def understood_to_json(understood: Understood, trace: Sequence[str]) -> dict[str, Any]:
    """What a message was taken for, and which commands ran and why."""
    return {
        "locale": understood.locale,
        "commands": [repr(command) for command in understood.commands],
        "confidence": understood.confidence,
        "sentiment": understood.sentiment,
        "signals": list(understood.signals),
        "source": understood.source,
        "spans": [dataclasses.asdict(span) for span in understood.spans],
        "intents": [dataclasses.asdict(ranked) for ranked in understood.intents],
        "trace": list(trace),
        # Absent where no model was asked: most messages of most installations.
        **({"model": dataclasses.asdict(understood.model)} if understood.model else {}),
    }
