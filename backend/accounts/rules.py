"""Secrets, addresses and limits of signing in. Pure but for the randomness."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from datetime import timedelta

SESSION_LENGTH = timedelta(hours=12)
"""A session ends this long after it was last used."""
SLIDE_AFTER = timedelta(minutes=5)
"""How stale a session's end may get before it is written anew: not at every request."""
FAILURES_ALLOWED = 10
FAILURES_OF_ADDRESS = 50
"""More than of one e-mail: a whole office may share an address."""
FAILURES_WINDOW = timedelta(minutes=15)
KEY_MARK = "aftercare"
PASSWORD_LENGTH = (10, 200)


def new_secret() -> str:
    """256 random bits, for a cookie or a header."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored of a random secret. SHA-256 is enough: nobody can try 2^256 of them."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def same_digest(secret: str, known: str) -> bool:
    """Whether the secret is the one with this digest, in constant time."""
    return hmac.compare_digest(digest(secret), known)


def new_key_prefix() -> str:
    """The public name of an API key."""
    return secrets.token_hex(6)


def compose_key(prefix: str, secret: str) -> str:
    """`aftercare_<prefix>_<secret>`: the mark lets scanners find keys that leaked."""
    return f"{KEY_MARK}_{prefix}_{secret}"


def split_key(key: str) -> tuple[str, str] | None:
    """Prefix and secret of an API key; None if it isn't one."""
    parts = key.split("_", 2)
    if len(parts) != 3 or parts[0] != KEY_MARK or not parts[1].isascii() or len(parts[1]) > 16:
        return None
    return parts[1], parts[2]


def address_key(address: str) -> str:
    """What counts as one place to log in from: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(found)
