"""One wish told twice, or two wishes: commands of one message held against one another."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogs import commands as c
from bot.dialogs.slots import (
    ALL,
    ITEMS,
    ORDER,
    QUANTITIES,
    REASON,
)
from bot.understanding.reading import Reading


def is_same(one: c.Command | None, other: c.Command) -> bool:
    """Whether two commands are one wish: a flow for another order is another wish."""
    if not (isinstance(one, c.StartFlow) and isinstance(other, c.StartFlow)):
        return type(one) is type(other)
    if one.flow != other.flow:
        return False
    numbers = {told.slots[ORDER] for told in (one, other) if ORDER in told.slots}
    alone = (ORDER in one.slots) is not (ORDER in other.slots)
    things = ITEMS in one.slots and ITEMS in other.slots
    reasons = {told.slots[REASON] for told in (one, other) if REASON in told.slots}
    # Two things, each with what is wrong with it, are two wishes.
    return len(numbers) < 2 and not (things and (alone or len(reasons) > 1))


def is_another(command: c.Command | None, before: c.Command, part: Reading) -> bool:
    """Whether another thing is wished for besides, and only of that is told what is wrong."""
    if not (isinstance(command, c.StartFlow) and isinstance(before, c.StartFlow)):
        return False
    things = ITEMS in command.slots and ITEMS in before.slots
    reason = REASON in command.slots and REASON not in before.slots
    return things and reason and command.flow == "refund" and _also_for_a_reason(part)


def _also_for_a_reason(part: Reading) -> bool:
    """Whether "too" and what is wrong are said in one clause: "the vacuum is broken, too"."""
    for start, _ in part.lexicon.spans("also", part.text):
        clause = slice(*part.clause_of(start))
        if replace(part, text=part.text[clause]).reasons:
            return True
    return False


def merged(one: c.Command, other: c.Command) -> c.Command:
    """One wish, told twice: what either tells, the things of both."""
    if not (isinstance(one, c.StartFlow) and isinstance(other, c.StartFlow)):
        return one
    told = {**other.slots, **one.slots}
    things = dict.fromkeys(part.slots[ITEMS] for part in (one, other) if ITEMS in part.slots)
    if ALL in things:
        told[ITEMS] = ALL
    elif things:
        told[ITEMS] = ", ".join(things)
    if one.slots.get(QUANTITIES, told.get(QUANTITIES)) != told.get(QUANTITIES):
        del told[QUANTITIES]
    return c.StartFlow(one.flow, told)
