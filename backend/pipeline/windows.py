"""Between channels that limit replies and the windows kept of them: what goes out again, and how.

When a customer writes again, what was held for him goes out before the answer to his message. As
his vendor lets only a few messages through, texts that were held are joined into as few as fit,
and room is kept for the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.conversations.windows import repository, service
from backend.conversations.windows.repository import Held
from backend.conversations.windows.service import Limits
from backend.kit.actor import Actor
from backend.kit.db import Tx
from bot.channels.base import Capabilities
from bot.messages import InboundKind, InboundMessage

KEPT_FOR_THE_ANSWER = 2
"""Messages of a new window that held ones leave to the answer."""

_BETWEEN = "\n\n"


def limits_of(capabilities: Capabilities) -> Limits | None:
    """The channel's window, as the domain knows it."""
    window = capabilities.window
    return None if window is None else Limits(window.hours, window.messages)


def message_accepted(
    tx: Tx, capabilities: Capabilities, conversation_id: str, message: InboundMessage
) -> None:
    """A new message of the customer's: the window opens, and what was held goes out.

    Opening the chat is no message: it opens nothing.
    """
    limits = limits_of(capabilities)
    if limits is None or message.kind is InboundKind.START:
        return
    contact_id = service.contact_of(tx, conversation_id)
    service.customer_wrote(tx, contact_id, message.sent_at, limits)
    release(tx, capabilities, contact_id, max(1, limits.messages - KEPT_FOR_THE_ANSWER))


def send_held(tx: Tx, capabilities: Capabilities, conversation_id: str, actor: Actor) -> int:
    """Somebody of the shop wants out what is held; how many messages are on their way.

    Raises: Forbidden, NotFound, Conflict with why not.
    """
    limits = limits_of(capabilities) or Limits(hours=0, messages=1_000)
    room = service.may_send_held(tx, conversation_id, limits, actor)
    contact_id = service.contact_of(tx, conversation_id)
    return release(tx, capabilities, contact_id, room)


def release(tx: Tx, capabilities: Capabilities, contact_id: str, room: int) -> int:
    """Put up to `room` vendor messages of what is held back on their way, the oldest first."""
    waiting = repository.held(tx, contact_id)
    chosen = bundles(waiting, capabilities.max_text)[:room]
    for bundle in chosen:
        service.put_back(tx, contact_id, bundle)
    return len(chosen)


def bundles(held: Sequence[Held], max_text: int) -> list[list[Held]]:
    """Held messages in groups that fit into one vendor message each, in order.

    A message with options ends its group, as only the last can show them; one with attachments, or
    of which a part had gone out, stays alone. Measured in bytes, which no vendor counts fewer of.
    """
    groups: list[list[Held]] = []
    size, is_open = 0, False
    for message in held:
        needs = len(str(message.body.get("text", "")).encode()) + len(_BETWEEN)
        alone = bool(message.parts or message.body.get("attachments"))
        same = groups and groups[-1][0].conversation_id == message.conversation_id
        if is_open and same and not alone and size + needs <= max_text:
            groups[-1].append(message)
            size += needs
        else:
            groups.append([message])
            size = needs
        is_open = not alone and not message.body.get("options")
    return groups


def joined(first: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """One body for messages that go out together: all texts, the last one's options."""
    if not others:
        return first
    texts = [str(body.get("text", "")) for body in (first, *others)]
    return {**others[-1], "text": _BETWEEN.join(filter(None, texts))}
