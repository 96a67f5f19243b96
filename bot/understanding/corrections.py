"""Reads what he takes back or changes of a flow under way."""

from __future__ import annotations

from bot.dialogs import commands as c
from bot.dialogs.slots import (
    ITEMS,
    ORDER,
    OTHER,
    QUANTITIES,
    REASON,
    RECEIVED,
    YES,
)
from bot.understanding import entities
from bot.understanding.reading import EDGE, MAX_ITEM, NAME_LIKE, Reading

Commands = list[c.Command]


def read_correction(reading: Reading) -> Commands:
    """What he takes back or changes of a flow under way."""
    if reading.view.flow is None:
        return []
    marked = reading.has("correction") or bool(reading.denied_reasons)
    found = [*_changed_slots(reading), *_changed_values(reading, marked)]
    plain = not (reading.intents or reading.is_question)
    if not found and marked and plain:
        found = _changed_item(reading)
    if not found and plain and _adds(reading):
        found = [c.SetSlot(ITEMS, reading.text)]
    return found


def _adds(reading: Reading) -> bool:
    """ "Wait, also the tea towel": one more item; which words name it, the dialog sees."""
    short = len(reading.text) <= MAX_ITEM
    return reading.view.flow == "refund" and short and reading.has("also") and reading.is_wordy


def _changed_slots(reading: Reading) -> Commands:
    """He says what to change, perhaps not into what."""
    found: Commands = []
    if reading.has("other_order"):
        thing = reading.thing_besides("other_order")
        found += [c.CorrectSlot(ORDER, OTHER), *([c.SetSlot(ITEMS, thing)] if thing else [])]
    elif reading.has("change_order"):
        found.append(c.CorrectSlot(ORDER))
    elif reading.has("other_item"):
        found.append(c.CorrectSlot(ITEMS, OTHER))
    elif reading.has("change_items"):
        found.append(c.CorrectSlot(ITEMS))
    if reading.has("change_reason"):
        found.append(c.CorrectSlot(REASON))
    if reading.has("change_quantity") and not reading.values(entities.QUANTITY):
        found.append(c.CorrectSlot(QUANTITIES))
    return found


def _changed_values(reading: Reading, marked: bool) -> Commands:
    """He gives a new value for something not asked just now."""
    told: dict[str, str] = {}
    if numbers := reading.values(entities.ORDER_NUMBER):
        told[ORDER] = numbers[0]
    if reading.reasons and (marked or not reading.intents):
        told[REASON] = reading.reasons[0]
    if quantity := reading.quantity:
        told[QUANTITIES] = quantity
    if not told and not reading.intents and reading.has("received"):
        told[RECEIVED] = YES
        marked = marked or RECEIVED in reading.view.filled
    if marked:
        return [c.CorrectSlot(slot, value) for slot, value in told.items()]
    if reading.intents:
        return []
    return [c.SetSlot(slot, value) for slot, value in told.items()]


def _changed_item(reading: Reading) -> Commands:
    """ "No, I meant the blender": what follows the correcting words names an item."""
    ends = [end for _, end in reading.lexicon.spans("correction", reading.text)]
    rest = reading.text[max(ends, default=0) :].strip(EDGE).removeprefix("是").strip(EDGE)
    if not NAME_LIKE.search(rest) or reading.lexicon.is_only("filler", rest):
        return []
    if reading.reasons or reading.has("received") or len(rest) > MAX_ITEM:
        return []  # a sentence that says something else
    return [c.CorrectSlot(ITEMS, rest)]
