"""The inbox: a verified message is deduplicated, placed and stored with its job, then answered 200.

The contact is locked before its conversation is looked for, so a burst makes one conversation.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from backend.conversations import service as conversations
from backend.conversations.repository import Conversation, Message
from backend.customers import service as customers
from backend.kit import jobs
from backend.kit.db import Tx
from backend.kit.jobs import Job, queue
from backend.kit.jobs.queue import Lease
from backend.kit.jobs.worker import Hand
from backend.pipeline.bodies import inbound_to_json
from backend.pipeline.kinds import TURN, turn_key
from backend.pipeline.waiting import Begun, Waiting, read_message
from bot.channels.base import ChannelAccount
from bot.messages import InboundMessage

ALBUM_PAUSE = 1.0
"""Seconds to wait for the next photo of an album before its turn."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Where a message went. `duplicate`: it had been accepted before. `by_bot`: the bot answers.
    `turn`: the job of its turn, if it is for this process to begin right away."""

    message: Message
    duplicate: bool
    by_bot: bool = True
    turn: Job | None = None
    taking: asyncio.Task[None] | None = None
    """The turn under way in this process."""
    waiting: Waiting | None = None
    """What its turn starts from, if whoever accepts it is to take it in this transaction: there is
    no job for it."""
    took: float | None = None
    """Seconds its turn took in this transaction; None: it was not taken in it."""
    said: Sequence[Message] | None = None
    """What that turn said, if it is all that the message led to."""

    def waiting_in(self, conversation: Conversation) -> Accepted:
        """The same, where its conversation has gone on in this transaction."""
        if self.waiting is None:
            return self
        waiting = dataclasses.replace(self.waiting, conversation=conversation)
        return dataclasses.replace(self, waiting=waiting)

    def taken_with(self, said: Sequence[Message] | None, took: float) -> Accepted:
        """The same; its turn was taken."""
        return dataclasses.replace(self, waiting=None, said=said, took=took)


def accept(
    tx: Tx,
    account: ChannelAccount,
    message: InboundMessage,
    default_locale: str,
    hand: Hand | None = None,
    *,
    at_once: bool = False,
) -> Accepted:
    """Store one message and the job of its turn, both or neither. Raises: Conflict when the channel
    vouches for another customer than the contact's.

    `hand`: a worker of this process with time for the turn. If no other turn of the conversation is
    open it gets the job with all that is known here, so that nobody has to claim it and read again.
    `at_once`: the caller takes the turn itself, before the commit, if the bot is to answer and
    nothing of the conversation is open (see `Accepted.waiting`).
    """
    sender = message.sender
    locale = sender.locale_hint or default_locale
    contact = customers.lock_contact(
        tx, account.id, sender.external_id, sender.display_name, locale
    )
    if sender.identity is not None:
        contact = customers.bind_locked(tx, contact, sender.identity.customer_external_id)
    conversation = conversations.place_for(tx, contact.id, account.id, locale, message.external_id)
    if isinstance(conversation, Message):  # told again after its conversation was closed
        return Accepted(conversation, duplicate=True, by_bot=False)
    stored, is_new = conversations.add_incoming(
        tx,
        conversation,
        conversations.Incoming(
            message.external_id, message.order, message.sent_at, inbound_to_json(message)
        ),
    )
    turn = None
    if is_new:
        waiting = Waiting(conversation, contact, (stored,), read_message(stored, contact))
        if at_once and conversation.status == "bot" and not _is_open(tx, conversation.id):
            now = dataclasses.replace(conversation, last_seq=stored.seq)
            waiting = dataclasses.replace(waiting, conversation=now)
            return Accepted(stored, duplicate=False, waiting=waiting)
        turn = _enqueue_turn(tx, account.id, waiting, hand)
    return Accepted(stored, not is_new, conversation.status == "bot", turn)


def _is_open(tx: Tx, conversation_id: str) -> bool:
    return queue.is_busy(tx, turn_key(conversation_id))


def _enqueue_turn(tx: Tx, account_id: str, waiting: Waiting, hand: Hand | None) -> Job | None:
    conversation_id, group_id = waiting.conversation.id, waiting.message.group_id
    payload, key = {"conversation_id": conversation_id}, turn_key(conversation_id)
    if group_id is None:
        begun = hand and queue.enqueue_claimed(
            tx, TURN, payload, key=key, owner=hand.owner, lease=hand.lease
        )
        if begun and hand:
            return dataclasses.replace(begun, known=Begun(waiting), lease=Lease(hand.ends))
        jobs.enqueue(tx, TURN, payload, key=key)
        return None
    # One turn for an album: each further photo moves it on. A photo that comes after the turn
    # was taken gets one of its own.
    uniq = f"album:{account_id}:{group_id}"
    waits = jobs.enqueue(tx, TURN, payload, key=key, uniq=uniq, delay=ALBUM_PAUSE) is not None
    if not waits and not queue.postpone(tx, uniq, ALBUM_PAUSE):
        jobs.enqueue(tx, TURN, payload, key=key)
    return None
