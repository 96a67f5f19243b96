"""A Telegram update as our messages.

Only private chats are read: in a group, everybody would see the orders of the one who asks.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from aiogram.enums import ChatType, ContentType
from aiogram.types import (
    Animation,
    Audio,
    CallbackQuery,
    Chat,
    Document,
    Message,
    PhotoSize,
    Update,
    User,
    Video,
    VideoNote,
    Voice,
)
from pydantic import BaseModel, Field, ValidationError

from bot.channels.base import BadPayload
from bot.channels.telegram.keyboard import pressed_label
from bot.channels.text import storable
from bot.messages import Attachment, AttachmentKind, InboundKind, InboundMessage, Sender

ALLOWED_UPDATES = ("message", "edited_message", "callback_query")
"""The kinds of update we ask Telegram for; any other that comes gives no message."""

_UNREADABLE = frozenset(
    {
        ContentType.CHECKLIST,
        ContentType.CONTACT,
        ContentType.DICE,
        ContentType.GAME,
        ContentType.GIVEAWAY,
        ContentType.LOCATION,
        ContentType.PAID_MEDIA,
        ContentType.POLL,
        ContentType.RICH_MESSAGE,
        ContentType.STICKER,
        ContentType.STORY,
        ContentType.UNKNOWN,
        ContentType.VENUE,
    }
)
"""What a person sends and we can't read. The rest of Telegram's contents are notices (a message
was pinned, a timer set): nobody waits for an answer to them."""

_START = re.compile(r"/start(?:@\w+)?(?:\s+(?P<payload>.*))?", re.DOTALL)
_MAX_INTEGER = 2**63 - 1

_Integer = Annotated[int, Field(ge=-_MAX_INTEGER, le=_MAX_INTEGER)]
_File = Animation | Audio | Document | Video | VideoNote | Voice


def parse_update(body: bytes, now: datetime) -> list[InboundMessage]:
    """The message in an update: none or one. Raises: BadPayload.

    `order` is the update's own running number: it holds between new messages, edits and presses
    alike. Telegram starts it anew, at random, after a week without any update.
    An UNSUPPORTED message's `text` names what it was, in Telegram's word: `sticker`, `location`,
    `contact`, `poll`, … or `unknown`.
    """
    update = _read(body)
    if update.message is not None:
        message = _from_message(update.message, update.update_id)
    elif update.edited_message is not None:
        message = _from_edit(update.edited_message, update.update_id)
    elif update.callback_query is not None:
        message = _from_press(update.callback_query, update.update_id, now)
    else:
        message = None
    return [] if message is None else [message]


class _Basics(BaseModel):
    """Of a message, what has not changed since bots exist."""

    message_id: _Integer
    date: Annotated[int, Field(ge=0)]
    chat: Chat
    from_user: User | None = Field(None, alias="from")
    text: str | None = None
    caption: str | None = None
    media_group_id: str | None = None


class _Envelope(BaseModel):
    update_id: Annotated[int, Field(ge=0, le=_MAX_INTEGER)]
    message: _Basics | None = None


def _read(body: bytes) -> Update:
    try:
        envelope = _Envelope.model_validate_json(body)
        try:
            return Update.model_validate_json(body)
        except ValidationError:
            # Telegram adds contents faster than its libraries follow. The customer wrote something
            # all the same: keep who, when and the words, and let him hear what we can't read.
            if envelope.message is None:
                raise
            message = Message.model_validate(envelope.message.model_dump(exclude_none=True))
            return Update(update_id=envelope.update_id, message=message)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        raise BadPayload("bad_update", f"{faults[0]['loc']}: {faults[0]['msg']}") from None


def _from_message(message: Message, order: int) -> InboundMessage | None:
    sender = _private_sender(message.chat, message.from_user)
    if sender is None:
        return None
    text = storable(message.text or message.caption or "")
    attachments = _attachments(message)
    start = _START.fullmatch(text) if message.text else None
    if start is not None:
        kind, text = InboundKind.START, start["payload"] or ""
    elif attachments:
        kind = InboundKind.MEDIA
    elif text:
        kind = InboundKind.TEXT  # words under something we can't read
    elif message.content_type in _UNREADABLE:
        kind, text = InboundKind.UNSUPPORTED, ContentType(message.content_type).value
    else:
        return None
    return InboundMessage(
        external_id=_external_id(message),
        sender=sender,
        kind=kind,
        sent_at=_utc(message.date),
        order=order,
        text=text,
        attachments=attachments,
        group_id=message.media_group_id,
    )


def _from_edit(message: Message, order: int) -> InboundMessage | None:
    sender = _private_sender(message.chat, message.from_user)
    text = message.text or message.caption
    attachments = _attachments(message)
    if sender is None or message.edit_date is None or not (text or attachments):
        return None  # also a shared location that moves: an edit each few seconds, without words
    return InboundMessage(
        external_id=f"edit:{_external_id(message)}:{message.edit_date}",
        sender=sender,
        kind=InboundKind.EDIT,
        sent_at=_from_unix(message.edit_date),
        order=order,
        text=storable(text or ""),
        attachments=attachments,
        edits=_external_id(message),
    )


def _from_press(query: CallbackQuery, order: int, now: datetime) -> InboundMessage | None:
    """A press carries no time of its own: it counts from when we hear of it."""
    if query.message is None or not query.data:
        return None  # a game, or a button sent to some other chat by inline mode
    sender = _private_sender(query.message.chat, query.from_user)
    if sender is None:
        return None
    keyboard = query.message.reply_markup if isinstance(query.message, Message) else None
    return InboundMessage(
        external_id=f"cb:{query.id}",
        sender=sender,
        kind=InboundKind.CHOICE,
        sent_at=now,
        order=order,
        text=storable(pressed_label(keyboard, query.data)),
        choice=storable(query.data),
    )


def _private_sender(chat: Chat, user: User | None) -> Sender | None:
    if chat.type != ChatType.PRIVATE or user is None or user.is_bot:
        return None
    return Sender(
        external_id=str(chat.id),
        display_name=storable(user.full_name).strip(),
        locale_hint=user.language_code,
    )


def _attachments(message: Message) -> tuple[Attachment, ...]:
    """What can be fetched of a message. An animation carries a `document` for old clients too."""
    if message.live_photo is not None and message.live_photo.photo:
        return (_photo(message.live_photo.photo),)
    if message.photo:
        return (_photo(message.photo),)
    videos = message.animation or message.video or message.video_note
    if videos is not None:
        return (_file(videos, AttachmentKind.VIDEO),)
    if message.voice is not None:
        return (_file(message.voice, AttachmentKind.VOICE),)
    files = message.document or message.audio
    if files is None:
        return ()
    is_image = (files.mime_type or "").startswith("image/")
    return (_file(files, AttachmentKind.IMAGE if is_image else AttachmentKind.FILE),)


def _photo(sizes: list[PhotoSize]) -> Attachment:
    largest = max(sizes, key=lambda size: size.width * size.height)
    # Telegram re-encodes every photo; one sent "as a file" is a document.
    return Attachment(
        AttachmentKind.IMAGE, largest.file_id, media_type="image/jpeg", size=largest.file_size
    )


def _file(file: _File, kind: AttachmentKind) -> Attachment:
    name = None if isinstance(file, VideoNote | Voice) else file.file_name
    return Attachment(
        kind,
        file.file_id,
        media_type="video/mp4" if isinstance(file, VideoNote) else file.mime_type,
        size=file.file_size,
        name=storable(name) if name else None,
    )


def _external_id(message: Message) -> str:
    return f"{message.chat.id}:{message.message_id}"


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _from_unix(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise BadPayload("bad_update", "edit_date is no time") from None
