"""Applies the commands understanding proposed to a session: one table from command to handler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from bot.dialogs import besides, picking, repair
from bot.dialogs import commands as c
from bot.dialogs.session import Session
from bot.dialogs.slots import CONFIRMED, YES
from bot.replies import Reply


def apply(session: Session, proposed: Sequence[c.Command]) -> None:
    """Apply the commands of one message in their order."""
    for command in _sound(session, proposed):
        session.trace.append(_named(command))
        _HANDLERS[type(command)](session, command)
    if session.asked or session.verdict or session.replies or session.changed:
        return
    if session.noted:
        session.say(Reply("dialog.noted"))
    elif session.unplaced:
        besides.clarify(session)


def _sound(session: Session, proposed: Sequence[c.Command]) -> Sequence[c.Command]:
    """What can be meant together: a person outweighs all; a yes stands alone or is none."""
    for command in proposed:
        if isinstance(command, c.HumanHandoff):
            return [command]
    if not proposed:
        return [c.Clarify()]
    if any(isinstance(command, c.StartFlow) for command in proposed):
        # "Hello, I want a refund": the wish is answered, not the greeting.
        proposed = [one for one in proposed if not isinstance(one, c.SmallTalk | c.Clarify)]
    verdicts = {
        command.value
        for command in proposed
        if isinstance(command, c.SetSlot) and command.slot == CONFIRMED
    }
    against = any(
        isinstance(command, c.CancelFlow | c.Clarify | c.CorrectSlot | c.StartFlow)
        for command in proposed
    )
    if YES in verdicts and (len(verdicts) > 1 or against):
        rest = [
            command
            for command in proposed
            if not (isinstance(command, c.SetSlot) and command.slot == CONFIRMED)
        ]
        return [*rest, c.SetSlot(CONFIRMED, "unclear")]
    return proposed


def _named(command: c.Command) -> str:
    match command:
        case c.StartFlow(flow=flow):
            return f"StartFlow {flow}"
        case c.SetSlot(slot=slot) | c.CorrectSlot(slot=slot):
            return f"{type(command).__name__} {slot}"
        case _:
            return type(command).__name__


_HANDLERS: Final[dict[type, Callable[[Session, Any], None]]] = {
    c.StartFlow: lambda s, command: repair.start(s, command.flow, dict(command.slots)),
    c.SetSlot: lambda s, command: repair.set_slot(s, command.slot, command.value),
    c.CorrectSlot: lambda s, command: repair.correct(s, command.slot, command.value),
    c.PickOptions: lambda s, command: picking.pick(s, command.values),
    c.CancelFlow: lambda s, command: repair.cancel(s),
    c.Clarify: lambda s, command: besides.clarify(s, command.flows),
    c.Answer: lambda s, command: besides.answer_from_articles(s, command.question),
    c.SmallTalk: lambda s, command: besides.small_talk(s, command.kind),
    c.ChangeLanguage: lambda s, command: besides.change_language(s, command.locale),
    c.HumanHandoff: lambda s, command: s.hand_off(command.reason),
}
