"""What can be said of a photo by its looks, and which two are one picture."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image, ImageEnhance, ImageFilter

from backend.evidence.rules import (
    Seen,
    is_hidden,
    is_same,
    lock_keys,
    print_of,
    why_useless,
    words_of,
)
from backend.kit.images import clean_image
from tests.support.pictures import jpeg, scene, screenshot

SIZE = (800, 600)
ORDER = ["Order details", "Order no. DS20260518-0042", "Electric kettle", "$49.90", "Total $54.90"]


def seen(image: Image.Image, quality: int = 85) -> Seen:
    """As a customer's picture is seen once it was taken in."""
    look = clean_image(jpeg(image, quality)).look
    return Seen(print_of(look.grey), look.grey)


def useless(image: Image.Image) -> str | None:
    return why_useless(clean_image(jpeg(image)).look)


def noisy(level: float, noise: float) -> Image.Image:
    """A wall, or the inside of a pocket: nothing but what a sensor makes of it."""
    grain = Image.effect_noise(SIZE, noise * 2)
    return Image.eval(grain, lambda value: max(0, min(255, int(value - 128 + level)))).convert(
        "RGB"
    )


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (Image.new("RGB", SIZE, "white"), "blank"),
        (Image.new("RGB", SIZE, "teal"), "blank"),
        (noisy(120, 2), "blank"),
        (Image.new("RGB", SIZE, "black"), "too_dark"),
        (noisy(6, 3), "too_dark"),
        (ImageEnhance.Brightness(scene(1, SIZE)).enhance(0.1), "too_dark"),
        (scene(1, SIZE).filter(ImageFilter.GaussianBlur(10)), "blurred"),
        (scene(1, SIZE), None),
        (scene(2, (40, 30)), None),
        (ImageEnhance.Brightness(scene(1, SIZE)).enhance(0.4), None),
        (scene(1, SIZE).filter(ImageFilter.GaussianBlur(2)), None),
        (screenshot(["Where is my parcel?"]), None),
        (screenshot(ORDER), None),
    ],
)
def test_what_shows_nothing_is_of_no_use(image: Image.Image, reason: str | None) -> None:
    assert useless(image) == reason


@pytest.mark.parametrize(
    "changed",
    [
        lambda image: image,
        lambda image: image.resize((400, 300)),
        lambda image: ImageEnhance.Brightness(image).enhance(1.15),
        lambda image: ImageEnhance.Contrast(image).enhance(0.7),
    ],
    ids=["encoded", "shrunk", "brighter", "paler"],
)
@pytest.mark.parametrize("seed", [5, 6, 7])
def test_a_picture_is_known_again(changed: Callable[[Image.Image], Image.Image], seed: int) -> None:
    one, other = seen(scene(seed, SIZE)), seen(changed(scene(seed, SIZE)), 60)
    assert is_same(one, other)
    assert set(words_of(one.print)) & set(words_of(other.print))


def test_other_pictures_are_others() -> None:
    pictures = [seen(scene(seed, SIZE)) for seed in range(10, 22)]
    same = [(a, b) for a in range(12) for b in range(a) if is_same(pictures[a], pictures[b])]
    assert same == []


def test_a_screenshot_of_the_same_page_with_another_order_is_another() -> None:
    mine = seen(screenshot(ORDER))
    theirs = [line.replace("20260518-0042", "20260607-3981") for line in ORDER]
    assert is_same(mine, seen(screenshot(ORDER).resize((540, 960)), 60))
    assert not is_same(mine, seen(screenshot([*theirs[:3], "$1,249.00", "Total $1,254.00"])))


def test_a_plain_background_is_nothing_to_be_found_by() -> None:
    assert words_of("0" * 32) == []
    assert words_of("0001" + "0" * 28) == [1]
    assert words_of("0" * 28 + "00ff") == [(7 << 16) | 0xFF]


def test_locks_are_taken_in_one_order() -> None:
    keys = lock_keys(["0002" + "0" * 28, "0" * 32, "0" * 24 + "00010003"])
    assert keys == [2, 6 << 16 | 1, 7 << 16 | 3]


@pytest.mark.parametrize("number", [4, 8])
def test_the_same_picture_encoded_anew_is_locked_together_with_the_first(number: int) -> None:
    first = scene(number)
    one, other = seen(first), seen(first.resize((320, 240)), 60)
    assert is_same(one, other)
    assert set(lock_keys([one.print])) & set(lock_keys([other.print]))


@pytest.mark.parametrize(
    ("score", "opened", "hidden"),
    [(None, False, False), (0.49, False, False), (0.5, False, True), (0.9, True, False)],
)
def test_what_may_show_nudity_is_hidden_until_opened(
    score: float | None, opened: bool, hidden: bool
) -> None:
    assert is_hidden(score, opened) is hidden
