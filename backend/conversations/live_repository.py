"""The SQL behind live connections and busy notices: for many conversations in one question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from backend.conversations.models import busy_notice, conversation, message
from backend.conversations.repository import Message
from backend.kit.db import Tx
from backend.kit.sql import Upsert

_ids: sa.BindParameter[Sequence[str]] = sa.bindparam("ids", expanding=True)
_places: sa.BindParameter[Sequence[tuple[str, int]]] = sa.bindparam("places", expanding=True)
_LATEST = sa.select(conversation.c.id, conversation.c.last_seq).where(conversation.c.id.in_(_ids))
_MESSAGES = (
    sa.select(*[message.c[name] for name in Message.__dataclass_fields__])
    .where(sa.tuple_(message.c.conversation_id, message.c.seq).in_(_places))
    .order_by(message.c.conversation_id, message.c.seq)
)
_TELL_BUSY = Upsert(
    busy_notice,
    ["conversation_id", "told_at"],
    lambda insert: insert.on_conflict_do_nothing(index_elements=["conversation_id"]).returning(
        busy_notice.c.conversation_id
    ),
)


def latest_numbers(tx: Tx, conversation_ids: Sequence[str]) -> Mapping[str, int]:
    """The number of the last message of each; unknown ids are left out."""
    rows = tx.conn.execute(_LATEST, {"ids": list(conversation_ids)})
    return {row.id: row.last_seq for row in rows}


def messages_at(tx: Tx, places: Sequence[tuple[str, int]]) -> Sequence[Message]:
    """The messages with these (conversation, number), by conversation and number."""
    return [Message(*row) for row in tx.conn.execute(_MESSAGES, {"places": list(places)})]


def note_busy(tx: Tx, conversation_id: str) -> bool:
    """Keep that this customer is told that answers take longer. False: he was told before."""
    values = {"conversation_id": conversation_id, "told_at": tx.now}
    return tx.conn.execute(_TELL_BUSY(tx), values).first() is not None


def forget_busy(tx: Tx) -> None:
    """It is calm again: the next time everybody is told anew."""
    tx.conn.execute(sa.delete(busy_notice))
