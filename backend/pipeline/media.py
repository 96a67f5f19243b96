"""Attachments on their way in: fetched from the vendor, judged by content, stored under a hash."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from backend.conversations import repository as conversations
from backend.evidence import service as evidence
from backend.evidence.rules import why_useless
from backend.kit import jobs
from backend.kit.db import Database, Tx
from backend.kit.images import MAX_BYTES, CleanImage, RejectedImage, clean_image
from backend.kit.jobs.kinds import Retry
from backend.kit.storage import Storage
from backend.pipeline.bodies import storable
from backend.pipeline.kinds import READ_PHOTO, READING_KEY
from backend.pipeline.photo_reader import PhotoChecks
from bot.channels.base import Adapter, ChannelError, RetryLater, Undeliverable
from bot.messages import Attachment, AttachmentKind

_KNOWN_TYPES = frozenset({"audio/amr", "audio/ogg", "audio/mpeg", "video/mp4", "application/pdf"})
_BYTES = "application/octet-stream"
FETCHES, LONGEST_PAUSE = 10, 30.0
"""How often a vendor is asked for a file, and the longest pause between in seconds: two minutes."""


@dataclass(frozen=True, slots=True)
class Media:
    """Takes customers' files in. Only photos count as evidence, cleaned by their content; all else
    is kept as it came, for people to open."""

    db: Database
    storage: Storage
    checks: PhotoChecks = field(default_factory=PhotoChecks)

    async def store_photo(
        self, conversation_id: str, raw: bytes, name: str
    ) -> conversations.Attachment:
        """Check, re-encode and store a photo. Raises: RejectedImage."""
        image = await asyncio.to_thread(self._checked, raw)
        sha256 = await asyncio.to_thread(self.storage.put, image.content)

        def insert(tx: Tx) -> conversations.Attachment:
            row = conversations.Attachment(
                id=tx.ids.new(),
                conversation_id=conversation_id,
                kind=AttachmentKind.IMAGE.value,
                media_type=image.media_type,
                sha256=sha256,
                size=len(image.content),
                width=image.width,
                height=image.height,
                name=storable(name)[:200],
            )
            conversations.insert_attachment(tx, row)
            self._note(tx, row.id, image)
            return row

        return await self.db.tx(insert)

    def _checked(self, raw: bytes) -> CleanImage:
        image = clean_image(raw)
        if self.checks.blank and (reason := why_useless(image.look)):
            raise RejectedImage(reason)
        return image

    def _note(self, tx: Tx, attachment_id: str, image: CleanImage) -> None:
        if self.checks.reused or self.checks.reads:
            checks = self.checks
            evidence.add_photo(
                tx, attachment_id, image.look, to_be_read=checks.reads, compared=checks.reused
            )
        if self.checks.reads:
            jobs.enqueue(tx, READ_PHOTO, {"attachment_id": attachment_id}, key=READING_KEY)

    async def take_in(
        self,
        conversation_id: str,
        attachments: Sequence[Attachment],
        adapter: Adapter,
        attempt: int = 1,
    ) -> tuple[Attachment, ...]:
        """The same attachments, each with the `ref` of its stored photo or why it was rejected.

        `attempt`: of its message's turn, which waits for the vendor's files for some two minutes
        and then goes on without them. Raises: Retry.
        """
        taken = []
        for item in attachments:
            if item.ref is None and item.rejected is None:
                item = await self._take_one(conversation_id, item, adapter, attempt)
            taken.append(item)
        return tuple(taken)

    async def keep_file(
        self, conversation_id: str, raw: bytes, item: Attachment
    ) -> conversations.Attachment:
        """Store a file that nobody here looks into; it is only ever served as a download."""
        sha256 = await asyncio.to_thread(self.storage.put, raw)

        def insert(tx: Tx) -> conversations.Attachment:
            row = conversations.Attachment(
                id=tx.ids.new(),
                conversation_id=conversation_id,
                kind=item.kind.value,
                media_type=item.media_type if item.media_type in _KNOWN_TYPES else _BYTES,
                sha256=sha256,
                size=len(raw),
                width=None,
                height=None,
                name=storable(item.name or "")[:200],
            )
            conversations.insert_attachment(tx, row)
            return row

        return await self.db.tx(insert)

    async def _take_one(
        self, conversation_id: str, item: Attachment, adapter: Adapter, attempt: int
    ) -> Attachment:
        if item.size is not None and item.size > MAX_BYTES:
            return _with(item, rejected="too_large" if _may_be_photo(item) else "unsupported")
        try:
            raw = await adapter.fetch(item, MAX_BYTES)
        except Undeliverable as error:
            return _with(item, rejected=_why_missing(item, error))
        except RetryLater as error:
            if attempt >= FETCHES:
                return _with(item, rejected=_why_missing(item, error))
            # Not held against the turn: what failed is the vendor.
            after = error.after or min(LONGEST_PAUSE, 0.5 * 2 ** (attempt - 1))
            raise Retry(str(error), after=after, free=True) from error
        reason = "unsupported"
        if _may_be_photo(item):
            try:
                stored = await self.store_photo(conversation_id, raw, item.name or "")
            except RejectedImage as error:
                reason = error.reason
            else:
                return Attachment(
                    kind=AttachmentKind.IMAGE,
                    source=item.source,
                    ref=stored.id,
                    media_type=stored.media_type,
                    size=stored.size,
                    name=item.name,
                )
        if item.kind is AttachmentKind.IMAGE:
            return _with(item, rejected=reason)
        kept = await self.keep_file(conversation_id, raw, item)
        return replace(_with(item, rejected=reason), ref=kept.id, size=kept.size)


def _may_be_photo(item: Attachment) -> bool:
    return item.kind in (AttachmentKind.IMAGE, AttachmentKind.FILE)


def _why_missing(item: Attachment, error: ChannelError) -> str:
    if not _may_be_photo(item):
        return "unsupported"  # it would not have been understood either way
    return "too_large" if error.code == "too_large" else "unavailable"


def _with(item: Attachment, *, rejected: str) -> Attachment:
    return Attachment(
        kind=item.kind,
        source=item.source,
        media_type=item.media_type,
        size=item.size,
        name=item.name,
        rejected=rejected,
    )
