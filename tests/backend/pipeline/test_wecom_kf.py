"""Customer service accounts through the whole house, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest

from backend.conversations import service as conversations
from backend.kit.clock import FixedClock
from backend.kit.db import Tx
from backend.pipeline.bodies import outbound_to_json
from backend.settings import Settings
from bot.messages import OutboundMessage
from tests.backend.pipeline.wecom_line import Line, open_line
from tests.channels.wecom.support import KFID, USER, options_of, text_of


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


async def notify(line: Line, count: int, start: int = 1) -> None:
    """The shop tells the customer of `count` things, one message each."""
    (talk,) = await line.conversations()

    def tell(tx: Tx) -> None:
        conversation = conversations.get_conversation(tx, talk["id"], lock=True)
        bodies = [
            outbound_to_json(OutboundMessage(f"notice {number}"))
            for number in range(start, start + count)
        ]
        conversations.add_outgoing(tx, conversation, bodies, pulled=False)

    await line.house.db.tx(tell)
    await line.rest()


def deliveries(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str | None]]:
    return [
        (row["delivery"], row["delivery_detail"]) for row in rows if row["author"] != "customer"
    ]


async def test_what_does_not_fit_is_held_and_goes_out_joined(line: Line) -> None:
    answered = len(await line.says("你好"))
    room = 5 - answered
    await notify(line, room + 3)
    states = deliveries(await line.messages())
    assert states[-3:] == [("held", "window_full")] * 3
    assert 95001 not in line.world.refused  # known without asking
    got = await line.says("在吗")
    first = text_of(got[:1]).split("\n\n")
    assert first == [f"notice {number}" for number in range(room + 1, room + 4)]
    assert len(got) >= 2  # and the answer
    assert {state for state, _ in deliveries(await line.messages())} == {"sent"}
    assert not line.world.refused


async def test_after_48_hours_the_shop_has_to_wait_for_the_customer(line: Line) -> None:
    await line.says("你好")
    line.clock.advance(hours=49)
    await notify(line, 1)
    assert deliveries(await line.messages())[-1] == ("held", "window_closed")
    assert text_of(await line.says("在吗")).startswith("notice 1")


async def test_the_vendor_knows_better(line: Line) -> None:
    """A limit that WeCom sees and we don't leads to the same state, not to an error."""
    await line.says("你好")
    line.world.customers[KFID, USER].sent_since = 5
    await notify(line, 2)
    assert deliveries(await line.messages())[-2:] == [("held", "window_full")] * 2
    assert line.world.refused == [95001]  # asked once: then it was known
