"""What is known of a contact's reply window."""

from __future__ import annotations

import sqlalchemy as sa

from backend.kit.schema import UtcTime, metadata

reply_window = sa.Table(
    "reply_window",
    metadata,
    sa.Column("contact_id", sa.ForeignKey("contact.id"), primary_key=True),
    sa.Column("opened_at", UtcTime, comment="the customer's latest message, by the vendor's clock"),
    sa.Column("used", sa.Integer, nullable=False, comment="messages sent to him since"),
    sa.Column("session", sa.String(12), nullable=False, comment="ours, queued, servicer, ended"),
    sa.Column("servicer", sa.String(64), comment="who answers at the vendor's, if one does"),
    sa.Column("event_code", sa.String(200), comment="the vendor's permission to write first, once"),
    sa.Column("event_code_at", UtcTime),
    sa.Column("updated_at", UtcTime, nullable=False),
    comment="only for contacts of channels that limit when and how often we may write",
)
