"""The outbox: hands stored messages to their channels, retries, and keeps what failed visible."""

from __future__ import annotations

from backend.conversations import repository as conversations
from backend.conversations.service import topic
from backend.customers import service as customers
from backend.kit import jobs
from backend.kit.db import Database, Tx
from backend.kit.jobs import Job
from backend.kit.jobs.worker import Retry
from backend.pipeline import watch
from backend.pipeline.bodies import outbound_from_json
from backend.pipeline.channels import Channels
from bot.channels.base import RetryLater, SendContext, Undeliverable


class Outbox:
    """Delivers. The message's id is the channel's idempotency key."""

    def __init__(self, db: Database, channels: Channels) -> None:
        self.db = db
        self.channels = channels

    async def deliver(self, job: Job) -> bool:
        """Job `deliver`: send one message; a state, not an error, when it can't be sent."""
        message_id = str(job.payload["message_id"])
        message, contact_external_id, done_parts = await self.db.read(_load, message_id)
        if message.delivery != "pending":
            return False

        async def record(number: int, external_id: str) -> None:
            await self.db.tx(conversations.record_part, message_id, number, external_id)

        account = self.channels.account(message.channel_account)
        adapter = self.channels.adapter(account.id)
        context = SendContext(contact_external_id, message_id, done_parts, record)
        try:
            await adapter.send(outbound_from_json(message.body), context)
        except Undeliverable as error:
            watch.not_delivered(self.channels.watch, account, message_id, error, final=True)
            await self.db.tx(_close, job, message, "failed", str(error))
        except RetryLater as error:
            watch.not_delivered(self.channels.watch, account, message_id, error, final=False)
            raise Retry(str(error), after=error.after, free=error.after is not None) from error
        else:
            watch.delivered(self.channels.watch, account, message_id)
            await self.db.tx(_close, job, message, "sent", None)
        return True


def _load(tx: Tx, message_id: str) -> tuple[conversations.Message, str, int]:
    message = conversations.get_message(tx, message_id)
    if message is None:
        raise LookupError(f"message {message_id}")
    conversation = conversations.get(tx, message.conversation_id)
    if conversation is None:
        raise LookupError(f"conversation {message.conversation_id}")
    contact = customers.get_contact(tx, conversation.contact_id)
    return message, contact.external_id, conversations.count_parts(tx, message_id)


def _close(
    tx: Tx, job: Job, message: conversations.Message, delivery: str, detail: str | None
) -> None:
    conversations.update_messages(
        tx, [message.id], delivery=delivery, delivery_detail=(detail or "")[:300] or None
    )
    tx.hint(topic(message.conversation_id), message.seq)
    jobs.finish(tx, job)


def give_up(tx: Tx, job: Job, error: str) -> None:
    """A dead delivery stays visible on its message; replaying the job sends it after all."""
    conversations.update_messages(
        tx, [str(job.payload["message_id"])], delivery_detail=f"gave up: {error}"[:300]
    )
