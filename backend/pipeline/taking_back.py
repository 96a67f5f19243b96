"""A turn that was given up is tried again: the bot takes its conversation back.

When it was given up people got the conversation, and a turn finds nothing to do in theirs. As long
as nobody of them has spoken, who tries it again wants the bot's answer; after that it is in vain.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from backend.conversations import repository
from backend.conversations.repository import Conversation, Message
from backend.conversations.service import topic
from backend.conversations.windows import repository as windows
from backend.conversations.windows import rules
from backend.customers import service as customers
from backend.kit import jobs
from backend.kit.db import Tx
from backend.kit.jobs.kinds import Revival
from backend.pipeline.kinds import TURN, turn_key
from bot.dialogs.state import DialogState, Mode

FAILED = "error"
"""Why people got a conversation of which a turn was given up."""


def refusal(tx: Tx, payload: Mapping[str, Any]) -> str | None:
    """Why it would be in vain: conversation_closed, answered_by_person, with_people (for another
    reason), nothing_waits; None: it can be tried."""
    conversation = repository.get(tx, str(payload["conversation_id"]))
    return "nothing_waits" if conversation is None else _refusal(tx, conversation)


def revive(tx: Tx, payload: Mapping[str, Any]) -> str | None:
    """Let the messages that got no answer wait for the bot again, each with a turn.

    Returns a `refusal`, and does nothing, if that is in vain: decided under the locks, as a person
    may answer, or close the conversation, at the same moment.
    """
    conversation = repository.get(tx, str(payload["conversation_id"]))
    if conversation is None:
        return "nothing_waits"
    customers.lock_contact_by_id(tx, conversation.contact_id)
    conversation = repository.get(tx, conversation.id, lock=True) or conversation
    if refused := _refusal(tx, conversation):
        return refused
    again = _unanswered(tx, conversation.id)
    repository.update_messages(tx, [row.id for row in again], turn_state="waiting")
    if conversation.status != "bot":
        changes: dict[str, object] = {"status": "bot", "handoff_reason": None}
        if conversation.state is not None:
            state = DialogState.from_json(conversation.state)
            changes["state"] = dataclasses.replace(state, mode=Mode.BOT).to_json()
        version = conversation.state_version + 1
        repository.update(tx, conversation.id, state_version=version, **changes)
    for _ in again[1:]:  # the first has the job that is put back
        payload = {"conversation_id": conversation.id}
        jobs.enqueue(tx, TURN, payload, key=turn_key(conversation.id))
    tx.hint(topic(conversation.id), conversation.last_seq)
    return None


def _refusal(tx: Tx, conversation: Conversation) -> str | None:
    if conversation.status == "closed":
        return "conversation_closed"
    if not _unanswered(tx, conversation.id):
        spoken = repository.last_of(tx, conversation.id, "agent")
        return "answered_by_person" if spoken else "nothing_waits"
    window = windows.get(tx, conversation.contact_id)
    taken = conversation.status == "human" and conversation.handoff_reason != FAILED
    if taken or (window and window.session in (rules.QUEUED, rules.SERVICER)):
        return "with_people"
    return None


def _unanswered(tx: Tx, conversation_id: str) -> Sequence[Message]:
    """From the first that failed since a person last spoke."""
    spoken = repository.last_of(tx, conversation_id, "agent")
    rows = [row for row in repository.unanswered(tx, conversation_id) if row.seq > spoken]
    first = next((n for n, row in enumerate(rows) if row.turn_state == "failed"), len(rows))
    return rows[first:]


REVIVAL = Revival(refusal, revive)
