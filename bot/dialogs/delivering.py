""" "… and ship it to 9 Pine Rd, Austin, TX 78701": a place to deliver to is told, as a wish.

Said beside another wish, or in a form that no list of wishes has, such an address would be passed
over. It is read where the words ask for something to be sent there; what was sent there, or is sent
back, asks for nothing.
"""

from __future__ import annotations

import re
from typing import Final

from bot.dialogs import calling_off
from bot.dialogs.commands import Answer, Clarify, Command, SetSlot, StartFlow
from bot.dialogs.parts.addresses import MAX_TEXT, read_address
from bot.dialogs.session import Session
from bot.dialogs.slots import ADDRESS, ITEMS, ORDER

_SEND: Final = re.compile(
    r"\b(?:re)?(?:ship|send|deliver|redirect)\b(?! back)|\b(?:ver)?(?:schick(?:en|t|e)?|senden?)\b"
    r"|\b(?:liefern?|liefert)\b|\benv[ií](?:ar(?:lo|la|los)?|en(?:lo|la|los)?|e|a)\b"
    r"|\bmand(?:ar(?:lo|la)?|en(?:lo|la)?)\b|\benvoy(?:er|ez)\b|\blivr(?:er|ez)\b"
    r"|\bexpédi(?:er|ez)\b|\bsped(?:ire|ite|iscilo)\b"
    r"|(?:改?[寄送发發]|配送)(?:到|往|去)|(?:送|届け|発送し|配送し)て",
    re.IGNORECASE,
)
_TOLD: Final = re.compile(
    r"\b(?:did|does|was|were|has|have|had|why|when|where|who|they|seller|shop|store)\b[^.!?;]*$"
    r"|\bhaben\b[^.!?;]*$|(?:为什么|為什麼|已经|已經|怎么|怎麼|当时|當時)[^，。！？]*$",
    re.IGNORECASE,
)
_BACK: Final = re.compile(
    r"\bback\b|\breturn|\brefund|\bzurück|\bdevol|\bretour|\brenvo|退|返[送品]", re.IGNORECASE
)
_NEXT: Final = re.compile(
    r"[;!?。；！？，]\s*|\b(?:and|und|et|y|e|then|dann|plus)\b\s*|(?:并|然后|另外)"
    r"|[,.]\s+(?=(?:please |bitte )?(?:ship|send|deliver|schick|liefer|env|livr))",
    re.IGNORECASE,
)


def or_delivered_elsewhere(
    session: Session, text: str, commands: tuple[Command, ...]
) -> tuple[Command, ...]:
    """The commands, and the wish to have an order sent to the address told, if none of them is."""
    if session.stack or not session.ports.changes.offers("address") or len(text) > MAX_TEXT:
        return commands
    flows = [one for one in commands if isinstance(one, StartFlow)]
    lost = all(isinstance(one, Clarify | Answer | SetSlot) for one in commands)
    if not (flows or lost) or any(ADDRESS in one.slots for one in flows):
        return commands
    piece = _piece(text)
    if not piece:
        return commands
    session.trace.append("an address to deliver to")
    numbers = [order.number for order in calling_off.named_by_number(session, piece)]
    told = {ADDRESS: piece, ITEMS: piece}
    others = {one.slots[ORDER] for one in flows if ORDER in one.slots}
    if len(numbers) == 1:
        told[ORDER] = numbers[0]
    elif not numbers and len(others) == 1:
        told[ORDER] = others.pop()
    return (*flows, StartFlow("change_address", told))


def _piece(text: str) -> str:
    """The part of the text that asks for a delivery to an address; empty if none does."""
    starts = [0, *(one.end() for one in _NEXT.finditer(text))]
    for start in reversed(starts):
        piece = text[start:].strip()
        asked = list(_SEND.finditer(piece))
        if not asked or _BACK.search(piece) or read_address(piece, "") is None:
            continue
        return "" if _TOLD.search(text[: start + asked[0].start()]) else piece
    return ""
