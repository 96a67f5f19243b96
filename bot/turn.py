"""One turn, pure: (state, message, understanding, ports) -> Turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.dialogs import besides, intake
from bot.dialogs.actions import Action, CountFailedVerification, Refused
from bot.dialogs.commands import ChangeLanguage
from bot.dialogs.engine import run
from bot.dialogs.flow import Flow
from bot.dialogs.flows import FLOWS
from bot.dialogs.observer import Observer
from bot.dialogs.session import Session
from bot.dialogs.state import DialogState, LastMessage, Mode, read_in, undoes
from bot.messages import InboundKind, InboundMessage
from bot.ports import Ports
from bot.replies import Reply, ReplyOption
from bot.understanding.base import Understood
from bot.understanding.sentiment import falls
from templates_i18n.locales import resolve

__all__ = ["Reply", "ReplyOption", "Turn", "take_turn"]

MOODS: Final = 6
"""Messages whose mood is remembered: the trend hardly looks further back."""
MAX_MISSES: Final = 2
"""Times in a row the bot asks back; at the next miss a person takes over."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one message led to. `trace` tells in order which commands ran and why, for the desk.

    `continues`: once the actions are carried out, the dialog goes on by itself. The caller commits
    this turn and then calls `take_turn(state, None, None, ports)` with freshly read ports; it may
    do so in the same transaction. A handful of such turns in a row is the most that can come.
    """

    state: DialogState
    replies: tuple[Reply, ...]
    actions: tuple[Action, ...] = ()
    trace: tuple[str, ...] = ()
    continues: bool = False


def take_turn(
    state: DialogState,
    message: InboundMessage | None,
    understood: Understood | None,
    ports: Ports,
    refused: Refused | None = None,
    flows: Mapping[str, Flow] = FLOWS,
    observer: Observer | None = None,
) -> Turn:
    """Compute the answer to `message`; without one, go on after a turn that `continues`.

    `refused`: this turn was computed before from the same arguments, but the house refused one of
    its actions. The turn is computed anew so that the customer hears why; it asks for no other
    write of that kind. `observer` is told of each step visited.
    """
    if any(frame.flow not in flows for frame in state.stack):
        # Written by a version that had a flow which is gone.
        state = replace(state.handed_back(), mode=state.mode)
    if state.mode is Mode.HUMAN:
        return Turn(_remembering(state, state, message, ()), (), trace=("a person answers",))
    session = _session(state, message, ports, flows, refused, observer)
    _learn_language(session, message, understood)
    if message is not None:
        _take_in(session, state, message, understood)
    moods = _moods(session, message, understood)
    if falls(moods) and not falls(session.begun.moods):
        _offer_person(session)
    if not session.silent:
        run(session)
        _never_mute(session, message)
        if session.missed and state.misses >= MAX_MISSES and session.mode is Mode.BOT:
            _give_up(session)
    return _finish(session, state, message, moods)


def _session(
    state: DialogState,
    message: InboundMessage | None,
    ports: Ports,
    flows: Mapping[str, Flow],
    refused: Refused | None,
    observer: Observer | None,
) -> Session:
    begun = read_in(state, message) if message is not None else state
    return Session(begun, ports, flows, refused, observer)


def _learn_language(
    session: Session, message: InboundMessage | None, understood: Understood | None
) -> None:
    if session.locale_fixed or understood is None or message is None:
        return
    if any(isinstance(command, ChangeLanguage) for command in understood.commands):
        # What he asks for may be none of ours: said in the language his channel reports.
        hint = message.sender.locale_hint
        if not session.begun.locale and hint and resolve(hint) in session.ports.shop.locales:
            session.locale = hint
        return
    # He may speak a language without templates: kept, and answered in what it falls back to.
    if resolve(understood.locale) in session.ports.shop.locales:
        session.locale = understood.locale


def _take_in(
    session: Session, state: DialogState, message: InboundMessage, understood: Understood | None
) -> None:
    if _edit_too_late(state, message):
        session.trace.append("edit too late")
        session.say(Reply("dialog.edit_noted"))
        return
    intake.take_in(session, message, understood)


def _edit_too_late(state: DialogState, message: InboundMessage) -> bool:
    """An edit of a message whose turn is final, or of an older one. After a try that merely
    failed, the edited words are as good as new ones."""
    if message.kind is not InboundKind.EDIT or undoes(state, message):
        return False
    last = state.last
    return last is None or not last.retryable or message.edits != last.external_id


def _never_mute(session: Session, message: InboundMessage | None) -> None:
    """Every message of a customer gets an answer: what led to nothing was not understood."""
    if message is None or session.replies or session.actions:
        return
    session.trace.append("nothing came of it")
    besides.clarify(session, ("order_status", "refund") if session.carried else ())


def _give_up(session: Session) -> None:
    """He was not understood too often: what this turn would have said gives way to a person."""
    session.trace.append("not understood too often")
    session.replies.clear()
    session.hand_off("stuck")
    run(session)


def _moods(
    session: Session, message: InboundMessage | None, understood: Understood | None
) -> tuple[float, ...]:
    """How his last messages felt, this one too if it was written."""
    before = session.begun.moods
    if message is None or understood is None or not message.text.strip():
        return before
    return (*before, understood.sentiment)[-MOODS:]


def _offer_person(session: Session) -> None:
    """It goes from bad to worse: a person is offered once, not imposed."""
    session.trace.append("mood falls")
    if session.mode is Mode.BOT and not session.silent:
        session.say(Reply("handoff.offered"))


def _finish(
    session: Session,
    state: DialogState,
    message: InboundMessage | None,
    moods: tuple[float, ...],
) -> Turn:
    human = session.mode is Mode.HUMAN
    prompt = session.prompt
    if prompt is None and not human and (session.silent or _menu_still_open(session)):
        prompt = session.begun.prompt
    misses = session.begun.misses + 1 if session.missed else 0
    after = DialogState(
        locale=session.locale,
        locale_fixed=session.locale_fixed,
        mode=session.mode,
        stack=() if human else tuple(session.stack),
        prompt=None if human else prompt,
        prompts=session.prompts,
        misses=0 if human else misses,
        queue=() if human else tuple(session.queue),
        photos=tuple(session.photos),
        carried={} if human else session.carried,
        moods=() if human else moods,
        album=session.album,
    )
    actions = tuple(session.actions)
    return Turn(
        state=_remembering(after, state, message, actions),
        replies=tuple(session.replies),
        actions=actions,
        trace=tuple(session.trace),
        continues=session.continues and not human,
    )


def _menu_still_open(session: Session) -> bool:
    """Options that start something stay good while nothing else was asked and no flow ran."""
    return not session.begun.stack and not session.stack and not session.flow_ended


def _remembering(
    after: DialogState,
    state: DialogState,
    message: InboundMessage | None,
    actions: tuple[Action, ...],
) -> DialogState:
    """Note which message was answered, and the state an edit of it would go back to."""
    if message is None:
        last = replace(state.last, undoable=False, retryable=False) if state.last else None
        return replace(after, last=last, before=None)
    if _edit_too_late(state, message):
        return replace(after, last=state.last, before=state.before)
    answered = message.external_id
    if message.kind is InboundKind.EDIT and message.edits:
        answered = message.edits
    undoable = not actions and state.mode is Mode.BOT
    last = LastMessage(
        external_id=answered,
        undoable=undoable,
        retryable=bool(actions) and all(isinstance(a, CountFailedVerification) for a in actions),
    )
    before = read_in(state, message) if undoable else None
    return replace(after, last=last, before=replace(before, before=None) if before else None)
