"""Runs flows: passes what is satisfied, asks at the first step that isn't.

Deterministic: given the same session it does the same. It never writes; acts leave as actions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.dialogs.flow import Collect, End, Flow, Talk
from bot.dialogs.session import Session
from bot.dialogs.steps import Move, derive, end, run_step
from bot.replies import Reply

MAX_PASSES: Final = 40
"""Passes over a flow in one turn. A turn that needs more is a flow that runs in a circle."""

_NEXT_REQUEST: Final[Mapping[str, str]] = {
    "refund": "queue.next_refund",
    "order_status": "queue.next_order_status",
    "request_status": "queue.next_request_status",
    "withdraw": "queue.next_withdraw",
}


def run(session: Session) -> None:
    """Run until the customer is asked something or nothing is left to do."""
    for _ in range(MAX_PASSES):
        frame = session.top
        if frame is None:
            if not _start_waiting(session):
                return
        elif _run_frame(session, session.flows[frame.flow]) is Move.WAIT:
            return
    session.trace.append("circle")
    session.hand_off("stuck")
    _run_frame(session, session.flows["handoff"])


def known_before(session: Session, index: int, slot: str) -> Talk | None:
    """What is known in a frame where `slot` is asked for; None while a step before it is open."""
    frame = session.stack[index]
    extra: dict[str, Any] = {}
    for step in session.flows[frame.flow].steps:
        if isinstance(step, Collect):
            if step.slot == slot:
                break
            talk = session.talk(frame, extra)
            if (step.when is None or step.when(talk)) and not derive(talk, step, extra):
                return None
    return session.talk(frame, extra)


def _start_waiting(session: Session) -> bool:
    """Begin the next waiting request; after an action, in a follow-up turn that sees its result."""
    if not session.queue:
        return False
    if session.actions:
        session.continues = True
        return False
    request = session.queue.pop(0)
    session.say(Reply(_NEXT_REQUEST.get(request.flow, "change.next")))
    session.start(request.flow, request.raw)
    return True


def _run_frame(session: Session, flow: Flow) -> Move:
    extra: dict[str, Any] = {}
    for step in flow.steps:
        frame = session.stack[-1]
        talk = session.talk(frame, extra)
        move = run_step(session, flow, step, talk, extra)
        if move is not Move.NEXT:
            return move
    return end(session, End())
