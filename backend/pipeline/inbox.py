"""The inbox: a verified message is deduplicated, placed and stored with its job, then answered 200.

The contact is locked before its conversation is looked for, so a burst makes one conversation.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.conversations import service as conversations
from backend.conversations.repository import Message
from backend.customers import service as customers
from backend.kit import jobs
from backend.kit.db import Tx
from backend.kit.jobs import queue
from backend.pipeline.bodies import inbound_to_json
from backend.pipeline.kinds import TURN, turn_key
from bot.channels.base import ChannelAccount
from bot.messages import InboundMessage

ALBUM_PAUSE = 1.0
"""Seconds to wait for the next photo of an album before its turn."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Where a message went. `duplicate`: it had been accepted before. `by_bot`: the bot answers."""

    message: Message
    duplicate: bool
    by_bot: bool = True


def accept(
    tx: Tx, account: ChannelAccount, message: InboundMessage, default_locale: str
) -> Accepted:
    """Store one message and the job of its turn, both or neither."""
    sender = message.sender
    locale = sender.locale_hint or default_locale
    contact = customers.lock_contact(
        tx, account.id, sender.external_id, sender.display_name, locale
    )
    if sender.identity is not None and contact.customer_id is None:
        contact = customers.bind_contact(tx, contact.id, sender.identity.customer_external_id)
    conversation = conversations.get_or_open(tx, contact.id, account.id, locale)
    stored, is_new = conversations.add_incoming(
        tx,
        conversation,
        conversations.Incoming(
            message.external_id, message.order, message.sent_at, inbound_to_json(message)
        ),
    )
    if is_new:
        _enqueue_turn(tx, account.id, conversation.id, message.group_id)
    return Accepted(stored, duplicate=not is_new, by_bot=conversation.status == "bot")


def _enqueue_turn(tx: Tx, account_id: str, conversation_id: str, group_id: str | None) -> None:
    payload, key = {"conversation_id": conversation_id}, turn_key(conversation_id)
    if group_id is None:
        jobs.enqueue(tx, TURN, payload, key=key)
        return
    # One turn for an album: each further photo moves it on. A photo that comes after the turn
    # was taken gets one of its own.
    uniq = f"album:{account_id}:{group_id}"
    waits = jobs.enqueue(tx, TURN, payload, key=key, uniq=uniq, delay=ALBUM_PAUSE) is not None
    if not waits and not queue.postpone(tx, uniq, ALBUM_PAUSE):
        jobs.enqueue(tx, TURN, payload, key=key)
