"""Ids, injected: time-ordered (UUIDv7, RFC 9562) so that indexes grow at one end."""

from __future__ import annotations

import os
import time
import uuid
from itertools import count
from typing import Protocol


class Ids(Protocol):
    """Makes a new id, ≤ 32 characters of [0-9a-z]."""

    def new(self) -> str: ...


class TimeOrderedIds:
    """UUIDv7 as 32 hex characters: 48 bits of milliseconds, then 74 random bits."""

    def new(self) -> str:
        millis = time.time_ns() // 1_000_000
        value = (millis << 80) | int.from_bytes(os.urandom(10), "big")
        value = (value & ~(0xF << 76)) | (0x7 << 76)
        value = (value & ~(0x3 << 62)) | (0x2 << 62)
        return uuid.UUID(int=value).hex


class CountingIds:
    """Predictable ids for tests: `id000001`, `id000002` …"""

    def __init__(self) -> None:
        self._next = count(1)

    def new(self) -> str:
        return f"id{next(self._next):06d}"
