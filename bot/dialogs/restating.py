"""What he says at a summary, without a word of correction, to have something else in it: "on my
gift card", another address, "the blue one". It means the slot of the flow that can be read from it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bot.dialogs.commands import (
    Answer,
    Clarify,
    Command,
    CorrectSlot,
    HumanHandoff,
    SetSlot,
    StartFlow,
)
from bot.dialogs.engine import known_before
from bot.dialogs.flow import Given, Known
from bot.dialogs.offered import CHANGES
from bot.dialogs.parts.adding import adds
from bot.dialogs.parts.matching import is_called, match_items
from bot.dialogs.parts.meaning_it import is_meant
from bot.dialogs.parts.orders import RECENT
from bot.dialogs.parts.paying import is_method
from bot.dialogs.session import Session
from bot.dialogs.slots import (
    ADDRESS,
    CONFIRMED,
    ITEMS,
    METHOD,
    NO,
    ORDER,
    QUANTITIES,
    VARIANTS,
    YES,
)
from bot.ports import ItemView

LONGEST: Final = 160
"""Characters; who writes more than that says something new."""

MAX_ITEM: Final = 60
"""Characters in which one thing is named."""

LISTED: Final = 400
"""Characters in which several things are named."""

_IN_OWN_WORDS: Final = (ITEMS, ORDER, VARIANTS)
_RESTATED: Final = (ADDRESS, METHOD, VARIANTS, ITEMS, ORDER)
_COSTS = re.compile(
    r"\bprice|\bcost|\bpay\b|\bdifference|how much|差价|多少钱|价格|\bkostet|\bpreis"
    r"|\bcuánto|\bprecio|\bcombien|\bprix|いくら|差額",
    re.IGNORECASE,
)
_ASKS: Final = ("?", "？", "吗", "嗎")


def or_restated(session: Session, text: str, commands: tuple[Command, ...]) -> tuple[Command, ...]:
    """The commands, or the correction the words are."""
    prompt = session.begun.prompt
    if not session.stack or prompt is None or len(text) > LONGEST:
        return commands
    if prompt.slot != CONFIRMED:
        return _or_other_items(session, prompt.slot, text, commands)
    if beside := _order_beside(session, text, commands):
        return (beside,)
    if not _gives_way(commands):
        return commands
    if text.rstrip().endswith(_ASKS) and not adds(text):
        # What it costs stands in the summary: shown again, and no matter for a person.
        about_it = _COSTS.search(text) and any(isinstance(c, HumanHandoff) for c in commands)
        return (SetSlot(CONFIRMED, "unclear"),) if about_it else commands
    counted = [one for one in commands if getattr(one, "slot", "") == QUANTITIES]
    if counted and _all_chosen(session, text):
        return commands  # "only one mug": how many, of what is in the summary
    for slot in _RESTATED:
        if slot in (ITEMS, ORDER) and not is_meant(text):
            continue
        if read := _read_anew(session, slot, text):
            session.trace.append(f"restates {slot}")
            return (CorrectSlot(slot, text), *(() if read.later else counted))
    return commands


def _order_beside(session: Session, text: str, commands: Sequence[Command]) -> StartFlow | None:
    """The same for another order, too: "HS-1002 as well" takes that of the summary not back."""
    numbers = [
        one.value
        for one in commands
        if isinstance(one, SetSlot | CorrectSlot) and one.slot == ORDER and one.value
    ]
    if not numbers or not adds(text):
        return None
    return StartFlow(session.stack[-1].flow, {ORDER: numbers[0]})


def _all_chosen(session: Session, text: str) -> bool:
    """Whether all that the words name was chosen already."""
    named = {item.id for item in match_items(text, _his(session)).chosen}
    ids = session.stack[-1].slots.get(ITEMS)
    return isinstance(ids, Sequence) and named <= set(map(str, ids))


def _or_other_items(
    session: Session, asked: str, text: str, commands: tuple[Command, ...]
) -> tuple[Command, ...]:
    """Before the summary, what was not understood may still say which items it is about."""
    if asked not in ("", METHOD) and _gives_way(commands) and _is_method(session, text):
        session.trace.append("tells the method ahead")
        return (SetSlot(METHOD, text),)
    free = asked not in (ITEMS, ORDER) and commands == (Clarify(),)
    if not free or text.rstrip().endswith(_ASKS) or not is_meant(text):
        return commands
    if not _read_anew(session, ITEMS, text):
        return commands
    session.trace.append(f"restates {ITEMS}")
    return (CorrectSlot(ITEMS, text),)


def _is_method(session: Session, text: str) -> bool:
    """Whether the words say no more than how the money shall go, where the flow will ask that."""
    top = session.top_flow
    return top is not None and METHOD in top.slots and is_method(text)


def or_the_answer(
    session: Session, text: str, commands: tuple[Command, ...]
) -> tuple[Command, ...]:
    """The commands; where all they tell has no place in what is under way, the words are taken for
    the answer to the question asked: "the stainless steel one" speaks of no stain."""
    prompt = session.begun.prompt
    if not session.stack or prompt is None or prompt.slot not in _IN_OWN_WORDS or not commands:
        return commands
    if prompt.slot in (ITEMS, ORDER) and _names_one_besides(session, prompt.slot, text, commands):
        session.trace.append("names an item besides")
        return (SetSlot(prompt.slot, text), *commands)
    placeless = all(
        isinstance(one, SetSlot | CorrectSlot) and session.frame_with(one.slot) is None
        for one in commands
    )
    if prompt.slot == ITEMS and commands == (Clarify(),) and len(text) > LONGEST:
        placeless = True  # a list of things is longer than other answers
    return (SetSlot(prompt.slot, text),) if placeless and len(text) <= LISTED else commands


def _names_one_besides(session: Session, slot: str, text: str, commands: Sequence[Command]) -> bool:
    """Whether the words answer which item, or which order by an item, besides what was read of
    them: "the filter, it was broken when it came"."""
    if not all(isinstance(one, SetSlot) and one.slot not in (ITEMS, ORDER) for one in commands):
        return False
    orders = session.ports.orders
    if slot == ORDER:
        among = orders.recent(RECENT)
    else:
        order_id = session.stack[-1].slots.get(ORDER)
        order = orders.get(order_id) if isinstance(order_id, str) else None
        among = [order] if order else []
    matches = match_items(text, [item for order in among for item in order.items])
    called = matches.chosen and all(is_called(item, text) for item in matches.chosen)
    return bool(called) and not matches.unclear


def _gives_way(commands: Sequence[Command]) -> bool:
    """Whether none of it is sure to be meant otherwise: a yes, a no, a person, another matter."""
    return all(_is_guess(command) for command in commands)


def _is_guess(command: Command) -> bool:
    match command:
        case Clarify() | Answer():
            return True
        case StartFlow(flow=flow):
            return flow in CHANGES
        case HumanHandoff(reason=reason):
            return reason == "other_service"
        case SetSlot(slot=slot, value=value):
            return slot != CONFIRMED or value not in (YES, NO)
        case CorrectSlot(slot=slot):
            return slot in (ITEMS, QUANTITIES)
        case _:
            return False


def _read_anew(session: Session, slot: str, text: str) -> Known | None:
    """Another value that the flow on top reads for the slot, or what is kept for later; None if it
    has no such slot, or reads none."""
    index = len(session.stack) - 1
    if session.frame_with(slot) != index or (
        slot == ORDER and not _is_order_by_thing(session, text)
    ):
        return None
    frame = session.stack[index]
    step = session.flows[frame.flow].collect(slot)
    talk = known_before(session, index, slot)
    if step is None or talk is None or (step.when is not None and not step.when(talk)):
        return None
    if slot == ITEMS and not (frame.slots.get(ITEMS) and _names_one(session, text)):
        return None
    read = step.read(talk, Given(words=text, corrects=True))
    if not isinstance(read, Known):
        return None
    if read.later:
        return read
    named = slot if slot in read.values else ORDER if slot == ITEMS else ""
    is_new = any(frame.slots.get(name) != value for name, value in read.values.items())
    return read if named in read.values and is_new else None


def _names_one(session: Session, text: str) -> bool:
    matches = match_items(text, _his(session))
    return bool(matches.chosen or matches.unclear)


def _is_order_by_thing(session: Session, text: str) -> bool:
    """Whether few words call a thing of one of his orders, where things stand for their order."""
    flow = session.top_flow
    if flow is None or ITEMS in flow.slots or len(text) > MAX_ITEM:
        return False
    return any(is_called(item, text) for item in _his(session))


def _his(session: Session) -> list[ItemView]:
    """All things of his latest orders."""
    return [item for order in session.ports.orders.recent(RECENT) for item in order.items]
