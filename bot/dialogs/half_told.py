"""Wishes told by halves: a yes to the only one offered, a thing without its wish, a wish beside
another one that the words for it don't show."""

from __future__ import annotations

import re
from typing import Final

from bot.dialogs.commands import Clarify, Command, PickOptions, SetSlot, SmallTalk, StartFlow
from bot.dialogs.offered import CHANGES
from bot.dialogs.parts.orders import RECENT, naming
from bot.dialogs.session import Session
from bot.dialogs.slots import ADDRESS, CANCEL_REASON, ITEMS, ORDER
from bot.dialogs.state import Effect
from bot.understanding.denials import is_unwished
from bot.understanding.lexicon import shipped_lexicon
from bot.understanding.normalise import normalise

_CLAUSE_ENDS: Final = re.compile(r"[,，、;；。!！?？\n]+|(?<!\d)\.(?!\d)")
_SENDS_BACK: Final = re.compile(
    r"退(?![订出休])|\b(?:return|refund|send(?:ing)? back)", re.IGNORECASE
)
_DONE: Final = re.compile(r"已|早就|昨天|前天|上周|[吗嗎]|\b(?:already|was|were|been|have|did)\b")
_SHIP_TO: Final = re.compile(
    r"\b(?:ship|send|deliver)\s+(?:(?:it|them|this|that|everything|the (?:order|parcel))\s+)?to\s+"
    r"(?P<to>\d+\s[^\n]{8,})",
    re.IGNORECASE,
)


def or_told_by_halves(
    session: Session, text: str, commands: tuple[Command, ...]
) -> tuple[Command, ...]:
    """The commands of a message that opens something, with what was told by halves."""
    if session.stack:
        return commands
    if (offered := _only_offer(session)) and commands == (SmallTalk("thanks"),):
        agrees = shipped_lexicon().is_only("agree", normalise(text).text)
        return (PickOptions((offered,)),) if agrees else commands
    commands = _with_return_beside(session, text, commands)
    commands = _with_address_beside(session, text, commands)
    match commands:
        case (Clarify(flows=flows),) if flows and _names_one(session, text):
            return (SetSlot(ITEMS, text), *commands)
    return commands


def _only_offer(session: Session) -> str:
    """The value of the only wish offered to go on with what he told before; empty if none is."""
    prompt = session.begun.prompt
    if prompt is None or prompt.slot or not session.carried:
        return ""
    starts = [at for at, one in enumerate(prompt.choices) if one.effect is Effect.START]
    return f"p{prompt.id}:{starts[0]}" if len(starts) == 1 else ""


def _with_return_beside(
    session: Session, text: str, commands: tuple[Command, ...]
) -> tuple[Command, ...]:
    """ "The lamp goes back, cancel the tee's order": each wish with the clauses said for it."""
    match commands:
        case (StartFlow("cancel_order", slots),) if slots.get(ITEMS) == text:
            pass
        case _:
            return commands
    clauses = [one.strip() for one in _CLAUSE_ENDS.split(text) if one.strip()]
    off = [one for one in clauses if shipped_lexicon().has("calls_off", normalise(one).text)]
    rest = [one for one in clauses if one not in off]
    back = [one for one in rest if _SENDS_BACK.search(one) and not _DONE.search(one)]
    if not off or not any(_names_one(session, one) for one in back):
        return commands
    if is_unwished("refund", normalise(", ".join(back)).text):
        return commands
    cancels = StartFlow(
        "cancel_order", {**slots, ITEMS: ", ".join(off), CANCEL_REASON: ", ".join(off)}
    )
    returns = StartFlow("refund", {ITEMS: ", ".join(rest)})
    return (returns, cancels) if clauses[0] in rest else (cancels, returns)


def _with_address_beside(
    session: Session, text: str, commands: tuple[Command, ...]
) -> tuple[Command, ...]:
    """ "… and ship it to 9 Pine Rd": said beside a change of the same order, also a wish."""
    found = _SHIP_TO.search(text)
    wishes = [one for one in commands if isinstance(one, StartFlow)]
    flows = {one.flow for one in wishes}
    if found is None or not flows & {"change_items", "change_payment", "exchange"}:
        return commands
    if "change_address" in flows or not session.ports.changes.offers(CHANGES["change_address"]):
        return commands
    numbers = {one.slots[ORDER] for one in wishes if ORDER in one.slots}
    of_order = {ORDER: numbers.pop()} if len(numbers) == 1 else {}
    return (*commands, StartFlow("change_address", {ADDRESS: found["to"], **of_order}))


def _names_one(session: Session, text: str) -> bool:
    return bool(naming(text, session.ports.orders.recent(RECENT)))
