"""An app's members through the whole house, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from backend.kit.clock import FixedClock
from backend.settings import Settings
from tests.backend.pipeline.wecom_line import Line, open_line
from tests.channels.wecom.support import MEMBER, options_of, text_of
from tests.support import pictures
from tests.support.wecom_server import Fault

APP = "wecom/wecom-app"


@pytest.fixture
async def line(settings: Settings, clock: FixedClock) -> AsyncIterator[Line]:
    async with open_line(settings, clock) as opened:
        yield opened


async def test_a_member_is_answered_and_presses_a_button(line: Line) -> None:
    got = await line.member_says("你好")
    label, value = next(iter(options_of(got[-1]).items()))
    press = line.world.member_presses(MEMBER, [value])
    before = len(line.world.got(MEMBER))
    for _ in range(3):  # WeCom thinks we were slow
        assert await line.callback(press, APP) == 200
    await line.rest()
    assert len(line.world.got(MEMBER)) > before
    said = [row for row in await line.messages() if row["author"] == "customer"]
    assert [row["body"].get("label") or row["body"]["text"] for row in said] == ["你好", label]


async def test_a_call_told_three_times_is_answered_once(line: Line) -> None:
    call = line.world.member_says(MEMBER, "你好")
    for _ in range(3):
        assert await line.callback(call, APP) == 200
    await line.rest()
    once = len(line.world.got(MEMBER))
    assert once > 0
    assert len([row for row in await line.messages() if row["author"] == "customer"]) == 1


@pytest.mark.parametrize("kind", ["break", "status", "limit", "stale_token"])
async def test_a_failing_api_delays_and_never_doubles(line: Line, kind: str) -> None:
    line.fake.faults.plan["message/send"] = [Fault(kind)] * 3  # type: ignore[arg-type]
    assert await line.callback(line.world.member_says(MEMBER, "你好"), APP) == 200
    for _ in range(6):
        await line.rest()
        line.clock.advance(seconds=70)
    ours = [row for row in await line.messages() if row["author"] != "customer"]
    assert [row["delivery"] for row in ours] == ["sent"] * len(ours)
    assert len(line.world.got(MEMBER)) == len(ours)


async def test_a_photo_is_taken_as_evidence(line: Line) -> None:
    media_id = line.world.add_media("image", "photo.jpg", pictures.photo(1, (64, 48)))
    call = line.world.member_sends(MEMBER, "image", PicUrl="https://x.example", MediaId=media_id)
    assert await line.callback(call, APP) == 200
    await line.rest()
    (row,) = [row for row in await line.messages() if row["author"] == "customer"]
    (item,) = row["body"]["attachments"]
    assert item["ref"]
    assert item["rejected"] is None
    assert text_of(line.world.got(MEMBER))
