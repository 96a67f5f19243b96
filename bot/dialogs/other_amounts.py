"""An amount he names at a summary that isn't the one shown: never passed over, and no yes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.change_ports import ChangeQuote
from bot.dialogs.commands import CancelFlow, Command, HumanHandoff, PickOptions
from bot.dialogs.engine import known_before
from bot.dialogs.flow import Found, Look
from bot.dialogs.parts.matching import match_items
from bot.dialogs.parts.orders import known_order
from bot.dialogs.session import Session
from bot.dialogs.slots import CONFIRMED
from bot.ports import Money, Quote
from bot.replies import Reply
from bot.understanding.normalise import normalise
from bot.understanding.slots.amounts import find_amounts, money_of


def names_another_amount(session: Session, text: str, commands: Sequence[Command]) -> bool:
    """Whether he wants another amount back than the summary shows. He is told that the summary's is
    what can be asked for here; it is shown again, and whatever else he said is no yes to it."""
    prompt = session.begun.prompt
    if not session.stack or prompt is None or prompt.slot != CONFIRMED:
        return False
    if any(isinstance(one, HumanHandoff | PickOptions | CancelFlow) for one in commands):
        return False
    named = {money_of(span) for span in find_amounts(normalise(text).text)}
    total = _total(session) if named else None
    if total is None or named <= {total, *_prices_named(session, text)}:
        return False
    session.trace.append("another amount than the summary's")
    session.say(Reply("refund.other_amount", {"total": total}))
    return True


def _total(session: Session) -> Money | None:
    """What he gets back as the summary shows it; None if he gets nothing."""
    index = len(session.stack) - 1
    talk = known_before(session, index, CONFIRMED)
    if talk is None:
        return None
    for step in session.flows[session.stack[index].flow].steps:
        if isinstance(step, Look) and isinstance(found := step.look(talk), Found):
            return _back(found.value)
    return None


def _back(quoted: object) -> Money | None:
    match quoted:
        case Quote(total=total):
            return total
        case ChangeQuote(difference=back) if back.minor < 0:
            return Money(-back.minor, back.currency)
        case _:
            return None


def _prices_named(session: Session, text: str) -> set[Money]:
    """What the things cost that are named beside it: "the $12.50 mug" tells which mug."""
    talk = known_before(session, len(session.stack) - 1, CONFIRMED)
    order = known_order(talk) if talk is not None else None
    named = match_items(text, order.items).chosen if order is not None else ()
    return {item.unit_price for item in named}
