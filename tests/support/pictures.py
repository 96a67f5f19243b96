"""Pictures as customers send them: photos of things, screenshots, receipts. Drawn, not found."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

CJK_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)


def cjk_font() -> str | None:
    """A font of this machine that has Chinese characters; None if it has none where we know."""
    return next((name for name in CJK_FONTS if Path(name).exists()), None)


def scene(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """A picture with things on it; other seeds give pictures that have nothing in common."""
    dice = random.Random(seed)
    image = Image.new("RGB", size, tuple(dice.randrange(60, 200) for _ in range(3)))
    brush = ImageDraw.Draw(image)
    for _ in range(12):
        x, y = dice.randrange(size[0]), dice.randrange(size[1])
        width, height = (max(3, dice.randrange(side // 10, side // 2)) for side in size)
        draw = dice.choice([brush.ellipse, brush.rectangle])
        draw((x, y, x + width, y + height), fill=tuple(dice.randrange(256) for _ in range(3)))
    return image


def photo(seed: int, size: tuple[int, int] = (320, 240)) -> bytes:
    """Such a picture as a JPEG."""
    return jpeg(scene(seed, size))


def jpeg(image: Image.Image, quality: int = 85) -> bytes:
    """An image as a JPEG."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def screenshot(
    lines: Sequence[str], size: tuple[int, int] = (720, 1280), letters: int = 30
) -> Image.Image:
    """Lines of text from the top, as a telephone shows an order. Chinese needs `cjk_font`."""
    image = Image.new("RGB", size, "white")
    brush = ImageDraw.Draw(image)
    chinese = any("\u2e80" <= letter <= "\uffef" for line in lines for letter in line)
    name = cjk_font() if chinese else None
    font = ImageFont.truetype(name, letters) if name else ImageFont.load_default(letters)
    for number, line in enumerate(lines):
        brush.text((36, 80 + number * int(letters * 2.4)), line, fill=(30, 30, 30), font=font)
    return image
