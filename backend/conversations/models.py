"""Conversations, their messages and attachments.

Deduplication is the unique index on (channel_account, external_id): never check, then set.
"""

from __future__ import annotations

import sqlalchemy as sa

from backend.kit.schema import Json, UtcTime, metadata

conversation = sa.Table(
    "conversation",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("channel_account", sa.String(64), nullable=False),
    sa.Column("contact_id", sa.ForeignKey("contact.id"), nullable=False),
    sa.Column("status", sa.String(16), nullable=False, comment="bot, human, closed"),
    sa.Column("locale", sa.String(16), nullable=False),
    sa.Column("state", Json, comment="the dialog's state, as bot.dialogs.state writes it"),
    sa.Column("state_version", sa.Integer, nullable=False),
    sa.Column("last_seq", sa.Integer, nullable=False, comment="number of its latest message"),
    sa.Column("handoff_reason", sa.String(64)),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
)
_open = sa.text("status <> 'closed'")
sa.Index(
    "uq_conversation_open",
    conversation.c.contact_id,
    unique=True,
    postgresql_where=_open,
    sqlite_where=_open,
)
sa.Index(
    "ix_conversation_status_updated",
    conversation.c.status,
    conversation.c.updated_at,
    conversation.c.id,
)

message = sa.Table(
    "message",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversation.id"), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False, comment="1, 2, 3 … within the conversation"),
    sa.Column("channel_account", sa.String(64), nullable=False),
    sa.Column("external_id", sa.String(200), comment="the vendor's id; ours for outgoing ones"),
    sa.Column("author", sa.String(16), nullable=False, comment="customer, bot, agent, system"),
    sa.Column("author_name", sa.String(120)),
    sa.Column("body", Json, nullable=False, comment="inbound or outbound content, see bodies.py"),
    sa.Column("sent_at", UtcTime, nullable=False),
    sa.Column("provider_order", sa.BigInteger, comment="the vendor's running number"),
    sa.Column("turn_state", sa.String(12), comment="inbound: waiting, done, failed, unanswered"),
    sa.Column("delivery", sa.String(12), comment="outbound: pending, sent, failed, held"),
    sa.Column("delivery_detail", sa.String(300)),
    sa.Column("understood", Json, comment="what it was taken for"),
    sa.Column("answers", sa.String(32), comment="outbound: the message whose turn wrote it"),
    sa.Column("sent_with", sa.String(32), comment="held: the message it goes out with"),
    sa.UniqueConstraint("channel_account", "external_id"),
    sa.UniqueConstraint("conversation_id", "seq"),
)
_waiting = sa.text("turn_state = 'waiting'")
sa.Index(
    "ix_message_waiting",
    message.c.conversation_id,
    message.c.provider_order,
    postgresql_where=_waiting,
    sqlite_where=_waiting,
)
_pending = sa.text("delivery = 'pending'")
sa.Index(
    "ix_message_pending",
    message.c.channel_account,
    message.c.sent_at,
    postgresql_where=_pending,
    sqlite_where=_pending,
)
_held = sa.text("delivery = 'held'")
sa.Index(
    "ix_message_held",
    message.c.conversation_id,
    message.c.seq,
    postgresql_where=_held,
    sqlite_where=_held,
)

attachment = sa.Table(
    "attachment",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversation.id"), nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("media_type", sa.String(64), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False, comment="names the file in the storage"),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("name", sa.String(200), nullable=False, server_default=""),
    sa.Column("created_at", UtcTime, nullable=False),
)

delivered_part = sa.Table(
    "delivered_part",
    metadata,
    sa.Column("message_id", sa.ForeignKey("message.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("external_id", sa.String(200), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
)

chat_session = sa.Table(
    "chat_session",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("channel_account", sa.String(64), nullable=False),
    sa.Column("contact_id", sa.ForeignKey("contact.id"), nullable=False),
    sa.Column("locale", sa.String(16), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
)

busy_notice = sa.Table(
    "busy_notice",
    metadata,
    sa.Column("conversation_id", sa.ForeignKey("conversation.id"), primary_key=True),
    sa.Column("told_at", UtcTime, nullable=False),
    comment="who was told that answers take longer; emptied when it is calm again",
)
