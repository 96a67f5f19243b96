"""What a message is, before its words matter: a pressed button, photos, an edit, a start."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from bot.dialogs import applying, besides, picking, repair
from bot.dialogs.calling_off import or_called_off, or_reason_for_it, with_orders_beside
from bot.dialogs.commands import CancelFlow, Clarify, Command, CorrectSlot, SetSlot, StartFlow
from bot.dialogs.delivering import or_delivered_elsewhere
from bot.dialogs.flow import Ask
from bot.dialogs.half_told import or_told_by_halves
from bot.dialogs.menu import PERSON, REFUND
from bot.dialogs.offered import PERSON as PEOPLE
from bot.dialogs.offered import flow_for
from bot.dialogs.other_amounts import names_another_amount
from bot.dialogs.parts import orders
from bot.dialogs.parts.addresses import as_written
from bot.dialogs.restating import or_restated, or_the_answer
from bot.dialogs.session import Session
from bot.dialogs.slots import ADDRESS, CONFIRMED, EVIDENCE, ITEMS
from bot.messages import Attachment, AttachmentKind, InboundKind, InboundMessage
from bot.replies import Reply
from bot.understanding.base import Understood

_DEEP_LINKS: Final = {
    "refund": "refund",
    "return": "refund",
    "order": "order_status",
    "track": "order_status",
    "request": "request_status",
}
"""First word of a deep link's payload -> flow. What follows it after `_` is an order number."""

_INSTEAD = re.compile(
    r"\binstead\b(?! of)|\bstattdessen\b|\ben su lugar\b|\bà la place\b(?! d)|\binvece\b(?! d)"
    r"|代わりに|(?:改为|改成|还是)(?:退|换|取消|改|查)",
    re.IGNORECASE,
)
"""Said of another wish: that one, and not what we are doing."""
_LINK = re.compile(r"([a-z]{3,10})(?:[_-]([A-Za-z0-9-]{4,40}))?")

_REJECTED: Final = {
    "not_an_image": "evidence.not_an_image",
    "too_large": "evidence.too_large",
    "too_many_pixels": "evidence.too_many_pixels",
    "blank": "evidence.blank",
    "too_dark": "evidence.too_dark",
    "blurred": "evidence.blurred",
    "unavailable": "evidence.unavailable",
}


def take_in(session: Session, message: InboundMessage, understood: Understood | None) -> None:
    """Put one message into the session. Its words come as commands, already understood."""
    commands = _with_lines(message.text, understood.commands) if understood else ()
    match message.kind:
        case InboundKind.CHOICE:
            picking.pick(session, [part.strip() for part in (message.choice or "").split(",")])
        case InboundKind.START:
            _start(session, message.text)
        case InboundKind.UNSUPPORTED:
            _unsupported(session)
        case _ if message.attachments:
            _attachments(session, message, commands)
        case _:
            if names_another_amount(session, message.text, commands):
                return
            commands = or_restated(session, message.text, commands)
            commands = or_the_answer(session, message.text, commands)
            commands = _or_instead(session, message.text, commands)
            commands = or_called_off(session, message.text, commands)
            commands = or_delivered_elsewhere(session, message.text, commands)
            commands = or_reason_for_it(session, message.text, commands)
            commands = with_orders_beside(session, message.text, commands)
            commands = or_told_by_halves(session, message.text, commands)
            applying.apply(session, _or_an_item(session, message.text, commands))
    if message.kind is InboundKind.EDIT and session.verdict:
        # The summary is no longer the last thing he saw: it is shown again and asked anew.
        session.trace.append("an edit confirms nothing")
        session.verdict = ""


def _with_lines(text: str, commands: tuple[Command, ...]) -> tuple[Command, ...]:
    """The commands; what they hold for an address with the line breaks it was written with."""
    return tuple(_lined(text, one) for one in commands)


def _lined(text: str, command: Command) -> Command:
    match command:
        case SetSlot(slot, value) | CorrectSlot(slot, value) if slot == ADDRESS:
            return replace(command, value=as_written(value, text))
        case StartFlow(slots=slots) if ADDRESS in slots:
            written = as_written(slots[ADDRESS], text)
            return replace(command, slots={**slots, ADDRESS: written})
        case _:
            return command


def _or_an_item(session: Session, text: str, commands: tuple[Command, ...]) -> tuple[Command, ...]:
    """What was not understood may still name something he bought ("the fan"): kept, and asked what
    about it."""
    if session.stack or commands != (Clarify(),):
        return commands
    if not orders.naming(text, session.ports.orders.recent(orders.RECENT)):
        return commands
    session.trace.append("names an item")
    return (SetSlot(ITEMS, text), Clarify(("order_status", "refund")))


def _or_instead(session: Session, text: str, commands: tuple[Command, ...]) -> tuple[Command, ...]:
    """ "Actually, the address instead": what is under way gives way, and is not done first."""
    running = {frame.flow for frame in session.stack}
    others = [
        one
        for one in commands
        if isinstance(one, StartFlow)
        and flow_for(session.ports, one.flow, one.slots)[0] not in {*running, PEOPLE}
    ]
    if not session.stack or not others or not _INSTEAD.search(text):
        return commands
    session.trace.append("instead of what is under way")
    rest = [one for one in commands if not isinstance(one, CancelFlow)]
    return (CancelFlow(), *(one for one in rest if getattr(one, "slot", "") != CONFIRMED))


def _start(session: Session, payload: str) -> None:
    found = _LINK.fullmatch(payload.strip())
    flow = _DEEP_LINKS.get(found[1]) if found else None
    if found and flow:
        repair.start(session, flow, {"order": found[2]} if found[2] else {})
    else:
        besides.greet(session)


def _unsupported(session: Session) -> None:
    session.say(Reply("evidence.unsupported"))
    session.trace.append("unsupported content")


def _attachments(session: Session, message: InboundMessage, commands: tuple[Command, ...]) -> None:
    photos = [item for item in message.attachments if _is_photo(item)]
    _complain(session, [item for item in message.attachments if not _is_photo(item)])
    wanted = _photos_wanted(session)
    same_album = bool(message.group_id) and message.group_id == session.album
    for photo in photos:
        session.add_photo(photo.ref or "")
        session.trace.append("photo")
    if photos:
        session.album = message.group_id or ""
    if any(not isinstance(command, Clarify) for command in commands):
        applying.apply(session, commands)
    elif photos and same_album and not wanted:
        session.silent = True
    elif photos and not session.stack:
        session.ask(Ask("", "evidence.for_what", offers=(REFUND, PERSON)))
    elif photos and not wanted:
        session.say(Reply("evidence.added"))


def _photos_wanted(session: Session) -> bool:
    prompt = session.begun.prompt
    return bool(session.stack) and prompt is not None and prompt.slot == EVIDENCE


def _is_photo(item: Attachment) -> bool:
    """Evidence is what was stored and found to be an image, however it was sent."""
    kinds = (AttachmentKind.IMAGE, AttachmentKind.FILE)
    return item.ref is not None and item.rejected is None and item.kind in kinds


def _complain(session: Session, refused: list[Attachment]) -> None:
    """Say once for each cause why something sent does not count."""
    said: set[str] = set()
    for item in refused:
        readable = item.kind in (AttachmentKind.IMAGE, AttachmentKind.FILE)
        cause = item.rejected or ("unavailable" if readable else "unsupported")
        key = _REJECTED.get(cause, "evidence.unsupported")
        if key in said:
            continue
        said.add(key)
        session.trace.append(f"rejected {cause}")
        if key == "evidence.too_large":
            session.say(Reply(key, {"limit_mb": session.ports.shop.photo_limit_mb}))
        else:
            session.say(Reply(key))
