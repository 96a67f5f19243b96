"""Pressed buttons and picked options: which choice of which prompt, and what it does."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.dialogs.flow import Ask
from bot.dialogs.menu import menu_of
from bot.dialogs.repair import cancel, correct, leave, start
from bot.dialogs.session import Session
from bot.dialogs.slots import CONFIRMED
from bot.dialogs.state import Choice, Effect
from bot.replies import Reply

_VALUE = re.compile(r"p([0-9]{1,9}):([0-9]{1,4})")


def pick(session: Session, values: Sequence[str]) -> None:
    """Take pressed options; a value of another prompt, or none of ours, closes nothing."""
    prompt = session.begun.prompt
    choices: dict[int, Choice] = {}
    for value in values:
        found = _VALUE.fullmatch(value)
        index = int(found[2]) if found else -1
        if not found or prompt is None or int(found[1]) != prompt.id:
            return closed(session)
        if not 0 <= index < len(prompt.choices):
            return closed(session)
        choices[index] = prompt.choices[index]
    if prompt is None or not choices:
        return closed(session)
    chosen = list(choices.values())
    if all(choice.effect is Effect.ANSWER for choice in chosen):
        if len(chosen) > 1 and not prompt.multiple:
            session.say(Reply("dialog.pick_one"))
            return None
        return _answer(session, prompt.slot, [choice.value for choice in chosen])
    if len(chosen) > 1:
        session.say(Reply("dialog.pick_one"))
        return None
    return _effect(session, chosen[0])


def closed(session: Session) -> None:
    """An option that is no longer, or never was, on offer: say so; the open question follows."""
    session.trace.append("closed question")
    session.say(Reply("dialog.closed_question"))
    if not session.stack:
        session.ask(Ask("", "chat.menu", offers=menu_of(session.ports)))


def _answer(session: Session, slot: str, values: Sequence[str]) -> None:
    if slot == CONFIRMED:
        session.verdict = values[0]
    else:
        session.picked = tuple(values)


def _effect(session: Session, choice: Choice) -> None:
    match choice.effect:
        case Effect.START:
            start(session, choice.value, dict(choice.slots))
        case Effect.CORRECT:
            correct(session, choice.value, "")
        case Effect.HUMAN:
            session.hand_off("asked")
        case Effect.CANCEL:
            cancel(session)
        case Effect.LEAVE:
            leave(session)
