"""What can be said of a photo by looking at it, and when two are the same picture. Pure.

The print is a difference hash: of 9 × 9 grey fields, whether each is darker than the next one to
the right, and than the next one below; 128 bits. Prints that share one of their eight words of 16
bits are compared in full, by 64 × 64 grey values with brightness and contrast taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from backend.kit.images import GREY_SIDE, Look

if TYPE_CHECKING:
    import numpy as np

    Grid = np.ndarray[Any, np.dtype[np.float32]]

# Measured on drawn scenes and screenshots, made dark, even, noisy and blurred (docs/guides/
# evidence.md): set where nothing a person could make out is refused.
DARK: Final = 25.0
DARK_BRIGHT: Final = 45
EVEN: Final = 3.0
SOFT: Final = 5
"""Of `Look.edges`. A sharp picture has 80 and more, one out of focus by 6 of 800 pixels 5."""

FIELDS: Final = 9
STEP: Final = 0.06
"""Of the standard deviation: fields that differ by less count as equal, or noise would flip bits
of a plain background."""
WORDS: Final = 8
NO_EDGE: Final = 0
NO_PRINT: Final = "0" * 32
"""By which no picture is found."""

MAX_BITS: Final = 16
"""Of 128 bits that may differ. The same picture encoded anew, smaller or brighter: 0 to 3; two
pictures that have nothing to do with one another: 27 and more."""
MEAN_DIFFERENCE: Final = 7.0
MOST_DIFFER_BY: Final = 45.0
ANY_DIFFERS_BY: Final = 110.0
"""Grey values at a standard deviation of 64: of all on average, of 99 in 100, of any. Screenshots
of the same page with another order on it differ by 200 in a few places."""

NUDE: Final = 0.5
"""From this score on a photo is hidden until somebody of the shop chooses to see it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A photo's print and grey values."""

    print: str
    grey: bytes


def why_useless(look: Look) -> str | None:
    """Why nobody could make anything out on it: too_dark, blank, blurred; None if somebody may."""
    if look.mean < DARK and look.bright < DARK_BRIGHT:
        return "too_dark"
    if look.spread < EVEN:
        return "blank"
    if look.edges <= SOFT:
        return "blurred"
    return None


def print_of(grey: bytes) -> str:
    """The perceptual hash of 64 × 64 grey values, in hex."""
    import numpy as np

    even = _even(grey)
    # Bounds of nine bands of 64 rows; their means are the fields.
    bounds = [round(band * GREY_SIDE / FIELDS) for band in range(FIELDS)]
    widths = np.diff([*bounds, GREY_SIDE])
    rows = np.add.reduceat(even, bounds, axis=0) / widths[:, None]
    fields = np.add.reduceat(rows, bounds, axis=1) / widths[None, :] / 64
    across = fields[:-1, 1:] - fields[:-1, :-1] > STEP
    down = fields[1:, :-1] - fields[:-1, :-1] > STEP
    return np.packbits(np.concatenate([across.ravel(), down.ravel()])).tobytes().hex()


def words_of(print_: str) -> list[int]:
    """What the print is found by: its eight words, each with its place; those of a plain
    background left out, which half of all screenshots have."""
    words = [int(print_[at : at + 4], 16) for at in range(0, 4 * WORDS, 4)]
    return [(place << 16) | word for place, word in enumerate(words) if word != NO_EDGE]


def is_same(one: Seen, other: Seen) -> bool:
    """Whether both show the same picture: encoded anew, shrunk, or made brighter."""
    import numpy as np

    if (int(one.print, 16) ^ int(other.print, 16)).bit_count() > MAX_BITS:
        return False
    differences = np.abs(_even(one.grey) - _even(other.grey))
    return bool(
        differences.mean() <= MEAN_DIFFERENCE
        and np.percentile(differences, 99) <= MOST_DIFFER_BY
        and differences.max() <= ANY_DIFFERS_BY
    )


def is_hidden(nudity: float | None, opened: bool) -> bool:
    """Whether it is shown only to who asks for it."""
    return nudity is not None and nudity >= NUDE and not opened


def lock_keys(prints: Sequence[str]) -> list[int]:
    """What to lock so that the same picture is looked for by one transaction at a time, in an order
    all keep to: the words by which it is found. Encoded anew, its print may differ in any bit."""
    return sorted({word for one in prints for word in words_of(one)})


def _even(grey: bytes) -> Grid:
    """As rows, with mean 0 and standard deviation 64; noise of a plain picture is not blown up."""
    import numpy as np

    values = np.frombuffer(grey, np.uint8).reshape(GREY_SIDE, GREY_SIDE).astype(np.float32)
    centred: Grid = (values - values.mean()) / max(float(values.std()), 8.0) * 64
    return centred
