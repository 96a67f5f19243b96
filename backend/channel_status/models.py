"""What is known of each channel account, shared by all processes."""

from __future__ import annotations

import sqlalchemy as sa

from backend.kit.schema import UtcTime, metadata

channel_status = sa.Table(
    "channel_status",
    metadata,
    sa.Column("account_id", sa.String(64), primary_key=True),
    sa.Column("state", sa.String(12), nullable=False, comment="ok, degraded, down"),
    sa.Column("error_code", sa.String(64), comment="our word for the vendor's complaint"),
    sa.Column("error_detail", sa.String(300), comment="the vendor's own words, without secrets"),
    sa.Column("since", UtcTime, nullable=False, comment="in this state since"),
    sa.Column("judged_at", UtcTime, comment="when the vendor's last answer came"),
    sa.Column("last_in_at", UtcTime),
    sa.Column("last_out_at", UtcTime),
    sa.Column("checked_at", UtcTime, comment="the vendor was last asked about the account"),
    sa.Column("identity", sa.String(120), comment="the account's name at the vendor"),
)
