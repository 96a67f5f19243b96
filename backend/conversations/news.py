"""What live connections read: numbers by topic, messages by number, each for many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from backend.conversations import live_repository
from backend.conversations.service import shown_messages, topic
from backend.kit.db import Tx

_MARK = topic("")


def latest_numbers(tx: Tx, topics: Sequence[str]) -> Mapping[str, int]:
    """The number of the last message of each conversation, by topic; other topics have none."""
    ids = [one.removeprefix(_MARK) for one in topics if one.startswith(_MARK)]
    return {topic(one): seq for one, seq in live_repository.latest_numbers(tx, ids).items()}


def messages_at(
    tx: Tx, places: Sequence[tuple[str, int]], attachment_base: str
) -> Mapping[str, list[dict[str, Any]]]:
    """The messages with these (conversation id, number) as the chat API shows them, in order, by
    conversation."""
    rows = live_repository.messages_at(tx, places)
    shown = zip(rows, shown_messages(tx, rows, attachment_base), strict=True)
    return {
        conversation_id: [message for _row, message in group]
        for conversation_id, group in groupby(shown, lambda pair: pair[0].conversation_id)
    }
