"""Adds to what a model proposed what it left out: it names the flow, and often no more.

What was told for that flow is read from the customer's own words here as well, and better than not
at all. What the model did tell stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.dialogs import commands as c
from bot.dialogs.slots import ORDER
from bot.understanding.intents import FAMILY, LEADS, Change
from bot.understanding.reading import Reading

_LEADS = {lead.flow: lead for lead in LEADS.values() if isinstance(lead, Change)}
"""How the words of a wish are read for a flow that changes orders."""


def completed(
    proposed: Sequence[c.Command], local: Sequence[c.Command], reading: Reading
) -> tuple[c.Command, ...]:
    """The commands proposed for the message of `reading`, the flows among them with what `local`
    read for the same, or, where it read none and one flow alone is started, with the whole text."""
    alone = sum(isinstance(one, c.StartFlow) for one in proposed) == 1
    return tuple(
        c.StartFlow(one.flow, {**_told(one, local, reading, alone=alone), **one.slots})
        if isinstance(one, c.StartFlow)
        else one
        for one in proposed
    )


def _told(
    start: c.StartFlow, local: Sequence[c.Command], reading: Reading, *, alone: bool
) -> Mapping[str, str]:
    same = [one for one in local if isinstance(one, c.StartFlow) and _family(one) == _family(start)]
    if ORDER in start.slots:
        meant = start.slots[ORDER]
        same = [one for one in same if one.slots.get(ORDER, meant) == meant]
    if len(same) == 1:
        return same[0].slots
    lead = _LEADS.get(start.flow)
    if same or lead is None or not alone:
        return {}
    read = lead(reading)
    return read.slots if isinstance(read, c.StartFlow) else {}


def _family(start: c.StartFlow) -> str:
    return FAMILY.get(start.flow, start.flow)
