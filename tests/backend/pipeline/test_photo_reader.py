"""Pictures are looked into by a process that may be slow, die or lie, and by the real one."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys

import pytest

from backend.kit.images import clean_image
from backend.pipeline.photo_reader import Looked, PhotoChecks, PhotoReader, Unreadable
from backend.pipeline.photo_text import find_numbers
from tests.support import pictures

BOTH = PhotoChecks(text=True, nudity=True)
needs_models = pytest.mark.skipif(
    not PhotoChecks.of("text,nudity").reads, reason="the extra `photos` is not installed"
)

ANSWERS = """
import json, os, sys
while line := sys.stdin.buffer.readline():
    content = sys.stdin.buffer.read(json.loads(line)["size"])
    print(json.dumps({"lines": [str(os.getpid()), content.decode()], "nudity": 0.25}), flush=True)
"""
SECRETS = """
import json, os, sys
sys.stdin.buffer.readline()
seen = [name for name in os.environ if "SECRET" in name or "PASSWORD" in name]
print(json.dumps({"lines": seen, "nudity": None}), flush=True)
"""


def stand_in(code: str, **limits: float) -> PhotoReader:
    return PhotoReader(BOTH, command=(sys.executable, "-c", code), **limits)


async def test_one_process_answers_until_it_is_idle() -> None:
    reader = stand_in(ANSWERS, idle=0.2)
    first = await reader.look(b"one")
    second = await reader.look(b"two")
    assert (first.lines or ())[1] == "one"
    assert (first.lines or ())[0] == (second.lines or ())[0]
    await asyncio.sleep(0.5)
    third = await reader.look(b"three")
    assert (third.lines or ())[0] != (first.lines or ())[0]
    await reader.close()


async def test_pictures_at_once_wait_for_one_another() -> None:
    reader = stand_in(ANSWERS)
    looked = await asyncio.gather(*(reader.look(str(n).encode()) for n in range(5)))
    assert [(one.lines or ("", ""))[1] for one in looked] == ["0", "1", "2", "3", "4"]
    assert len({(one.lines or ("",))[0] for one in looked}) == 1
    await reader.close()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import time; time.sleep(30)", "took too long"),
        ("raise SystemExit", "ConnectionError"),
        ("print('no json', flush=True); input()", "JSONDecodeError"),
        ("print('x' * 3_000_000, flush=True); input()", "ValueError"),
    ],
)
async def test_a_process_that_fails_costs_one_picture(code: str, reason: str) -> None:
    reader = stand_in(code, seconds=0.5)
    with pytest.raises(Unreadable, match=reason):
        await reader.look(b"picture")
    with pytest.raises(Unreadable, match=reason):
        await reader.look(b"picture")
    await reader.close()


async def test_who_decodes_strangers_pictures_holds_no_settings() -> None:
    hidden = {"AFTERCARE_A_SECRET": "secret", "POSTGRES_PASSWORD": "secret"}
    os.environ.update(hidden)
    try:
        reader = stand_in(SECRETS)
        assert await reader.look(b"") == Looked((), None)
        await reader.close()
    finally:
        for name in hidden:
            del os.environ[name]


async def test_without_models_nothing_is_started() -> None:
    reader = PhotoReader(PhotoChecks(), command=("/no/such/program",))
    assert await reader.look(b"picture") == Looked(None, None)


def test_checks_are_named_and_unknown_ones_refused() -> None:
    assert PhotoChecks.of("") == PhotoChecks(blank=False, reused=False)
    assert PhotoChecks.of("blank, reused") == PhotoChecks()
    with pytest.raises(ValueError, match="faces"):
        PhotoChecks.of("blank,faces")
    made = PhotoChecks.of("text")
    assert made.text is (importlib.util.find_spec("rapidocr") is not None)
    assert made.missing == (() if made.text else ("text",))


ENGLISH = ["Order details", "Order number: LL20260518-0042", "Tracking: 1Z999AA10123456784"]
ENGLISH += ["Electric kettle", "$49.90 x 1", "Total: $54.90"]
CHINESE = ["订单详情", "订单编号：DS20260518-0042", "快递单号：SF1234567890123"]
CHINESE += ["电热水壶 ¥189.00", "实付款 ¥201.00"]


def stored(lines: list[str]) -> bytes:
    """A screenshot as it is kept."""
    return clean_image(pictures.jpeg(pictures.screenshot(lines))).content


@needs_models
async def test_screenshots_are_read() -> None:
    # One test: loading the models takes longer than reading.
    reader = PhotoReader(BOTH, seconds=60.0)
    looked = await reader.look(stored(ENGLISH))
    found = find_numbers(looked.lines or ())
    assert found.orders == ("LL20260518-0042",)
    assert found.parcels == ("1Z999AA10123456784",)
    assert found.amounts == ((5_490, "USD"), (4_990, "USD"))
    assert looked.nudity is not None
    assert looked.nudity < 0.1
    with pytest.raises(Unreadable, match="UnidentifiedImageError"):
        await reader.look(b"no picture")
    if pictures.cjk_font() is not None:
        looked = await reader.look(stored(CHINESE))
        found = find_numbers(looked.lines or ())
        assert found.orders == ("DS20260518-0042",)
        assert found.parcels == ("SF1234567890123",)
        assert found.amounts == ((20_100, "CNY"), (18_900, "CNY"))
    await reader.close()
    if pictures.cjk_font() is None:
        pytest.skip("read in English; no font with Chinese characters here")
