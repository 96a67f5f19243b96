"""What an entry's hash covers, and what data an entry may hold. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64
"""What the first entry names as the hash before it."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing done. `subject` is `<kind>:<id>`; `data` holds no floats; hashes are hex."""

    seq: int
    at: datetime
    actor_kind: str
    actor_id: str
    actor_name: str
    action: str
    subject: str
    data: Mapping[str, Any]
    prev_hash: str
    hash: str


HASHED = tuple(column.name for column in fields(AuditEntry) if column.name != "hash")


def entry_hash(row: Mapping[str, Any]) -> str:
    """SHA-256 over the HASHED columns as canonical JSON (sorted, no spaces, ASCII, UTC)."""
    content = {name: row[name] for name in HASHED}
    content["at"] = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def is_intact(entry: AuditEntry, seq: int, prev_hash: str) -> bool:
    """Whether the entry is the one that was written as `seq` after the one with `prev_hash`."""
    row = {name: getattr(entry, name) for name in HASHED}
    return entry.seq == seq and entry.prev_hash == prev_hash and entry.hash == entry_hash(row)


def clean_text(text: str, limit: int | None = None) -> str:
    """The text as every database stores it: no NUL, no half of a surrogate pair, cut to `limit`."""
    whole = text.replace("\x00", "�").encode("utf-8", "replace").decode("utf-8")
    return whole if limit is None else whole[:limit]


def clean_data(value: Any) -> Any:
    """The value as it comes back from a JSON column, so that its hash can be computed again.

    Raises: TypeError for what has no exact form there (floats: money is an integer).
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {clean_text(str(key)): clean_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_data(item) for item in value]
    raise TypeError(f"an audit entry can't hold a {type(value).__name__}")
