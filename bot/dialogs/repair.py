"""Changes of course: starting, answering out of turn, correcting, leaving, giving up.

What is proposed is checked against what the dialog knows; what fits nothing changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.dialogs.engine import known_before
from bot.dialogs.flow import Ask, Bad, Call, Collect, Given, Known, Offer
from bot.dialogs.menu import STARTS, WITHDRAW, menu_of
from bot.dialogs.offered import CHANGES, flow_for
from bot.dialogs.parts.orders import RECENT, naming
from bot.dialogs.session import Session
from bot.dialogs.slots import ABOUT, CONFIRMED, ITEMS, NO, ORDER, REASON, YES
from bot.replies import Reply

MAX_WORDS: Final = 500
"""Characters of one raw slot."""

_QUEUED: Final = {
    "refund": "queue.later_refund",
    "order_status": "queue.later_order_status",
    "request_status": "queue.later_request_status",
    "withdraw": "queue.later_withdraw",
}


def start(session: Session, flow: str, raw: Mapping[str, str]) -> None:
    """Start a flow: at once, in the middle of another, or after it."""
    if session.stack and session.stack[0].flow == "handoff":
        session.trace.append(f"for a person, too: {flow}")
        return
    wanted = flow
    flow, raw = flow_for(session.ports, flow, raw)
    if flow == "handoff":
        session.hand_off("asked" if wanted == flow else "other_service")
        return
    if flow not in STARTS:
        session.trace.append(f"no flow {flow}")
        return
    running = [index for index, frame in enumerate(session.stack) if frame.flow == flow]
    if running and not _is_one_more(session, running[-1], raw):
        if not session.stack[-1].called:
            session.drop_above(running[-1])
        # In the flow's order: how many is read once it is known of what.
        place = {step.slot: at for at, step in enumerate(_questions(session, flow))}
        for slot in sorted(raw, key=lambda name: place.get(name, -1)):
            set_slot(session, slot, raw[slot])
    elif not session.stack:
        session.start(flow, {**_just_told_of(session), **raw})
    elif session.flows[flow].aside and session.begun.stack and not session.asked:
        session.start(flow, raw)
    elif session.enqueue(flow, {**_under_way(session, flow), **raw}):
        session.say(Reply(_QUEUED.get(flow, "change.later")))


def _is_one_more(session: Session, index: int, raw: Mapping[str, str]) -> bool:
    """Whether a wish for what runs already is for another order than that: both are wished for.
    What takes an order back comes as a correction, not as a wish."""
    frame = session.stack[index]
    if all(one.flow != frame.flow for one in session.begun.stack):
        # Two wishes of one message: of two orders, or two things each with its own reason.
        things = ITEMS in raw and ITEMS in frame.raw
        apart = things and frame.raw.get(REASON) != raw.get(REASON)
        return frame.raw.get(ORDER) != raw.get(ORDER) or apart
    proving = [one.slots[ORDER] for one in session.stack[index + 1 :] if ORDER in one.slots]
    if proving and ORDER not in frame.slots:
        return raw.get(ORDER, proving[-1]) != proving[-1]
    if ORDER not in raw:
        return _is_elsewhere(session, frame.slots.get(ORDER), raw.get(ITEMS, ""))
    meant = session.ports.orders.find(raw[ORDER])
    return meant is not None and frame.slots.get(ORDER, meant.id) != meant.id


def _is_elsewhere(session: Session, order_id: object, words: str) -> bool:
    """Whether the words name things of his other orders, and none of this one."""
    recent = session.ports.orders.recent(RECENT)
    if not isinstance(order_id, str) or not words:
        return False
    named = naming(words, recent)
    return bool(named) and all(order.id != order_id for order in named)


def _questions(session: Session, flow: str) -> Sequence[Collect]:
    return [step for step in session.flows[flow].steps if isinstance(step, Collect)]


def _under_way(session: Session, flow: str) -> Mapping[str, str]:
    """The order this is about, which what else he wants to have done may mean: "and then change
    its address"."""
    if flow not in CHANGES:
        return {}
    known = (frame.slots[ORDER] for frame in reversed(session.stack) if ORDER in frame.slots)
    order_id = next(known, None)
    order = session.ports.orders.get(order_id) if isinstance(order_id, str) else None
    return {ABOUT: order.number} if order is not None else {}


def _just_told_of(session: Session) -> Mapping[str, str]:
    """The order whose news stand on his screen, with what he could do about it: "refund it"."""
    choices = session.begun.prompt.choices if session.begun.prompt else ()
    told = {choice.slots[ORDER] for choice in choices if ORDER in choice.slots}
    return {ABOUT: told.pop()} if len(told) == 1 else {}


def set_slot(session: Session, slot: str, value: str) -> None:
    """Take words for a slot: the answer asked for, a correction, or something told ahead."""
    words = value[:MAX_WORDS]
    prompt = session.begun.prompt
    if slot == CONFIRMED:
        if prompt is not None and prompt.slot == CONFIRMED:
            session.verdict = words if words in (YES, NO) else "unclear"
        else:
            session.trace.append("nothing to confirm")
        return
    index = session.frame_with(slot)
    if index is None:
        if session.stack:
            session.trace.append(f"no place for {slot}")
            session.unplaced = True
        else:
            # Items add up: "the fan" … "it doesn't turn any more" … "I'm sending it back".
            before = session.carried.get(slot, "") if slot == ITEMS else ""
            session.carried[slot] = f"{before} {words}".strip()[:MAX_WORDS]
        return
    frame = session.stack[index]
    on_top = index == len(session.stack) - 1
    if on_top and prompt is not None and prompt.slot == slot:
        session.asked.add(slot)
        session.put(index, replace(frame, raw={**frame.raw, slot: words}))
    elif slot in frame.slots:
        _correct_to(session, index, slot, words)
    else:
        session.noted = True
        session.put(index, replace(frame, raw={**frame.raw, slot: words}))


def correct(session: Session, slot: str, value: str) -> None:
    """Take a slot back; with a good value, replace it, else it is asked for again."""
    words = value[:MAX_WORDS]
    slot = _place_of(session, slot)
    index = session.frame_with(slot)
    if index is None:
        session.trace.append(f"no place for {slot}")
        session.unplaced = True
        return
    if words and _is_known(session, index, slot) and _correct_to(session, index, slot, words):
        return
    session.changed = True
    session.drop_above(index)
    session.forget(index, (slot,))
    if words:
        frame = session.stack[index]
        prompt = session.begun.prompt
        if prompt is not None and prompt.slot == slot:
            session.asked.add(slot)
        session.put(index, replace(frame, raw={**frame.raw, slot: words}))


def _place_of(session: Session, slot: str) -> str:
    """The slot a correction is for: where no things are chosen, one named means its order."""
    top = session.top_flow
    names_order = slot == ITEMS and top is not None and ITEMS not in top.slots
    return ORDER if names_order and top is not None and ORDER in top.slots else slot


def _is_known(session: Session, index: int, slot: str) -> bool:
    """Whether a slot has a value: told, or because nothing else can be meant."""
    frame = session.stack[index]
    if slot in frame.slots:
        return True
    collect = session.flows[frame.flow].collect(slot)
    talk = known_before(session, index, slot)
    return bool(talk and collect and collect.derive and collect.derive(talk) is not None)


def _correct_to(session: Session, index: int, slot: str, words: str) -> bool:
    """Replace a known value if the words are a good one; else leave all as it is."""
    collect = session.flows[session.stack[index].flow].collect(slot)
    if collect is None:
        return False
    talk = known_before(session, index, slot)
    if talk is None:
        # "No, it is damaged", while we ask for the order again: read when its turn comes.
        session.noted = True
        frame = session.stack[index]
        session.put(index, replace(frame, raw={**frame.raw, slot: words}))
        return True
    read = collect.read(talk, Given(words=words, corrects=True))
    if isinstance(read, Bad):
        session.say(read.note)
    if not isinstance(read, Known):
        session.trace.append(f"no new {slot} in it")
        session.unplaced = True
        return False
    slots = session.stack[index].slots
    if not read.later and all(slots.get(name) == value for name, value in read.values.items()):
        session.noted = True
        return True
    session.changed = True
    session.drop_above(index)
    session.know(index, read)
    if slot == ITEMS and _leaves_some_out(session, slots.get(ITEMS), read.values.get(ITEMS)):
        session.say(Reply("dialog.noted"))  # the question asked comes again, as if he said nothing
    return True


def _leaves_some_out(session: Session, before: object, now: object) -> bool:
    """Whether fewer of the same things are left, at a question that doesn't show them."""
    asked = session.begun.prompt.slot if session.begun.prompt else ""
    if not (isinstance(before, Sequence) and isinstance(now, Sequence)):
        return False
    return asked not in ("", ITEMS, CONFIRMED) and set(now) < set(before)


def leave(session: Session) -> None:
    """Leave a called flow: the caller forgets the words it called it for, and asks otherwise."""
    if len(session.stack) < 2 or not session.stack[-1].called:
        return
    left = session.stack.pop()
    caller = session.stack[-1]
    told = {
        slot
        for step in session.flows[caller.flow].steps
        if isinstance(step, Call) and step.flow == left.flow
        for slot in step.take.values()
    }
    raw = {name: value for name, value in caller.raw.items() if name not in told}
    session.put(len(session.stack) - 1, replace(caller, raw=raw))


def cancel(session: Session) -> None:
    """Leave what is under way; with nothing under way, say so and offer what could be meant."""
    if session.stack:
        session.stack.clear()
        session.photos = []
        session.flow_ended = True
        session.say(Reply("dialog.cancelled"))
        return
    offers: tuple[Offer, ...] = menu_of(session.ports)
    if any(request.withdrawable for request in session.ports.tickets.recent()):
        offers = (WITHDRAW, *offers)
    session.ask(Ask("", "dialog.nothing_to_cancel", offers=offers))
