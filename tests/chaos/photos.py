"""Photos that customers send: small real JPEGs, each number its own."""

from __future__ import annotations

from functools import cache

from tests.support import pictures


@cache
def photo(number: int) -> bytes:
    """A JPEG of 160 × 120."""
    return pictures.photo(number, (160, 120))
