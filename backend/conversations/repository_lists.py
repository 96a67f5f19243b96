"""SQL on lists of conversations, and on the words they are found by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from backend.conversations.models import conversation, message
from backend.conversations.search_models import conversation_search
from backend.customers.models import contact, customer
from backend.kit.db import Tx

STATUSES = ("bot", "human", "closed")
PREVIEW = 160
"""Characters of the latest message in a list."""
LATEST = 400
"""How many of its messages, the latest, a conversation is found by."""


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation as a list shows it: with who writes, and its latest message."""

    id: str
    channel_account: str
    status: str
    locale: str
    handoff_reason: str | None
    last_seq: int
    created_at: datetime
    updated_at: datetime
    customer_name: str
    last_text: str
    last_author: str | None


@dataclass(frozen=True, slots=True)
class FoundBy:
    """What a conversation is found by; `texts` latest first."""

    conversation_id: str
    status: str
    names: tuple[str | None, str | None]
    texts: Sequence[str]


_terms = conversation_search.terms


def page(
    tx: Tx, status: str | None, after: tuple[datetime, str] | None, limit: int
) -> Sequence[ConversationRow]:
    """Conversations of a status (None: of any), latest activity first, from behind `after`."""
    wanted = STATUSES if status is None else (status,)
    ids = sa.union_all(*(_latest(one, after, limit) for one in wanted))
    query = _rows().where(conversation.c.id.in_(sa.select(ids.subquery().c.id)))
    query = query.order_by(conversation.c.updated_at.desc(), conversation.c.id.desc())
    return [_read(row) for row in tx.conn.execute(query.limit(limit))]


def _latest(status: str, after: tuple[datetime, str] | None, limit: int) -> sa.Select[tuple[str]]:
    # One index serves each status and, joined, all of them: another would cost every turn.
    query = sa.select(conversation.c.id).where(conversation.c.status == status)
    if after is not None:
        bound = sa.tuple_(
            sa.literal(after[0], conversation.c.updated_at.type),
            sa.literal(after[1], conversation.c.id.type),
        )
        query = query.where(sa.tuple_(conversation.c.updated_at, conversation.c.id) < bound)
    query = query.order_by(conversation.c.updated_at.desc(), conversation.c.id.desc())
    return sa.select(query.limit(limit).subquery().c.id)


def count(tx: Tx, status: str | None, most: int) -> int:
    """How many conversations have a status, counted up to `most`."""
    query = sa.select(sa.literal(1)).select_from(conversation)
    if status is not None:
        query = query.where(conversation.c.status == status)
    counted = sa.select(sa.func.count()).select_from(query.limit(most).subquery())
    return tx.conn.execute(counted).scalar_one()


def at_places(tx: Tx, seqs: Sequence[int]) -> Sequence[ConversationRow]:
    """Conversations at these places of the search index, in falling order."""
    query = _rows().join(_terms, _terms.c.owner_id == conversation.c.id)
    query = query.where(_terms.c.seq.in_(seqs)).order_by(_terms.c.seq.desc())
    return [_read(row) for row in tx.conn.execute(query)]


def by_id(tx: Tx, conversation_id: str) -> ConversationRow | None:
    """One conversation."""
    row = tx.conn.execute(_rows().where(conversation.c.id == conversation_id)).first()
    return _read(row) if row else None


def found_by(tx: Tx, ids: Sequence[str]) -> Sequence[FoundBy]:
    """What these conversations are found by."""
    texts: dict[str, list[str]] = defaultdict(list)
    for row in tx.conn.execute(_texts(ids)):
        texts[row.conversation_id] += filter(None, (row.text, row.label))
    query = (
        sa.select(
            conversation.c.id,
            conversation.c.status,
            contact.c.display_name,
            customer.c.name,
        )
        .join(contact, contact.c.id == conversation.c.contact_id)
        .outerjoin(customer, customer.c.id == contact.c.customer_id)
        .where(conversation.c.id.in_(ids))
    )
    return [
        FoundBy(row.id, row.status, (row.display_name, row.name), texts[row.id])
        for row in tx.conn.execute(query)
    ]


def _texts(ids: Sequence[str]) -> sa.Select[tuple[str, str | None, str | None]]:
    """What was said, written or pressed, latest first."""
    return (
        sa.select(
            message.c.conversation_id,
            message.c.body["text"].as_string().label("text"),
            message.c.body["label"].as_string().label("label"),
        )
        .join(conversation, conversation.c.id == message.c.conversation_id)
        .where(conversation.c.id.in_(ids), message.c.seq > conversation.c.last_seq - LATEST)
        .order_by(message.c.conversation_id, message.c.seq.desc())
    )


def _rows() -> sa.Select[tuple[object, ...]]:
    own = [
        conversation.c[name]
        for name in ConversationRow.__dataclass_fields__
        if name in conversation.c
    ]
    latest = sa.and_(
        message.c.conversation_id == conversation.c.id, message.c.seq == conversation.c.last_seq
    )
    text, label = message.c.body["text"].as_string(), message.c.body["label"].as_string()
    said = sa.func.coalesce(sa.func.nullif(text, ""), label, "")
    return (
        sa.select(
            *own,
            sa.func.coalesce(customer.c.name, contact.c.display_name, "").label("customer_name"),
            sa.func.substr(said, 1, PREVIEW).label("last_text"),
            message.c.author.label("last_author"),
        )
        .join(contact, contact.c.id == conversation.c.contact_id)
        .outerjoin(customer, customer.c.id == contact.c.customer_id)
        .outerjoin(message, latest)
    )


def _read(row: sa.Row[tuple[object, ...]]) -> ConversationRow:
    return ConversationRow(**row._mapping)
