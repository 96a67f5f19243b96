"""People who work at the shop, their sessions, and keys for its programs."""

from __future__ import annotations

import sqlalchemy as sa

from backend.kit.schema import BigId, UtcTime, metadata

account = sa.Table(
    "account",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("email", sa.String(254), nullable=False, unique=True, comment="normalised"),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("role", sa.String(16), nullable=False, comment="agent, supervisor, manager, admin"),
    sa.Column("locale", sa.String(16), nullable=False),
    sa.Column("password_hash", sa.String(200), nullable=False, comment="argon2id, PHC string"),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True, comment="SHA-256 of the token"),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False, index=True),
)

api_key = sa.Table(
    "api_key",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("prefix", sa.String(16), nullable=False, unique=True, comment="names it in the key"),
    sa.Column("secret_hash", sa.String(64), nullable=False, comment="SHA-256; 256 random bits"),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("created_by", sa.String(64), nullable=False, comment="the actor's id"),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("revoked_at", UtcTime),
)

login_failure = sa.Table(
    "login_failure",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("email_key", sa.String(64), nullable=False, comment="SHA-256 of what was typed"),
    sa.Column("address", sa.String(45), nullable=False, comment="IPv4, or the /64 of an IPv6"),
    sa.Column("at", UtcTime, nullable=False, index=True),
)
sa.Index("ix_login_failure_email", login_failure.c.email_key, login_failure.c.at)
sa.Index("ix_login_failure_address", login_failure.c.address, login_failure.c.at)
