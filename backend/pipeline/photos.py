"""Reads customers' photos after they were stored, and asks about what was read.

What a picture says is never taken as a fact: a number on it is offered, the customer confirms it,
and it proves nothing. Only orders that are shown to be his are looked at.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from backend.conversations import repository as conversations
from backend.conversations.repository import Conversation
from backend.customers import service as customers
from backend.customers.repository import Contact
from backend.evidence import service as evidence
from backend.evidence.service import Found
from backend.kit import jobs
from backend.kit.db import Database, Tx
from backend.kit.jobs import Job
from backend.kit.storage import Storage
from backend.pipeline.notify import Notifier
from backend.pipeline.photo_reader import Looked, Unreadable
from backend.pipeline.photo_text import find_numbers
from bot.dialogs.slots import ORDER
from bot.dialogs.state import DialogState
from bot.ports import Ports
from bot.turn import take_turn

log = logging.getLogger(__name__)


class Reader(Protocol):
    """Looks into a picture. Raises: Unreadable."""

    async def look(self, content: bytes) -> Looked: ...


@dataclass(slots=True)
class PhotoReading:
    """Works the jobs `READ_PHOTO`."""

    db: Database
    storage: Storage
    reader: Reader
    notifier: Notifier
    ports_for: Callable[[Tx, Contact], Ports]
    _told: set[str] = field(default_factory=set)

    async def read(self, job: Job) -> bool:
        """Look into one photo. One that can't be read is left as it is: it is evidence all the
        same, and people see it."""
        ref = str(job.payload["attachment_id"])
        stored = (await self.db.read(conversations.attachments, [ref])).get(ref)
        if stored is None:
            return False
        content = await asyncio.to_thread(self.storage.get, stored.sha256)
        try:
            looked = await self.reader.look(content)
        except Unreadable as error:
            self._tell_once(str(error))
            await self.db.tx(self._keep_unread, job, ref)
            return True
        found = None if looked.lines is None else find_numbers(looked.lines)
        await self.db.tx(self._keep, job, ref, stored.conversation_id, found, looked)
        return True

    def _tell_once(self, reason: str) -> None:
        if reason not in self._told:
            self._told.add(reason)
            log.warning("a photo could not be read (%s); said once for each reason", reason)

    def _keep_unread(self, tx: Tx, job: Job, ref: str) -> None:
        evidence.keep_unread(tx, ref)
        jobs.finish(tx, job)

    def _keep(
        self,
        tx: Tx,
        job: Job,
        ref: str,
        conversation_id: str,
        found: Found | None,
        looked: Looked,
    ) -> None:
        evidence.keep_read(tx, ref, found, looked.nudity)
        if found is not None and (found.orders or found.parcels):
            self._ask_about_it(tx, conversation_id, ref)
        jobs.finish(tx, job)

    def _ask_about_it(self, tx: Tx, conversation_id: str, ref: str) -> None:
        """If he is being asked for his order just now: ask whether it is the one on the picture.
        Else what was read waits until he is asked (`bot.dialogs.parts.pictured`)."""
        seen = conversations.get(tx, conversation_id)
        if seen is None:
            return
        contact = customers.lock_contact_by_id(tx, seen.contact_id)
        conversation = conversations.get(tx, conversation_id, lock=True)
        if conversation is None or not _is_asked_for_his_order(conversation, ref):
            return
        if conversations.waiting(tx, conversation_id):
            return  # the turn of what he wrote meanwhile finds what was read
        state = DialogState.from_json(conversation.state)
        turn = take_turn(state, None, None, self.ports_for(tx, contact))
        asked, was = turn.state.prompt, state.prompt
        if turn.actions or asked is None or was is None or asked.fingerprint == was.fingerprint:
            return
        after = {
            "state": turn.state.to_json(),
            "state_version": conversation.state_version + 1,
        }
        locale = turn.state.locale or conversation.locale
        self.notifier.say(
            tx, conversation_id, turn.replies, locale=locale, conversation=conversation, after=after
        )


def give_up(tx: Tx, job: Job, error: str) -> None:
    """A photo whose reading fails for reasons of our own is not read: nobody waits for it."""
    evidence.keep_unread(tx, str(job.payload["attachment_id"]))


def _is_asked_for_his_order(conversation: Conversation, ref: str) -> bool:
    if conversation.status != "bot" or conversation.state is None:
        return False
    state = DialogState.from_json(conversation.state)
    asked = state.prompt is not None and state.prompt.slot == ORDER
    return asked and bool(state.stack) and any(photo.ref == ref for photo in state.photos)
