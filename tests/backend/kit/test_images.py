"""Evidence photos are judged by content and carry nothing but pixels."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from backend.kit.images import MAX_BYTES, MAX_SIDE, RejectedImage, clean_image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def photo_with_place() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = 6  # turned by 90°
    exif.get_ifd(0x8825)[1] = "N"
    return encoded(Image.new("RGB", (120, 60), "red"), "JPEG", exif=exif)


def test_metadata_goes_and_the_photo_stands_upright() -> None:
    clean = clean_image(photo_with_place())
    with Image.open(io.BytesIO(clean.content)) as image:
        assert not image.getexif()
        assert (image.width, image.height) == (clean.width, clean.height) == (60, 120)
    assert b"SecretCamera" not in clean.content


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "JPEG"])
def test_every_common_format_becomes_a_jpeg(kind: str) -> None:
    clean = clean_image(encoded(Image.new("RGB", (20, 30), "blue"), kind))
    assert clean.media_type == "image/jpeg"
    assert clean.content.startswith(b"\xff\xd8")


def test_what_hides_behind_the_pixels_is_gone() -> None:
    raw = encoded(Image.new("RGB", (20, 30)), "JPEG") + b"<script>alert(1)</script>"
    assert b"<script>" not in clean_image(raw).content


def test_transparency_becomes_white() -> None:
    clean = clean_image(encoded(Image.new("RGBA", (10, 10), (0, 0, 0, 0)), "PNG"))
    with Image.open(io.BytesIO(clean.content)) as image:
        red, green, blue = image.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert min(red, green, blue) > 250


def test_large_photos_shrink() -> None:
    clean = clean_image(encoded(Image.new("RGB", (4000, 1000)), "JPEG"))
    assert (clean.width, clean.height) == (MAX_SIDE, 600)


def huge_png_header() -> bytes:
    """A PNG of 100,000 × 100,000 pixels in a hundred bytes."""
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not_an_image"),
        (b"hello, I am a photo.jpg", "not_an_image"),
        (b"%PDF-1.7\n%....", "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not_an_image"),
        (encoded(Image.new("RGB", (50, 50)), "JPEG")[:200], "not_an_image"),
        (b"\xff\xd8" + b"\x00" * (MAX_BYTES + 1), "too_large"),
        (huge_png_header(), "too_many_pixels"),
    ],
)
def test_what_is_not_a_photo_is_refused_with_its_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(RejectedImage) as refused:
        clean_image(raw)
    assert refused.value.reason == reason


def test_forged_exif_that_trips_the_decoder_is_refused_like_any_broken_photo() -> None:
    forged = bytearray(photo_with_place())
    forged[forged.index(b"Exif") + 6 + 11] = 0  # another type for the first tag's value
    with pytest.raises(RejectedImage, match="not_an_image"):
        clean_image(bytes(forged))
