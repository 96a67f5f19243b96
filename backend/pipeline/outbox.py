"""The outbox: hands stored messages to their channels, retries, and keeps what failed visible.

Where a vendor limits when and how often we write, it is asked only when its window is known to be
open; what can't be sent now is held (see pipeline/windows).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from backend.conversations import repository as conversations
from backend.conversations.service import topic
from backend.conversations.windows import repository as window_rows
from backend.conversations.windows import rules
from backend.conversations.windows import service as windows
from backend.conversations.windows.rules import Limits, Window
from backend.customers import service as customers
from backend.kit import jobs
from backend.kit.db import Database, Tx
from backend.kit.jobs import Job
from backend.kit.jobs.kinds import Retry
from backend.kit.storage import Storage
from backend.pipeline import watch
from backend.pipeline.bodies import outbound_from_json
from backend.pipeline.channels import Channels
from backend.pipeline.windows import joined, limits_of
from bot.channels.base import NotNow, RetryLater, SendContext, Undeliverable
from bot.messages import Attachment, OutboundMessage


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A message with what its delivery needs; `ids` are those that go out together, its own first.

    On a channel with a reply window: what is known of it, why nothing can be sent now, or the
    vendor's `code` that lets this one through.
    """

    message: conversations.Message
    ids: tuple[str, ...]
    content: OutboundMessage
    contact_id: str
    contact_external_id: str
    done_parts: int
    limits: Limits | None = None
    window: Window | None = None
    refusal: str | None = None
    code: str | None = None


class Outbox:
    """Delivers. The message's id is the channel's idempotency key."""

    def __init__(self, db: Database, channels: Channels, storage: Storage) -> None:
        self.db = db
        self.channels = channels
        self.storage = storage

    async def deliver(self, job: Job) -> bool:
        """Job `deliver`: send one message; a state, not an error, when it can't be sent."""
        delivery = await self.db.read(self._load, str(job.payload["message_id"]))
        if delivery is None:
            return False
        if delivery.refusal is not None:
            await self.db.tx(_hold, job, delivery, delivery.refusal, by_vendor=False)
        else:
            await self._send(job, delivery)
        return True

    def _load(self, tx: Tx, message_id: str) -> _Delivery | None:
        """What there is to deliver; None for what was, or goes out with another message."""
        message = conversations.get_message(tx, message_id)
        if message is None:
            raise LookupError(f"message {message_id}")
        if message.delivery != "pending":
            return None
        conversation = conversations.get(tx, message.conversation_id)
        if conversation is None:
            raise LookupError(f"conversation {message.conversation_id}")
        contact = customers.get_contact(tx, conversation.contact_id)
        delivery = _Delivery(
            message,
            (message.id,),
            outbound_from_json(message.body),
            contact.id,
            contact.external_id,
            conversations.count_parts(tx, message.id),
        )
        limits = limits_of(self.channels.adapter(message.channel_account).capabilities)
        return delivery if limits is None else _within_window(tx, delivery, limits)

    async def _send(self, job: Job, delivery: _Delivery) -> None:
        message_id = delivery.message.id
        account = self.channels.account(delivery.message.channel_account)
        adapter = self.channels.adapter(account.id)
        try:
            # Right before it is said: whoever was stopped for long may not say it any more.
            job.lease.check()
            await adapter.send(delivery.content, self._context(job, delivery))
        except NotNow as error:
            watch.not_delivered(self.channels.watch, account, message_id, error, final=True)
            await self.db.tx(_hold, job, delivery, error.code, by_vendor=True)
        except Undeliverable as error:
            watch.not_delivered(self.channels.watch, account, message_id, error, final=True)
            await self.db.tx(_close, job, delivery, "failed", str(error))
        except RetryLater as error:
            watch.not_delivered(self.channels.watch, account, message_id, error, final=False)
            raise Retry(str(error), after=error.after, free=error.after is not None) from error
        else:
            watch.delivered(self.channels.watch, account, message_id)
            await self.db.tx(_close, job, delivery, "sent", None)

    def _context(self, job: Job, delivery: _Delivery) -> SendContext:
        message_id = delivery.message.id

        async def record(number: int, external_id: str, *, repeated: bool = False) -> None:
            await note(number, external_id, repeated)
            job.lease.check()  # the next part follows

        async def note(number: int, external_id: str, repeated: bool) -> None:
            if delivery.limits is None:
                await self.db.tx(conversations.record_part, message_id, number, external_id)
                return
            await self.db.tx(
                windows.record_part,
                delivery.contact_id,
                message_id,
                number,
                external_id,
                window=delivery.window,
                by_code=delivery.code is not None and number == 1,
                repeated=repeated,
            )

        async def read(attachment: Attachment) -> bytes:
            found = await self.db.read(conversations.attachments, [attachment.ref or ""])
            if (attachment.ref or "") not in found:
                raise Undeliverable("unavailable", "the file is not stored")
            file = found[attachment.ref or ""]
            return await asyncio.to_thread(self.storage.get, file.sha256)

        return SendContext(
            delivery.contact_external_id,
            message_id,
            delivery.done_parts,
            record,
            event_code=delivery.code,
            read=read,
        )


def _within_window(tx: Tx, delivery: _Delivery, limits: Limits) -> _Delivery | None:
    """With what its customer's reply window lets through now, and what goes out along."""
    message = delivery.message
    if window_rows.leader_of(tx, message.id) is not None:
        return None
    others = window_rows.together(tx, message.id)
    window = window_rows.get(tx, delivery.contact_id)
    return replace(
        delivery,
        ids=(message.id, *(each for each, _ in others)),
        content=outbound_from_json(joined(message.body, [body for _, body in others])),
        limits=limits,
        window=window,
        refusal=rules.refusal(window, limits, tx.now),
        code=rules.usable_code(window, tx.now) if window else None,
    )


def _hold(tx: Tx, job: Job, delivery: _Delivery, code: str, *, by_vendor: bool) -> None:
    """It can't be sent now: a state of the message until the customer writes, or somebody acts."""
    if by_vendor and delivery.limits is not None:
        customers.lock_contact_by_id(tx, delivery.contact_id)
        windows.refused_by_vendor(tx, delivery.contact_id, code, delivery.limits)
    _close(tx, job, delivery, "held", code)


def _close(tx: Tx, job: Job, delivery: _Delivery, state: str, detail: str | None) -> None:
    message, known = delivery.message, (detail or "")[:300] or None
    if delivery.limits is None and state != "held":
        conversations.update_messages(tx, [message.id], delivery=state, delivery_detail=known)
    else:
        window_rows.close(tx, delivery.ids, state, known)
    tx.hint(topic(message.conversation_id), message.seq)
    jobs.finish(tx, job)


def give_up(tx: Tx, job: Job, error: str) -> None:
    """A dead delivery stays visible on its message; replaying the job sends it after all."""
    conversations.update_messages(
        tx, [str(job.payload["message_id"])], delivery_detail=f"gave up: {error}"[:300]
    )
