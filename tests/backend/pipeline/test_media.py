"""Files the vendor does not hand out, for a while or for good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from backend.house import House
from backend.kit.jobs.kinds import Retry
from backend.pipeline.media import FETCHES
from bot.channels.base import Adapter, RetryLater
from bot.messages import Attachment, AttachmentKind

PHOTO = Attachment(AttachmentKind.IMAGE, "file-1", media_type="image/jpeg")


class Away:
    """A vendor whose files can't be fetched."""

    def __init__(self, after: float | None = None) -> None:
        self._after = after

    async def fetch(self, _item: Attachment, _limit: int) -> bytes:
        raise RetryLater("unreachable", after=self._after)


async def _take_in(house: House, vendor: Away, attempt: int) -> Sequence[Attachment]:
    adapter = cast(Adapter, cast(Any, vendor))
    return await house.media.take_in("c1", [PHOTO], adapter, attempt)


async def test_an_outage_is_not_held_against_the_turn(house: House) -> None:
    pauses = list[float]()
    for attempt in range(1, FETCHES):
        with pytest.raises(Retry) as again:
            await _take_in(house, Away(), attempt)
        assert again.value.free
        pauses.append(again.value.after or 0.0)
    assert pauses == sorted(pauses)
    assert 60 < sum(pauses) < 180
    with pytest.raises(Retry) as asked:
        await _take_in(house, Away(after=7.0), 1)
    assert (asked.value.after, asked.value.free) == (7.0, True)


async def test_after_that_the_turn_goes_on_without_the_file(house: House) -> None:
    (taken,) = await _take_in(house, Away(), FETCHES)
    assert (taken.ref, taken.rejected) == (None, "unavailable")
