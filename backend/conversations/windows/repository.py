"""The only SQL on reply windows, and on messages that wait for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.conversations.models import conversation, delivered_part, message
from backend.conversations.windows.models import reply_window
from backend.conversations.windows.rules import Window
from backend.kit.db import Tx

_columns = [reply_window.c[name] for name in Window.__dataclass_fields__]
_GET = sa.select(*_columns).where(reply_window.c.contact_id == sa.bindparam("contact_id"))


@dataclass(frozen=True, slots=True)
class Held:
    """A message that could not be sent. `parts`: how many of its parts had gone out."""

    id: str
    conversation_id: str
    seq: int
    body: Mapping[str, Any]
    parts: int


def get(tx: Tx, contact_id: str) -> Window | None:
    """What is known of a contact's window."""
    row = tx.conn.execute(_GET, {"contact_id": contact_id}).first()
    return Window(*row) if row else None


def put(tx: Tx, contact_id: str, window: Window) -> None:
    """Remember it. The caller holds the contact's lock, or nobody else may be writing."""
    values = {**asdict(window), "updated_at": tx.now}
    insert = postgresql.insert if tx.is_postgres else sqlite.insert
    statement = insert(reply_window).values(contact_id=contact_id, **values)
    tx.conn.execute(statement.on_conflict_do_update(index_elements=["contact_id"], set_=values))


def count_sent(tx: Tx, contact_id: str, opened_at: Any) -> None:
    """One more of ours went out in the window of `opened_at`, unless it was opened anew since."""
    tx.conn.execute(
        sa.update(reply_window)
        .where(reply_window.c.contact_id == contact_id, reply_window.c.opened_at == opened_at)
        .values(used=reply_window.c.used + 1, updated_at=tx.now)
    )


def held(tx: Tx, contact_id: str) -> Sequence[Held]:
    """A contact's held messages, in the order they were written."""
    parts = (
        sa.select(sa.func.count())
        .where(delivered_part.c.message_id == message.c.id)
        .scalar_subquery()
    )
    rows = tx.conn.execute(
        sa.select(message.c.id, message.c.conversation_id, message.c.seq, message.c.body, parts)
        .join(conversation, conversation.c.id == message.c.conversation_id)
        .where(conversation.c.contact_id == contact_id, message.c.delivery == "held")
        .order_by(conversation.c.created_at, conversation.c.id, message.c.seq)
    )
    return [Held(*row) for row in rows]


def together(tx: Tx, leader_id: str) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """(id, body) of the messages that go out with another one, in order."""
    rows = tx.conn.execute(
        sa.select(message.c.id, message.c.body)
        .where(message.c.sent_with == leader_id)
        .order_by(message.c.seq)
    )
    return [(row.id, row.body) for row in rows]


def leader_of(tx: Tx, message_id: str) -> str | None:
    """The message that this one goes out with."""
    found: str | None = tx.conn.execute(
        sa.select(message.c.sent_with).where(message.c.id == message_id)
    ).scalar_one_or_none()
    return found


def put_back(tx: Tx, ids: Sequence[str]) -> None:
    """Held messages are pending again; those behind the first go out with it."""
    leader, *others = ids
    tx.conn.execute(
        sa.update(message)
        .where(message.c.id.in_(ids))
        .values(delivery="pending", delivery_detail=None, sent_with=None)
    )
    if others:
        tx.conn.execute(sa.update(message).where(message.c.id.in_(others)).values(sent_with=leader))


def close(tx: Tx, ids: Sequence[str], delivery: str, detail: str | None) -> None:
    """What became of messages that were to go out together. One that the vendor has meanwhile told
    to have failed stays so."""
    values: dict[str, object] = {"delivery": delivery, "delivery_detail": detail}
    if delivery == "held":
        values["sent_with"] = None
    pending = sa.update(message).where(message.c.id.in_(ids), message.c.delivery == "pending")
    tx.conn.execute(pending.values(**values))


def details(tx: Tx, conversation_id: str) -> Mapping[str, str]:
    """Why messages of a conversation were not sent: id -> what is known."""
    rows = tx.conn.execute(
        sa.select(message.c.id, message.c.delivery_detail).where(
            message.c.conversation_id == conversation_id,
            message.c.delivery.in_(("held", "failed")),
            message.c.delivery_detail.is_not(None),
        )
    )
    return {row.id: row.delivery_detail for row in rows}


def count_held(tx: Tx, conversation_id: str) -> int:
    """How many messages of a conversation wait."""
    return tx.conn.execute(
        sa.select(sa.func.count()).where(
            message.c.conversation_id == conversation_id, message.c.delivery == "held"
        )
    ).scalar_one()
