"""Evidence photos: judged by their content, re-encoded, stripped of everything but pixels.

What a customer sends is never served as it came: no EXIF (places, devices), no polyglot files.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 2_400
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


class RejectedImage(Exception):
    """`reason`: not_an_image, too_large, too_many_pixels."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class CleanImage:
    """A re-encoded JPEG; at most MAX_SIDE pixels a side, upright."""

    content: bytes
    media_type: str
    width: int
    height: int


def clean_image(raw: bytes) -> CleanImage:
    """Decode, turn upright, shrink, re-encode as JPEG. CPU-bound: call it in a thread.

    Raises: RejectedImage.
    """
    if len(raw) > MAX_BYTES:
        raise RejectedImage("too_large")
    try:
        with warnings.catch_warnings():
            # Pillow only warns between its limit and twice that; ours is checked below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise RejectedImage("too_many_pixels")
                image.draft("RGB", (MAX_SIDE, MAX_SIDE))
                upright = ImageOps.exif_transpose(image)
                upright.thumbnail((MAX_SIDE, MAX_SIDE))
                flat = _on_white(upright)
    except Image.DecompressionBombError as error:
        raise RejectedImage("too_many_pixels") from error
    except RejectedImage:
        raise
    except Exception as error:  # decoders stumble over forged data in ways nobody lists
        raise RejectedImage("not_an_image") from error
    buffer = io.BytesIO()
    flat.save(buffer, "JPEG", quality=85, optimize=True)
    return CleanImage(buffer.getvalue(), "image/jpeg", flat.width, flat.height)


def _on_white(image: Image.Image) -> Image.Image:
    """A copy without transparency (and without the info that carried metadata)."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        flat = Image.new("RGB", rgba.size, "white")
        flat.paste(rgba, mask=rgba.getchannel("A"))
        return flat
    flat = Image.new("RGB", image.size)
    flat.paste(image.convert("RGB"))
    return flat
