"""Photos that customers send: small real JPEGs, each number its own."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image


@cache
def photo(number: int) -> bytes:
    """A JPEG of 160 × 120."""
    buffer = io.BytesIO()
    Image.new("RGB", (160, 120), (40 * number % 256, 90, 60)).save(buffer, "JPEG")
    return buffer.getvalue()
