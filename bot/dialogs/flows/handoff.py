"""Bring a person in. The bot says so, and is silent until the conversation is handed back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.dialogs.actions import HandOff, Refused
from bot.dialogs.flow import Act, Done, End, Flow, Talk
from bot.replies import Reply

_WORDS: Final[Mapping[str, str]] = {
    "asked": "handoff.asked",
    "upset": "handoff.upset",
    "stuck": "handoff.stuck",
    "refused": "handoff.refused",
    "other_service": "handoff.other_service",
    "verification_failed": "handoff.verification_failed",
}
"""Reason -> what the customer reads. A reason without words of its own reads like `asked`."""


def _hand_off(talk: Talk) -> Done:
    reason = str(talk.slots.get("reason", "asked"))
    told = [Reply(_WORDS.get(reason, "handoff.asked"))]
    if reason == "other_service" and talk.slots.get("undone"):
        # "Yes, and leave it with the neighbour": he shall not believe that his yes was taken.
        told.append(Reply("handoff.not_done"))
    return Done((HandOff(reason),), tuple(told))


def _refused(talk: Talk, refused: Refused) -> End:
    return End((Reply("handoff.unavailable"),))


FLOW = Flow(id="handoff", steps=(Act(_hand_off, refused=_refused),))
