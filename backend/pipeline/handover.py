"""A conversation that goes to people goes to them at the vendor's too, where sessions pass on."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from backend.conversations.events import HandedToPeople
from backend.conversations.repository import Conversation
from backend.conversations.service import get_conversation, line_out, topic
from backend.conversations.windows import service as windows
from backend.customers import service as customers
from backend.customers.repository import Contact
from backend.kit import jobs
from backend.kit.db import Database, Tx
from backend.kit.errors import NotFound
from backend.kit.jobs import Job
from backend.kit.jobs.kinds import Retry
from backend.pipeline.channels import Channels
from backend.pipeline.notices import TAKEN
from bot.channels.base import ChannelError, RetryLater
from bot.channels.fetched import HandedOver, Handover

HAND_OVER = "hand_over"
"""Give a vendor's session to people. Payload: conversation_id."""

log = logging.getLogger(__name__)


def enqueue(tx: Tx, channels: Channels, event: HandedToPeople) -> None:
    """Ask for it once a hand-over, behind what the bot still has to say.

    Deferred: the vendor refuses our messages from then on, and the last of them may be stored later
    in this transaction.
    """
    if event.reason == TAKEN:
        return
    account_id = get_conversation(tx, event.conversation_id).channel_account
    try:
        can = isinstance(channels.adapter(account_id), Handover)
    except (NotFound, ChannelError):
        return  # not configured any more: then nobody is there to hand it to
    if can:
        tx.defer(_enqueue, [event.conversation_id])


def _enqueue(tx: Tx, conversation_ids: list[str]) -> None:
    for conversation_id in conversation_ids:
        conversation = get_conversation(tx, conversation_id)
        jobs.enqueue(
            tx,
            HAND_OVER,
            {"conversation_id": conversation_id},
            key=line_out(conversation.contact_id),
            lane=conversation.channel_account,
            uniq=f"hand_over:{conversation_id}:{conversation.last_seq}",
        )


@dataclass(frozen=True, slots=True)
class Handovers:
    """Hands over."""

    db: Database
    channels: Channels

    async def hand_over(self, job: Job) -> bool:
        """Job `hand_over`. A session that can't be passed on stays ours: people see that."""
        conversation_id = str(job.payload["conversation_id"])
        conversation, contact = await self.db.read(_whose, conversation_id)
        if conversation.status != "human":
            return False  # the bot has taken it back, or it is over
        adapter = self.channels.adapter(conversation.channel_account)
        if not isinstance(adapter, Handover):
            return False
        try:
            done = await adapter.hand_over(contact.external_id)
        except RetryLater as error:
            raise Retry(str(error), after=error.after, free=error.after is not None) from error
        except ChannelError as error:
            log.warning("conversation %s could not be handed over: %s", conversation_id, error.code)
            return False
        await self.db.tx(_remember, job, conversation_id, done)
        return True


def _whose(tx: Tx, conversation_id: str) -> tuple[Conversation, Contact]:
    conversation = get_conversation(tx, conversation_id)
    return conversation, customers.get_contact(tx, conversation.contact_id)


def _remember(tx: Tx, job: Job, conversation_id: str, done: HandedOver) -> None:
    conversation = get_conversation(tx, conversation_id)
    customers.lock_contact_by_id(tx, conversation.contact_id)
    windows.session_changed(tx, conversation.contact_id, done.session.value, done.servicer)
    tx.hint(topic(conversation_id), conversation.last_seq)
    jobs.finish(tx, job)
