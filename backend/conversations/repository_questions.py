"""The SQL on questions that the bot had no answer to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from backend.conversations.models import conversation, message
from backend.kit.db import Tx

NO_ANSWER: Final = ("chat.no_answer", "chat.no_answer_now")
"""The templates the bot says so with."""
MAX_LISTED: Final = 1000


@dataclass(frozen=True, slots=True)
class UnansweredQuestion:
    """What a customer asked in vain, in his conversation's language."""

    message_id: str
    conversation_id: str
    locale: str
    asked_at: datetime
    text: str


def unanswered_questions(tx: Tx, since: datetime, limit: int = 100) -> Sequence[UnansweredQuestion]:
    """Questions since then whose reply was that there is no answer, the newest first. At most
    MAX_LISTED; texts are the customers' own and may hold personal data."""
    reply, question = message.alias("reply"), message.alias("question")
    query = (
        sa.select(
            question.c.id,
            question.c.conversation_id,
            conversation.c.locale,
            question.c.sent_at,
            question.c.body["text"].as_string(),
        )
        .select_from(reply)
        .join(question, question.c.id == reply.c.answers)
        .join(conversation, conversation.c.id == question.c.conversation_id)
        .where(
            reply.c.author == "bot",
            reply.c.sent_at >= since,
            reply.c.body["template_key"].as_string().in_(NO_ANSWER),
        )
        .order_by(question.c.sent_at.desc(), question.c.id.desc())
        .limit(min(limit, MAX_LISTED))
    )
    return [UnansweredQuestion(*found) for found in tx.conn.execute(query)]
