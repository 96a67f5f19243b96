"""Photos that customers send: small real JPEGs, each customer's and each number its own. One that
another ticket has already would need a person to look at it."""

from __future__ import annotations

import zlib
from functools import cache

from tests.support import pictures


@cache
def photo(customer: str, number: int = 0) -> bytes:
    """A JPEG of 160 × 120."""
    return pictures.photo(zlib.crc32(f"{customer} {number}".encode()), (160, 120))
