"""A process reads a little of every language before its customers write."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.dialogs import commands as c
from bot.messages import InboundMessage
from bot.understanding.base import DialogView, Understood
from bot.understanding.local import LocalUnderstanding
from bot.understanding.warming import SAID, warm

AT = datetime(2026, 5, 20, 12, tzinfo=UTC)


def test_what_is_read_goes_all_the_way_in_seven_languages() -> None:
    """A wish each, understood: so that patterns, spelling and models have all been used."""
    local = LocalUnderstanding.shipped()
    found: list[Understood] = []

    def read(message: InboundMessage, view: DialogView) -> Understood:
        found.append(local.read(message, view))
        return found[-1]

    warm(read, AT)
    locales = {one.locale for one in found}
    assert locales == {"en", "zh-CN", "zh-TW", "de", "fr", "es", "ja"}
    assert len(found) == len(SAID)
    assert {one.source for one in found} == {"rules", "local"}
    for one in found:
        assert any(isinstance(command, c.StartFlow) for command in one.commands) or one.intents, one
