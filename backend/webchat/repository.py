"""Who a chat token speaks for, in one question: it is asked at every call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from backend.conversations.models import chat_session, conversation
from backend.customers.models import contact, customer
from backend.customers.repository import Contact
from backend.kit.db import Tx


@dataclass(frozen=True, slots=True)
class FoundVisitor:
    """A session's row with what hangs on it. Without an open conversation: None, 0 and the
    session's locale."""

    contact: Contact
    channel_account: str
    expires_at: datetime
    customer_external_id: str | None
    customer_name: str | None
    conversation_id: str | None
    last_seq: int
    locale: str


_CONTACT = tuple(Contact.__dataclass_fields__)
_FIND = (
    sa.select(
        *[contact.c[name] for name in _CONTACT],
        chat_session.c.channel_account.label("session_account"),
        chat_session.c.expires_at,
        customer.c.external_id.label("customer_external_id"),
        customer.c.name.label("customer_name"),
        conversation.c.id.label("conversation_id"),
        sa.func.coalesce(conversation.c.last_seq, 0),
        sa.func.coalesce(conversation.c.locale, chat_session.c.locale),
    )
    .select_from(chat_session)
    .join(contact, contact.c.id == chat_session.c.contact_id)
    .outerjoin(customer, customer.c.id == contact.c.customer_id)
    .outerjoin(
        conversation,
        sa.and_(
            conversation.c.contact_id == contact.c.id,
            sa.text("conversation.status <> 'closed'"),  # the words of the partial index
        ),
    )
    .where(chat_session.c.token_hash == sa.bindparam("token_hash"))
)


def find_visitor(tx: Tx, token_hash: str) -> FoundVisitor | None:
    """The session with this hash; an ended one too."""
    row = tx.conn.execute(_FIND, {"token_hash": token_hash}).first()
    if row is None:
        return None
    return FoundVisitor(Contact(*row[: len(_CONTACT)]), *row[len(_CONTACT) :])
