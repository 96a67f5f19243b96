"""Evidence photos: judged by their content, re-encoded, stripped of everything but pixels.

What a customer sends is never served as it came: no EXIF (places, devices), no polyglot files.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageFilter, ImageOps, ImageStat

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 2_400
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
GREY_SIDE = 64
LOOKED_AT = 512
"""Pixels a side of the copy that brightness and sharpness are measured on."""

# The second derivative in both directions; 128 stands for none.
_LAPLACE = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)


class RejectedImage(Exception):
    """`reason`: not_an_image, too_large, too_many_pixels; from who looks at it: blank, too_dark,
    blurred."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Look:
    """What a picture looks like, in few figures. Grey values are 0…255.

    `grey`: GREY_SIDE × GREY_SIDE of them, row by row, whatever the picture's shape was. `mean` and
    `spread` (standard deviation) of all; `bright`: only one in a hundred pixels is brighter.
    `edges`: how much the sharpest thousandth of the pixels differ from the mean of their
    neighbours, times four (0…127): some 5 in a picture without a sharp edge.
    """

    grey: bytes
    mean: float
    spread: float
    bright: int
    edges: int


@dataclass(frozen=True, slots=True)
class CleanImage:
    """A re-encoded JPEG; at most MAX_SIDE pixels a side, upright."""

    content: bytes
    media_type: str
    width: int
    height: int
    look: Look


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
    return CleanImage(buffer.getvalue(), "image/jpeg", flat.width, flat.height, look_at(flat))


def look_at(image: Image.Image) -> Look:
    """Measure a picture. CPU-bound: some 10 ms."""
    grey = image.convert("L")
    small = grey.resize((GREY_SIDE, GREY_SIDE), Image.Resampling.BOX)
    grey.thumbnail((LOOKED_AT, LOOKED_AT))
    if min(grey.size) < 3:
        grey = small
    figures = ImageStat.Stat(grey)
    edges = grey.filter(_LAPLACE).crop((1, 1, grey.width - 1, grey.height - 1)).histogram()
    # Both signs of the derivative are as sharp.
    sharpness = [edges[128]] + [edges[128 + n] + edges[128 - n] for n in range(1, 128)]
    return Look(
        grey=small.tobytes(),
        mean=figures.mean[0],
        spread=figures.stddev[0],
        bright=_exceeded_by(grey.histogram(), 0.01),
        edges=_exceeded_by(sharpness, 0.001),
    )


def veiled(content: bytes) -> bytes:
    """A stored photo with nothing left but its colours. CPU-bound: some 20 ms."""
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        small = image.convert("RGB").resize((8, 8), Image.Resampling.BOX)
        large = small.resize(image.size, Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    large.save(buffer, "JPEG", quality=60)
    return buffer.getvalue()


def _exceeded_by(histogram: list[int], share: float) -> int:
    """The lowest value that at most `share` of what was counted exceeds."""
    left = sum(histogram) * share
    for value in range(len(histogram) - 1, 0, -1):
        left -= histogram[value]
        if left < 0:
            return value
    return 0


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
