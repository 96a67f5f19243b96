"""What is done with conversations. Message bodies are plain JSON here; the pipeline knows their
shapes (`backend.pipeline.bodies`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.conversations import repository
from backend.conversations.events import HandedToPeople
from backend.conversations.repository import Attachment, Conversation, Message
from backend.kit import jobs
from backend.kit.actor import Actor, Role
from backend.kit.db import Tx
from backend.kit.errors import Forbidden, NotFound

DELIVER = "deliver"
"""The job kind that hands an outgoing message to its channel."""


def topic(conversation_id: str) -> str:
    """The live topic of a conversation."""
    return f"conversation:{conversation_id}"


def line_out(contact_id: str) -> str:
    """The key of the jobs by which a contact is told things: one after another, also where one
    conversation with him has ended and another has begun."""
    return f"out:{contact_id}"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A customer's message to store."""

    external_id: str
    provider_order: int
    sent_at: datetime
    body: Mapping[str, Any]


def get_or_open(tx: Tx, contact_id: str, channel_account: str, locale: str) -> Conversation:
    """The contact's open conversation, locked; a new one if there is none.

    The caller holds the contact's lock, so a burst makes one conversation.
    """
    found = repository.open_of_contact(tx, contact_id, lock=True)
    return found or repository.create(tx, contact_id, channel_account, locale)


def place_for(
    tx: Tx, contact_id: str, channel_account: str, locale: str, external_id: str
) -> Conversation | Message:
    """Where a contact's message of this id belongs: his open conversation, locked, or a new one; or
    the message itself, if it is known and no conversation is open that it could be stored twice in.

    The caller holds the contact's lock.
    """
    if found := repository.open_of_contact(tx, contact_id, lock=True):
        return found
    known = repository.by_external_id(tx, channel_account, external_id)
    return known or repository.create(tx, contact_id, channel_account, locale)


def get_conversation(tx: Tx, conversation_id: str, *, lock: bool = False) -> Conversation:
    """One conversation. Raises: NotFound."""
    found = repository.get(tx, conversation_id, lock=lock)
    if found is None:
        raise NotFound("conversation_not_found")
    return found


def add_incoming(tx: Tx, conversation: Conversation, incoming: Incoming) -> tuple[Message, bool]:
    """Store a customer's message in a locked conversation; (message, is it new).

    The unique index decides what is new: a second delivery gets the first one's row.
    """
    body = dict(incoming.body)
    if body.get("choice") and not body.get("text"):
        body["label"] = _label_of(tx, conversation, str(body["choice"]).split(","))
    row = Message(
        id=tx.ids.new(),
        conversation_id=conversation.id,
        seq=conversation.last_seq + 1,
        channel_account=conversation.channel_account,
        external_id=incoming.external_id,
        author="customer",
        author_name=None,
        body=body,
        sent_at=incoming.sent_at,
        provider_order=incoming.provider_order,
        turn_state="waiting",
        delivery=None,
    )
    if not repository.insert_message(tx, _values(row)):
        known = repository.by_external_id(tx, conversation.channel_account, incoming.external_id)
        if known is None:
            raise NotFound("message_not_found")
        return known, False
    repository.update(tx, conversation.id, last_seq=row.seq)
    tx.hint(topic(conversation.id), row.seq)
    return row, True


def _label_of(tx: Tx, conversation: Conversation, picked: Sequence[str]) -> str:
    """How what he picked was called: as a rule in the last question."""
    labels: Mapping[str, str] = {}
    for looked_at in (2, 20):
        labels = repository.recent_options(tx, conversation.id, looked_at)
        if all(value in labels for value in picked):
            break
    return ", ".join(labels[value] for value in picked if value in labels)


def add_outgoing(
    tx: Tx,
    conversation: Conversation,
    bodies: Sequence[Mapping[str, Any]],
    *,
    author: str = "bot",
    author_name: str | None = None,
    pulled: bool,
    answers: str | None = None,
    after: Mapping[str, object] | None = None,
) -> list[Message]:
    """Store messages to the customer of a locked conversation and enqueue their delivery, in order.

    `pulled`: the customer's client fetches them itself, so that storing is delivering. `after`:
    columns of the conversation to set as well.
    """
    conversation_id = conversation.id
    rows = []
    for seq, body in enumerate(bodies, conversation.last_seq + 1):
        message_id = tx.ids.new()
        row = Message(
            id=message_id,
            conversation_id=conversation_id,
            seq=seq,
            channel_account=conversation.channel_account,
            external_id=f"out:{message_id}",
            author=author,
            author_name=author_name,
            body=body,
            sent_at=tx.now,
            provider_order=None,
            turn_state=None,
            delivery="sent" if pulled else "pending",
        )
        rows.append(row)
        if not pulled:
            payload = {"message_id": message_id} | ({"answers": answers} if answers else {})
            jobs.enqueue(
                tx,
                DELIVER,
                payload,
                key=line_out(conversation.contact_id),
                lane=conversation.channel_account,
            )
    if rows:
        repository.insert_own_messages(tx, [{**_values(row), "answers": answers} for row in rows])
        repository.update(tx, conversation_id, last_seq=rows[-1].seq, **(after or {}))
        tx.hint(topic(conversation_id), rows[-1].seq)
    return rows


def hand_to_people(tx: Tx, conversation_id: str, reason: str) -> None:
    """The bot falls silent; people answer from now on."""
    repository.update(tx, conversation_id, status="human", handoff_reason=reason)
    tx.emit(HandedToPeople(conversation_id, reason))


def transcript(tx: Tx, conversation_id: str, limit: int = 500) -> list[dict[str, Any]]:
    """The latest messages, as the chat API shows them, for people who may read all of them."""
    last = get_conversation(tx, conversation_id).last_seq
    rows = repository.page_after(tx, conversation_id, last - limit, limit)
    return shown_messages(tx, rows, "/api/v1/attachments/")


def attachment_for_people(tx: Tx, attachment_id: str, actor: Actor) -> Attachment:
    """A customer's file, for people of the shop only. Raises: Forbidden, NotFound."""
    if not actor.may(Role.AGENT):
        raise Forbidden("not_allowed", "evidence is shown to the shop's people only")
    found = repository.attachments(tx, [attachment_id]).get(attachment_id)
    if found is None:
        raise NotFound("attachment_not_found")
    return found


def shown_messages(tx: Tx, rows: Sequence[Message], attachment_base: str) -> list[dict[str, Any]]:
    """Messages as the APIs show them; attachments get addresses below `attachment_base`."""
    refs = [
        item["ref"] for row in rows for item in row.body.get("attachments", ()) if item.get("ref")
    ]
    stored = repository.attachments(tx, refs) if refs else {}
    return [_shown(row, stored, attachment_base) for row in rows]


def shown_without_files(rows: Sequence[Message]) -> list[dict[str, Any]] | None:
    """The same for messages that have no attachments, without a look into the database; None if one
    has."""
    if any(row.body.get("attachments") for row in rows):
        return None
    return [_shown(row, {}, "") for row in rows]


def _shown(row: Message, stored: Mapping[str, Attachment], attachment_base: str) -> dict[str, Any]:
    body = row.body
    client_id = None
    if row.author == "customer" and row.external_id is not None:
        client_id = row.external_id.rpartition(":")[2]
    return {
        "id": row.id,
        "seq": row.seq,
        "from": "system" if body.get("kind") == "start" else row.author,
        "author": row.author_name,
        "at": row.sent_at.isoformat().replace("+00:00", "Z"),
        "text": body.get("text") or body.get("label") or "",
        "client_id": client_id,
        "options": list(body.get("options", ())),
        "presentation": body.get("presentation", "buttons"),
        "multiple": bool(body.get("multiple")),
        "wants_photo": bool(body.get("wants_photo")),
        "attachments": [
            _shown_attachment(item, stored, attachment_base) for item in body.get("attachments", ())
        ],
        "delivery": row.delivery,
    }


def _shown_attachment(
    item: Mapping[str, Any], stored: Mapping[str, Attachment], attachment_base: str
) -> dict[str, Any]:
    file = stored.get(item.get("ref") or "")
    return {
        "id": file.id if file else None,
        "kind": item.get("kind", "file"),
        "media_type": file.media_type if file else item.get("media_type"),
        "width": file.width if file else None,
        "height": file.height if file else None,
        "url": f"{attachment_base}{file.id}" if file else None,
        "rejected": item.get("rejected"),
    }


def _values(row: Message) -> dict[str, object]:
    return {name: getattr(row, name) for name in Message.__dataclass_fields__}
