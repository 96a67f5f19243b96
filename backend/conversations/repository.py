"""The only SQL on conversations, messages and attachments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend.conversations.models import (
    attachment,
    chat_session,
    conversation,
    delivered_part,
    message,
)
from backend.kit.db import Tx
from backend.kit.sql import Upsert, insert_into, row, rows, run, run_each, update_by_id, value


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation's row. `state` is the dialog's own JSON."""

    id: str
    channel_account: str
    contact_id: str
    status: str
    locale: str
    state: Mapping[str, Any] | None
    state_version: int
    last_seq: int
    handoff_reason: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """A message's row."""

    id: str
    conversation_id: str
    seq: int
    channel_account: str
    external_id: str | None
    author: str
    author_name: str | None
    body: Mapping[str, Any]
    sent_at: datetime
    provider_order: int | None
    turn_state: str | None
    delivery: str | None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored, checked file of a conversation."""

    id: str
    conversation_id: str
    kind: str
    media_type: str
    sha256: str
    size: int
    width: int | None
    height: int | None
    name: str


_conversation_columns = [conversation.c[name] for name in Conversation.__dataclass_fields__]
_message_columns = [message.c[name] for name in Message.__dataclass_fields__]
_attachment_columns = [attachment.c[name] for name in Attachment.__dataclass_fields__]


# Built once: these run at every message.
_id: sa.BindParameter[str] = sa.bindparam("id")
_contact: sa.BindParameter[str] = sa.bindparam("contact_id")
_seq: sa.BindParameter[int] = sa.bindparam("seq")
_conversations = sa.select(*_conversation_columns)
_messages = sa.select(*_message_columns)
_GET = _conversations.where(conversation.c.id == _id)
_GET_LOCKED = _GET.with_for_update()
_OPEN = _conversations.where(
    conversation.c.contact_id == _contact, conversation.c.status != "closed"
)
_OPEN_LOCKED = _OPEN.with_for_update()
_INSERT_MESSAGE = Upsert(
    message,
    [*Message.__dataclass_fields__, "answers"],
    lambda insert: insert.on_conflict_do_nothing(
        index_elements=["channel_account", "external_id"]
    ).returning(message.c.id),
)
_BY_EXTERNAL_ID = _messages.where(
    message.c.channel_account == sa.bindparam("channel_account"),
    message.c.external_id == sa.bindparam("external_id"),
)
_GET_MESSAGE = _messages.where(message.c.id == _id)
_WAITING = _messages.where(
    message.c.conversation_id == _id, message.c.turn_state == "waiting"
).order_by(message.c.provider_order, message.c.seq)
_PAGE_AFTER = (
    _messages.where(message.c.conversation_id == _id, message.c.seq > _seq)
    .order_by(message.c.seq)
    .limit(sa.bindparam("limit"))
)
_LATEST_BODIES = (
    sa.select(message.c.body)
    .where(message.c.conversation_id == _id, message.c.author != "customer")
    .order_by(message.c.seq.desc())
    .limit(sa.bindparam("limit"))
)
_RECORD_PART = Upsert(
    delivered_part,
    ["message_id", "number", "external_id", "at"],
    lambda insert: insert.on_conflict_do_nothing(),
)
_COUNT_PARTS = sa.select(sa.func.count()).where(delivered_part.c.message_id == _id)


def get(tx: Tx, conversation_id: str, *, lock: bool = False) -> Conversation | None:
    """One conversation; `lock` holds its row until the commit."""
    found = row(tx, _GET_LOCKED if lock else _GET, {"id": conversation_id})
    return Conversation(*found) if found else None


def open_of_contact(tx: Tx, contact_id: str, *, lock: bool = False) -> Conversation | None:
    """The contact's conversation that is not closed: there is at most one."""
    found = row(tx, _OPEN_LOCKED if lock else _OPEN, {"contact_id": contact_id})
    return Conversation(*found) if found else None


def create(tx: Tx, contact_id: str, channel_account: str, locale: str) -> Conversation:
    """A new conversation with the bot."""
    created = Conversation(
        tx.ids.new(), channel_account, contact_id, "bot", locale, None, 0, 0, None
    )
    values = {name: getattr(created, name) for name in Conversation.__dataclass_fields__}
    run(tx, insert_into(conversation), {**values, "created_at": tx.now, "updated_at": tx.now})
    return created


def update(tx: Tx, conversation_id: str, **values: object) -> None:
    """Set columns of a conversation."""
    changed = {"row_id": conversation_id, "updated_at": tx.now, **values}
    run(tx, update_by_id(conversation), changed)


def insert_message(tx: Tx, values: Mapping[str, object]) -> bool:
    """Add a message. False: (channel account, external id) was there before."""
    return row(tx, _INSERT_MESSAGE, {"answers": None, **values}) is not None


def insert_own_messages(tx: Tx, messages: Sequence[Mapping[str, object]]) -> None:
    """Add messages of ours, whose ids are new by themselves."""
    run_each(tx, insert_into(message), messages)


def by_external_id(tx: Tx, channel_account: str, external_id: str) -> Message | None:
    """The message a vendor's id names."""
    names = {"channel_account": channel_account, "external_id": external_id}
    found = row(tx, _BY_EXTERNAL_ID, names)
    return Message(*found) if found else None


def get_message(tx: Tx, message_id: str) -> Message | None:
    """One message."""
    found = row(tx, _GET_MESSAGE, {"id": message_id})
    return Message(*found) if found else None


def waiting(tx: Tx, conversation_id: str) -> Sequence[Message]:
    """Customer messages no turn was taken for yet, in the provider's order."""
    return [Message(*found) for found in rows(tx, _WAITING, {"id": conversation_id})]


def unanswered(tx: Tx, conversation_id: str) -> Sequence[Message]:
    """Customer messages that the bot gave up or left to people, in the order they came."""
    found = tx.conn.execute(
        sa.select(*_message_columns)
        .where(
            message.c.conversation_id == conversation_id,
            message.c.turn_state.in_(("failed", "unanswered")),
        )
        .order_by(message.c.seq)
    ).all()
    return [Message(*each) for each in found]


def last_of(tx: Tx, conversation_id: str, author: str) -> int:
    """The number of the author's latest message; 0: he wrote none."""
    found: int | None = tx.conn.execute(
        sa.select(sa.func.max(message.c.seq)).where(
            message.c.conversation_id == conversation_id, message.c.author == author
        )
    ).scalar_one()
    return found or 0


def update_messages(tx: Tx, ids: Sequence[str], **values: object) -> None:
    """Set columns of messages."""
    if ids:
        run_each(tx, update_by_id(message), [{"row_id": each, **values} for each in ids])


def page_after(tx: Tx, conversation_id: str, after: int, limit: int) -> Sequence[Message]:
    """Messages with seq > after, ascending."""
    found = rows(tx, _PAGE_AFTER, {"id": conversation_id, "seq": after, "limit": limit})
    return [Message(*each) for each in found]


def answered(tx: Tx, ids: Sequence[str]) -> Mapping[str, str]:
    """Which message each of these answers; those that answer none are left out."""
    found = tx.conn.execute(
        sa.select(message.c.id, message.c.answers).where(
            message.c.id.in_(list(ids)), message.c.answers.is_not(None)
        )
    )
    return {each.id: each.answers for each in found}


def page_before(tx: Tx, conversation_id: str, before: int, limit: int) -> Sequence[Message]:
    """The `limit` messages just before seq `before`, ascending."""
    rows = tx.conn.execute(
        sa.select(*_message_columns)
        .where(message.c.conversation_id == conversation_id, message.c.seq < before)
        .order_by(message.c.seq.desc())
        .limit(limit)
    ).all()
    return [Message(*row) for row in reversed(rows)]


def recent_options(tx: Tx, conversation_id: str, limit: int = 20) -> Mapping[str, str]:
    """Option value -> label of what was lately offered in a conversation."""
    bodies = rows(tx, _LATEST_BODIES, {"id": conversation_id, "limit": limit})
    labels: dict[str, str] = {}
    for (body,) in bodies:
        for option in body.get("options", ()):
            labels.setdefault(option["value"], option["label"])
    return labels


def insert_attachment(tx: Tx, row: Attachment) -> None:
    """Add a stored file."""
    tx.conn.execute(
        sa.insert(attachment).values(
            **{name: getattr(row, name) for name in Attachment.__dataclass_fields__},
            created_at=tx.now,
        )
    )


def attachments(tx: Tx, ids: Sequence[str]) -> Mapping[str, Attachment]:
    """Stored files by id; unknown ids are left out."""
    rows = tx.conn.execute(
        sa.select(*_attachment_columns).where(attachment.c.id.in_(list(ids)))
    ).all()
    return {row.id: Attachment(*row) for row in rows}


def record_part(tx: Tx, message_id: str, number: int, external_id: str) -> None:
    """Remember that a part of a split message went out."""
    values = {"message_id": message_id, "number": number, "external_id": external_id}
    run(tx, _RECORD_PART, {**values, "at": tx.now})


def count_parts(tx: Tx, message_id: str) -> int:
    """How many parts of a split message went out."""
    return int(value(tx, _COUNT_PARTS, {"id": message_id}))


def insert_session(tx: Tx, **values: object) -> None:
    """Add a web-chat visitor's session."""
    tx.conn.execute(sa.insert(chat_session).values(created_at=tx.now, **values))


def get_session(tx: Tx, token_hash: str) -> Any | None:
    """A session's row (channel_account, contact_id, locale, expires_at)."""
    return tx.conn.execute(
        sa.select(chat_session).where(chat_session.c.token_hash == token_hash)
    ).first()


def delete_sessions(tx: Tx, expired_before: datetime, limit: int) -> int:
    """Remove web-chat sessions that ended before, so many at most; how many."""
    key = chat_session.c.token_hash
    ended = sa.select(key).where(chat_session.c.expires_at < expired_before).limit(limit)
    gone = sa.delete(chat_session).where(key.in_(ended))
    return len(tx.conn.execute(gone.returning(key)).all())
