"""Sessions of web-chat visitors: an opaque token, stored only as its hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from backend.conversations import repository
from backend.kit.db import Tx
from backend.kit.errors import Unauthorized

LIFETIME = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ChatSession:
    """Who a token speaks for."""

    channel_account: str
    contact_id: str
    locale: str


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(tx: Tx, channel_account: str, contact_id: str, locale: str) -> str:
    """A new token for a contact, valid for 30 days."""
    token = secrets.token_urlsafe(32)
    repository.insert_session(
        tx,
        token_hash=digest(token),
        channel_account=channel_account,
        contact_id=contact_id,
        locale=locale,
        expires_at=tx.now + LIFETIME,
    )
    return token


def session_of(tx: Tx, token: str) -> ChatSession:
    """Who the token speaks for. Raises: Unauthorized."""
    row = repository.get_session(tx, digest(token))
    if row is None or row.expires_at <= tx.now:
        raise Unauthorized("unknown_session", "this chat session is unknown or has ended")
    return ChatSession(row.channel_account, row.contact_id, row.locale)


def prune_sessions(tx: Tx, limit: int = 1_000) -> int:
    """Forget sessions that have ended, so many at most; how many."""
    return repository.delete_sessions(tx, tx.now, limit)
