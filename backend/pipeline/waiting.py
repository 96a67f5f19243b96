"""What waits for a turn: a conversation's oldest unanswered message, with what it is about."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from backend.conversations import repository
from backend.conversations import service as conversations
from backend.conversations.repository import Conversation, Message
from backend.customers import service as customers
from backend.customers.repository import Contact
from backend.kit.db import Tx
from backend.pipeline.bodies import inbound_from_json
from bot.dialogs.state import DialogState
from bot.messages import InboundMessage, Sender


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a turn starts from: the state as read, and the messages it is about."""

    conversation: Conversation
    contact: Contact
    rows: tuple[Message, ...]
    message: InboundMessage

    @property
    def state(self) -> DialogState:
        """The dialog's state; a fresh one in the conversation's language if there is none."""
        if self.conversation.state is None:
            return DialogState(locale=self.conversation.locale)
        return DialogState.from_json(self.conversation.state)

    @property
    def has_photos_to_fetch(self) -> bool:
        """Whether an attachment was neither stored nor rejected yet."""
        return any(not (item.ref or item.rejected) for item in self.message.attachments)


@dataclass(slots=True)
class Begun:
    """A turn begun by whoever accepted its message (`Job.known`): what it starts from, and what it
    said right after the message, once that is stored. None: look it up."""

    waiting: Waiting
    said: Sequence[Message] | None = None


class StateMoved(Exception):
    """The conversation is no longer as the turn read it: compute again."""


def load_waiting(tx: Tx, conversation_id: str) -> Waiting | None:
    """The oldest message no turn was taken for, an album as one; None when none waits."""
    rows = repository.waiting(tx, conversation_id)
    if not rows:
        return None
    conversation = conversations.get_conversation(tx, conversation_id)
    contact = customers.get_contact(tx, conversation.contact_id)
    group = rows[0].body.get("group_id")
    together = tuple(row for row in rows if group and row.body.get("group_id") == group)
    together = together or (rows[0],)
    return Waiting(conversation, contact, together, _merge(together, contact))


def lock_unmoved(tx: Tx, waiting: Waiting) -> tuple[Contact, Conversation]:
    """Both as they are now, locked. Raises: StateMoved if it was another state, or for others to
    answer, when `waiting` was read."""
    contact = customers.lock_contact_by_id(tx, waiting.contact.id)
    conversation = conversations.get_conversation(tx, waiting.conversation.id, lock=True)
    then = waiting.conversation
    if (conversation.state_version, conversation.status) != (then.state_version, then.status):
        raise StateMoved
    return contact, conversation


def read_message(row: Message, contact: Contact) -> InboundMessage:
    """A stored message as its adapter had read it."""
    sender = Sender(contact.external_id, contact.display_name, contact.locale)
    return inbound_from_json(
        row.body,
        external_id=row.external_id or row.id,
        sender=sender,
        sent_at=row.sent_at,
        order=row.provider_order or row.seq,
    )


def _merge(rows: Sequence[Message], contact: Contact) -> InboundMessage:
    """An album's parts as the one message the customer meant."""
    parts = [read_message(row, contact) for row in rows]
    return dataclasses.replace(
        parts[0],
        text="\n".join(part.text for part in parts if part.text),
        attachments=tuple(item for part in parts for item in part.attachments),
    )
