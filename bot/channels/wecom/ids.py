"""Our names for messages at WeCom, which double as the keys that make a repeat harmless.

A kf `msgid` has at most 32 of `[0-9a-zA-Z_-]` and is unique for the account. Our ids are 32 hex
characters and a message may have several parts, so an id goes in base64 (22 characters) with the
number of the part behind. The way back matters: a failure is reported by msgid, and may come
before we noted that the part was sent.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

MAX_LENGTH = 32
_HEX = re.compile(r"[0-9a-f]{32}")
_FITS = re.compile(r"[0-9a-zA-Z-]{1,26}")
_OURS = re.compile(r"(?P<key>[0-9a-zA-Z_-]+)_(?P<part>[1-9][0-9]{0,4})")
_PACKED = 22


def msgid_of(key: str, part: int) -> str:
    """The msgid of part `part` (from 1) of the message with idempotency key `key`."""
    if _HEX.fullmatch(key):
        packed = base64.urlsafe_b64encode(bytes.fromhex(key)).decode().rstrip("=")
    elif _FITS.fullmatch(key) and len(key) != _PACKED:
        packed = key
    else:
        # No way back from here; ids of ours never look like this.
        packed = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:24]
    return f"{packed}_{part}"


def key_of(msgid: str) -> tuple[str, int] | None:
    """What `msgid_of` made `msgid` from; None when it did not."""
    match = _OURS.fullmatch(msgid)
    if match is None:
        return None
    packed, part = match["key"], int(match["part"])
    if len(packed) != _PACKED:
        return packed, part
    try:
        return base64.b64decode(packed + "==", altchars=b"-_", validate=True).hex(), part
    except binascii.Error:
        return None
