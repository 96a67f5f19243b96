"""Reply windows: opened by the customer, used up by us; what can't be sent now is held.

A held message is a state people see, with its reason. It goes out when the customer writes again,
or when somebody of the shop asks for it and the vendor lets us.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from backend.audit import service as audit
from backend.conversations import repository as conversations
from backend.conversations.service import DELIVER, get_conversation, line_out, topic
from backend.conversations.windows import repository, rules
from backend.conversations.windows.repository import Held
from backend.conversations.windows.rules import Limits, Window
from backend.kit import jobs
from backend.kit.actor import Actor, Role, require
from backend.kit.db import Tx
from backend.kit.errors import Conflict

__all__ = ["Held", "Limits", "Standing", "Window"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a conversation's customer can be written to: `refusal` says why not.

    `until` is when the window closes by itself, `left` how many messages fit, `held` how many wait.
    """

    refusal: str | None
    until: datetime | None
    left: int
    held: int
    session: str
    servicer: str | None


def customer_wrote(tx: Tx, contact_id: str, at: datetime, limits: Limits) -> None:
    """His message opens the window anew. The caller holds the contact's lock."""
    known = repository.get(tx, contact_id)
    repository.put(tx, contact_id, rules.customer_wrote(known, at, limits))


def may_write_first(tx: Tx, contact_id: str, code: str, at: datetime) -> None:
    """He opened the chat: the vendor lets one message out, soon. Under the contact's lock."""
    known = repository.get(tx, contact_id) or Window()
    repository.put(tx, contact_id, replace(known, event_code=code, event_code_at=at))


def session_changed(tx: Tx, contact_id: str, session: str, servicer: str | None) -> None:
    """The vendor's session passed to somebody else. Under the contact's lock."""
    known = repository.get(tx, contact_id) or Window()
    repository.put(tx, contact_id, replace(known, session=session, servicer=servicer or None))


def refused_by_vendor(tx: Tx, contact_id: str, code: str, limits: Limits) -> None:
    """The vendor knows better than we did."""
    known = repository.get(tx, contact_id)
    repository.put(tx, contact_id, rules.refused_by_vendor(known, code, limits))


def record_part(
    tx: Tx,
    contact_id: str,
    message_id: str,
    number: int,
    external_id: str,
    *,
    window: Window | None,
    by_code: bool,
    repeated: bool = False,
) -> None:
    """A part went out: remembered, and counted once in the `window` it was sent in.

    `by_code`: the vendor's permission to write first was used; it is gone, and counts in no window.
    `repeated`: the vendor had it already. Its window may have been an earlier one, so it is not
    counted here: should it have been this one after all, the vendor itself says when it is full.
    """
    if conversations.count_parts(tx, message_id) >= number:
        return
    conversations.record_part(tx, message_id, number, external_id)
    if by_code:
        known = repository.get(tx, contact_id) or Window()
        repository.put(tx, contact_id, replace(known, event_code=None, event_code_at=None))
    elif window is not None and window.opened_at is not None and not repeated:
        repository.count_sent(tx, contact_id, window.opened_at)


def put_back(tx: Tx, contact_id: str, bundle: Sequence[Held]) -> None:
    """Let held messages go out again, as one; in their turn among what the contact is told."""
    repository.put_back(tx, [each.id for each in bundle])
    first = bundle[0]
    jobs.enqueue(
        tx,
        DELIVER,
        {"message_id": first.id},
        key=line_out(contact_id),
        lane=account_of(tx, first.conversation_id),
    )
    tx.hint(topic(first.conversation_id), first.seq)


def standing(tx: Tx, conversation_id: str, limits: Limits | None) -> Standing | None:
    """How a conversation stands; None on a channel without windows."""
    if limits is None:
        return None
    conversation = get_conversation(tx, conversation_id)
    window = repository.get(tx, conversation.contact_id)
    return Standing(
        refusal=rules.refusal(window, limits, tx.now),
        until=rules.closes_at(window, limits),
        left=rules.room(window, limits, tx.now),
        held=repository.count_held(tx, conversation_id),
        session=window.session if window else rules.OURS,
        servicer=window.servicer if window else None,
    )


def may_send_held(tx: Tx, conversation_id: str, limits: Limits, actor: Actor) -> int:
    """Check that somebody may send what is held, and that it can be sent; how many fit.

    Raises: Forbidden, NotFound, Conflict `nothing_held`, `window_closed`, `window_full`,
    `session_not_ours`.
    """
    require(actor, Role.AGENT)
    conversation = get_conversation(tx, conversation_id, lock=True)
    if not repository.held(tx, conversation.contact_id):
        raise Conflict("nothing_held")
    window = repository.get(tx, conversation.contact_id)
    code = rules.refusal(window, limits, tx.now)
    if code is not None:
        raise Conflict(code)
    audit.record(tx, actor, "conversation.held_sent", f"conversation:{conversation_id}", {})
    return rules.room(window, limits, tx.now)


def contact_of(tx: Tx, conversation_id: str) -> str:
    """Whose conversation it is. Raises: NotFound."""
    return get_conversation(tx, conversation_id).contact_id


def account_of(tx: Tx, conversation_id: str) -> str:
    """By which channel account it came. Raises: NotFound."""
    return get_conversation(tx, conversation_id).channel_account


def reasons(tx: Tx, conversation_id: str) -> Mapping[str, str]:
    """Why messages are held or did not arrive: message id -> what is known."""
    return repository.details(tx, conversation_id)
