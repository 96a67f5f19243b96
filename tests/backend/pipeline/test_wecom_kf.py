"""Customer service accounts through the whole house, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from backend.kit.clock import FixedClock
from backend.settings import Settings
from tests.backend.pipeline.wecom_line import Line, open_line, options_of, text_of
from tests.channels.wecom.support import KFID, USER


@pytest.fixture
async def line(settings: Settings, clock: FixedClock) -> AsyncIterator[Line]:
    async with open_line(settings, clock) as opened:
        yield opened


async def test_a_customer_is_answered(line: Line) -> None:
    got = await line.says("你好")
    assert text_of(got)
    assert [each.by for each in got] == ["send_msg"] * len(got)
    assert options_of(got[-1])


async def test_many_calls_for_one_pull(line: Line) -> None:
    for number in range(5):
        await line.callback(line.world.says(KFID, USER, f"第{number}句"))
    await line.rest()
    assert line.fake.calls["kf/sync_msg"] == 1
    said = [row["body"]["text"] for row in await line.messages() if row["author"] == "customer"]
    assert said == [f"第{number}句" for number in range(5)]
