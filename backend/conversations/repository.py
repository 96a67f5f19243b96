"""The only SQL on conversations, messages and attachments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.conversations.models import (
    attachment,
    chat_session,
    conversation,
    delivered_part,
    message,
)
from backend.kit.db import Tx


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


def _insert(tx: Tx, table: sa.Table) -> Any:
    return postgresql.insert(table) if tx.is_postgres else sqlite.insert(table)


def get(tx: Tx, conversation_id: str, *, lock: bool = False) -> Conversation | None:
    """One conversation; `lock` holds its row until the commit."""
    query = sa.select(*_conversation_columns).where(conversation.c.id == conversation_id)
    row = tx.conn.execute(query.with_for_update() if lock else query).first()
    return Conversation(**row._mapping) if row else None


def open_of_contact(tx: Tx, contact_id: str, *, lock: bool = False) -> Conversation | None:
    """The contact's conversation that is not closed: there is at most one."""
    query = sa.select(*_conversation_columns).where(
        conversation.c.contact_id == contact_id, conversation.c.status != "closed"
    )
    row = tx.conn.execute(query.with_for_update() if lock else query).first()
    return Conversation(**row._mapping) if row else None


def create(tx: Tx, contact_id: str, channel_account: str, locale: str) -> Conversation:
    """A new conversation with the bot."""
    created = Conversation(
        tx.ids.new(), channel_account, contact_id, "bot", locale, None, 0, 0, None
    )
    tx.conn.execute(
        sa.insert(conversation).values(
            **{name: getattr(created, name) for name in Conversation.__dataclass_fields__},
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    return created


def update(tx: Tx, conversation_id: str, **values: object) -> None:
    """Set columns of a conversation."""
    tx.conn.execute(
        sa.update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(updated_at=tx.now, **values)
    )


def insert_message(tx: Tx, values: Mapping[str, object]) -> bool:
    """Add a message. False: (channel account, external id) was there before."""
    statement = (
        _insert(tx, message)
        .values(values)
        .on_conflict_do_nothing(index_elements=["channel_account", "external_id"])
    )
    return tx.conn.execute(statement.returning(message.c.id)).first() is not None


def by_external_id(tx: Tx, channel_account: str, external_id: str) -> Message | None:
    """The message a vendor's id names."""
    row = tx.conn.execute(
        sa.select(*_message_columns).where(
            message.c.channel_account == channel_account, message.c.external_id == external_id
        )
    ).first()
    return Message(**row._mapping) if row else None


def get_message(tx: Tx, message_id: str) -> Message | None:
    """One message."""
    row = tx.conn.execute(sa.select(*_message_columns).where(message.c.id == message_id)).first()
    return Message(**row._mapping) if row else None


def waiting(tx: Tx, conversation_id: str) -> Sequence[Message]:
    """Customer messages no turn was taken for yet, in the provider's order."""
    rows = tx.conn.execute(
        sa.select(*_message_columns)
        .where(message.c.conversation_id == conversation_id, message.c.turn_state == "waiting")
        .order_by(message.c.provider_order, message.c.seq)
    ).all()
    return [Message(**row._mapping) for row in rows]


def update_messages(tx: Tx, ids: Sequence[str], **values: object) -> None:
    """Set columns of messages."""
    tx.conn.execute(sa.update(message).where(message.c.id.in_(ids)).values(**values))


def page_after(tx: Tx, conversation_id: str, after: int, limit: int) -> Sequence[Message]:
    """Messages with seq > after, ascending."""
    rows = tx.conn.execute(
        sa.select(*_message_columns)
        .where(message.c.conversation_id == conversation_id, message.c.seq > after)
        .order_by(message.c.seq)
        .limit(limit)
    ).all()
    return [Message(**row._mapping) for row in rows]


def page_before(tx: Tx, conversation_id: str, before: int, limit: int) -> Sequence[Message]:
    """The `limit` messages just before seq `before`, ascending."""
    rows = tx.conn.execute(
        sa.select(*_message_columns)
        .where(message.c.conversation_id == conversation_id, message.c.seq < before)
        .order_by(message.c.seq.desc())
        .limit(limit)
    ).all()
    return [Message(**row._mapping) for row in reversed(rows)]


def recent_options(tx: Tx, conversation_id: str, limit: int = 20) -> Mapping[str, str]:
    """Option value -> label of what was lately offered in a conversation."""
    rows = tx.conn.execute(
        sa.select(message.c.body)
        .where(message.c.conversation_id == conversation_id, message.c.author != "customer")
        .order_by(message.c.seq.desc())
        .limit(limit)
    ).scalars()
    labels: dict[str, str] = {}
    for body in rows:
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
    return {row.id: Attachment(**row._mapping) for row in rows}


def record_part(tx: Tx, message_id: str, number: int, external_id: str) -> None:
    """Remember that a part of a split message went out."""
    tx.conn.execute(
        _insert(tx, delivered_part)
        .values(message_id=message_id, number=number, external_id=external_id, at=tx.now)
        .on_conflict_do_nothing()
    )


def count_parts(tx: Tx, message_id: str) -> int:
    """How many parts of a split message went out."""
    return tx.conn.execute(
        sa.select(sa.func.count()).where(delivered_part.c.message_id == message_id)
    ).scalar_one()


def insert_session(tx: Tx, **values: object) -> None:
    """Add a web-chat visitor's session."""
    tx.conn.execute(sa.insert(chat_session).values(created_at=tx.now, **values))


def get_session(tx: Tx, token_hash: str) -> Any | None:
    """A session's row (channel_account, contact_id, locale, expires_at)."""
    return tx.conn.execute(
        sa.select(chat_session).where(chat_session.c.token_hash == token_hash)
    ).first()


def delete_sessions(tx: Tx, expired_before: datetime) -> None:
    """Remove web-chat sessions that ended before."""
    tx.conn.execute(sa.delete(chat_session).where(chat_session.c.expires_at < expired_before))
