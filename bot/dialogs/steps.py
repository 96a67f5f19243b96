"""What each type of step does in the frame that runs, and how a frame ends."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto
from typing import Any, Final

from bot.dialogs.flow import (
    Act,
    Again,
    Ask,
    Bad,
    Call,
    Check,
    Collect,
    Confirm,
    Done,
    End,
    Flow,
    Found,
    Given,
    Known,
    Look,
    Resume,
    Say,
    Step,
    Talk,
)
from bot.dialogs.observer import Outcome
from bot.dialogs.session import Session
from bot.dialogs.slots import CONFIRMED, NO, YES
from bot.dialogs.state import Frame
from bot.replies import Reply

MAX_REFUSALS: Final = 2
"""Times an action of one frame may be refused before a person looks at it."""


class Move(Enum):
    """How a frame goes on after a step."""

    NEXT = auto()
    AGAIN = auto()
    """From the top: something became known, or another frame is on top."""
    WAIT = auto()


def run_step(session: Session, flow: Flow, step: Step, talk: Talk, extra: dict[str, Any]) -> Move:
    """Run one step; what it derives or looks up goes into `extra`, for the later ones."""
    match step:
        case Collect():
            return _collect(session, step, talk, extra)
        case Look():
            found = step.look(talk)
            session.visited(step, Outcome.FOUND if isinstance(found, Found) else Outcome.STOPPED)
            if isinstance(found, Found):
                extra[step.slot] = found.value
                return Move.NEXT
            return _outcome(session, found)
        case Check():
            verdict = step.check(talk)
            session.visited(step, Outcome.STOPPED if verdict else Outcome.PASSED)
            return Move.NEXT if verdict is None else _outcome(session, verdict)
        case Call():
            return _call(session, step, talk)
        case Confirm():
            return _confirm(session, step, talk)
        case Say():
            return _say(session, step, talk)
        case Act():
            return _act(session, flow, step, talk)


def _outcome(session: Session, outcome: Ask | End) -> Move:
    if isinstance(outcome, Ask):
        session.ask(outcome)
        return Move.WAIT
    return end(session, outcome)


# Collect


def _collect(session: Session, step: Collect, talk: Talk, extra: dict[str, Any]) -> Move:
    if step.when is not None and not step.when(talk):
        session.visited(step, Outcome.SKIPPED)
        return Move.NEXT
    given = _take_given(session, step.slot)
    if given is not None:
        move = _read(session, step, talk, given)
        if move is not Move.NEXT:
            return move
        talk = session.talk(session.stack[-1], extra)
    if derive(talk, step, extra):
        session.visited(step, Outcome.DERIVED if step.slot in extra else Outcome.KNOWN)
        return Move.NEXT
    if step.guess is not None and (guessed := step.guess(talk)) is not None:
        session.visited(step, Outcome.GUESSED)
        session.know(len(session.stack) - 1, guessed)
        return Move.AGAIN
    session.visited(step, Outcome.ASKED)
    return _outcome(session, step.ask(talk))


def derive(talk: Talk, step: Collect, extra: dict[str, Any]) -> bool:
    """Whether the slot is known, told or derived; a derived value goes into `extra`."""
    if step.complete is not None:
        if step.complete(talk):
            return True
    elif step.slot in talk.slots:
        return True
    if step.derive is not None and (value := step.derive(talk)) is not None:
        extra[step.slot] = value
        return True
    return False


def _take_given(session: Session, slot: str) -> Given | None:
    frame = session.stack[-1]
    prompt = session.begun.prompt
    if session.picked and prompt is not None and prompt.slot == slot:
        picked, session.picked = session.picked, ()
        return Given(picked=picked, asked=True)
    if slot not in frame.raw:
        return None
    raw = dict(frame.raw)
    words = raw.pop(slot)
    session.put(len(session.stack) - 1, replace(frame, raw=raw))
    asked = slot in session.asked
    session.asked.discard(slot)
    return Given(words=words, asked=asked)


def _read(session: Session, step: Collect, talk: Talk, given: Given) -> Move:
    """Read an answer. NEXT means that it gave nothing and the step goes on without it."""
    read = step.read(talk, given)
    session.visited(step, Outcome.ANSWERED if isinstance(read, Known) else Outcome.MISREAD)
    match read:
        case Known() as known:
            session.know(len(session.stack) - 1, known)
            return Move.AGAIN
        case Ask() | End() as outcome:
            return _outcome(session, outcome)
        case Bad(note=note) if given.asked:
            session.say(note)
            session.missed = True
        case None if given.asked:
            session.say(Reply("clarify.answer"))
            session.missed = True
        case _:
            session.trace.append(f"nothing for {step.slot}")
    return Move.NEXT


# The other steps


def _call(session: Session, step: Call, talk: Talk) -> Move:
    if not step.when(talk):
        return Move.NEXT
    session.visited(step, Outcome.CALLED)
    session.trace.append(f"call {step.flow}")
    given = step.give(talk)
    session.stack.append(Frame(flow=step.flow, raw=dict(given), called=True))
    return Move.AGAIN


def _confirm(session: Session, step: Confirm, talk: Talk) -> Move:
    ask = step.ask(talk)
    prompt, verdict = session.begun.prompt, session.verdict
    session.verdict = ""
    shown = prompt is not None and prompt.slot == CONFIRMED
    if shown and verdict and prompt is not None:
        if prompt.fingerprint != session.fingerprint(ask):
            session.visited(step, Outcome.UNCLEAR)
            session.trace.append("answer to another summary")
            if not session.changed:
                session.say(Reply("dialog.look_again"))
        elif verdict == YES:
            session.visited(step, Outcome.YES)
            session.trace.append("confirmed")
            return Move.NEXT
        elif verdict == NO:
            session.visited(step, Outcome.NO)
            return _outcome(session, step.no(talk))
        else:
            session.visited(step, Outcome.UNCLEAR)
            session.say(Reply("dialog.say_yes_or_no"))
    session.visited(step, Outcome.ASKED)
    session.ask(ask)
    return Move.WAIT


def _say(session: Session, step: Say, talk: Talk) -> Move:
    frame = session.stack[-1]
    if step.mark not in frame.said:
        session.visited(step, Outcome.SAID)
        session.put(len(session.stack) - 1, replace(frame, said=(*frame.said, step.mark)))
        for reply in step.say(talk):
            session.say(reply)
    return Move.NEXT


def _act(session: Session, flow: Flow, step: Act, talk: Talk) -> Move:
    done = step.act(talk)
    if not isinstance(done, Done):
        session.visited(step, Outcome.STOPPED)
        return _outcome(session, done)
    refused = session.refused
    if refused is not None and any(type(a) is type(refused.action) for a in done.actions):
        session.refused = None
        session.visited(step, Outcome.REFUSED)
        return _refused(session, flow, step.refused(talk, refused), talk)
    session.visited(step, Outcome.ACTED)
    for action in done.actions:
        session.act(action)
    for note in done.notes:
        session.say(note)
    if isinstance(done.then, Resume):
        frame = session.stack[-1]
        session.put(
            len(session.stack) - 1, replace(frame, slots={**frame.slots, **done.then.values})
        )
        session.continues = True
        return Move.WAIT
    return _outcome(session, done.then)


def _refused(session: Session, flow: Flow, outcome: Ask | End | Again, talk: Talk) -> Move:
    index = len(session.stack) - 1
    frame = replace(session.stack[index], refusals=session.stack[index].refusals + 1)
    session.put(index, frame)
    session.trace.append("refused")
    if frame.refusals >= MAX_REFUSALS and frame.flow != "handoff":
        session.hand_off("refused")
        return Move.AGAIN
    if not isinstance(outcome, Again):
        return _outcome(session, outcome)
    for note in outcome.notes:
        session.say(note)
    for step in flow.steps:
        if isinstance(step, Confirm):
            session.ask(step.ask(talk), fresh=True)
            return Move.WAIT
    return end(session, End())


def end(session: Session, over: End) -> Move:
    """End the frame that runs; the one below goes on."""
    frame = session.stack.pop()
    flow = session.flows[frame.flow]
    session.trace.append(f"end {frame.flow}")
    session.flow_ended = True
    if flow.photos:
        session.photos = []
    if over.offers and over.notes and not session.stack and not session.queue:
        *notes, last = over.notes
        for note in notes:
            session.say(note)
        session.ask(Ask("", last.key, last.params, over.offers))
        return Move.WAIT
    for note in over.notes:
        session.say(note)
    if over.handoff:
        session.hand_off(over.handoff)
        return Move.AGAIN
    if frame.called and session.stack:
        _give_back(session, frame)
    return Move.AGAIN


def _give_back(session: Session, frame: Frame) -> None:
    caller = session.stack[-1]
    for step in session.flows[caller.flow].steps:
        if isinstance(step, Call) and step.flow == frame.flow:
            words = {
                slot: str(frame.slots[name])
                for name, slot in step.take.items()
                if name in frame.slots
            }
            session.put(len(session.stack) - 1, replace(caller, raw={**caller.raw, **words}))
