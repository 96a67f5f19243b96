"""The files that conversations name, made up: photos with something on them, and what is none."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Final

from PIL import Image, ImageDraw

from backend.kit.images import MAX_BYTES

SIZE: Final = (320, 240)
_BOXES: Final = 8


def file_named(name: str) -> bytes:
    """The bytes of a file a conversation names: by another name it is another photo."""
    match name:
        case "not_an_image.txt":
            return b"I am a text, whatever my name says."
        case "huge.jpg":
            return _photo(1) + b"\x00" * MAX_BYTES
        case "bomb.png":
            return _bomb()
        case "blank.jpg":
            return _jpeg(Image.new("RGB", SIZE, "white"))
        case "dark.jpg":
            return _jpeg(Image.eval(_scene(1), lambda value: value // 40))
        case _:
            return _photo(zlib.crc32(name.encode()))


def _photo(seed: int) -> bytes:
    return _jpeg(_scene(seed))


def _scene(seed: int) -> Image.Image:
    """Boxes whose places and colours follow from the seed."""
    image = Image.linear_gradient("L").resize(SIZE).convert("RGB")
    brush = ImageDraw.Draw(image)
    width, height = SIZE
    for number in range(_BOXES):
        bits = zlib.crc32(f"{seed}:{number}".encode())
        left, top = bits % width, (bits >> 8) % height
        box = (left, top, left + 20 + (bits >> 16) % 90, top + 15 + (bits >> 20) % 70)
        brush.rectangle(box, fill=(bits & 255, (bits >> 11) & 255, (bits >> 19) & 255))
    return image


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG")
    return buffer.getvalue()


def _bomb() -> bytes:
    """A PNG that claims 100,000 × 100,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")
