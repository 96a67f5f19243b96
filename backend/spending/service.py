"""What a language model used: counted with each turn, shown to managers, capped by the day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from backend.kit.actor import Actor, Role, require
from backend.kit.db import Tx
from backend.spending import repository
from backend.spending.repository import Use

MAX_DAYS = 366
MAX_ROWS = 500


def day_of(moment: datetime) -> str:
    """The UTC day a moment counts to."""
    return f"{moment:%Y%m%d}"


def add_use(
    tx: Tx,
    conversation_id: str,
    *,
    questions: int,
    tokens_in: int,
    tokens_out: int,
    cost: int,
    currency: str,
) -> None:
    """Count what one turn of a conversation used; `cost` in millionths of `currency`'s unit."""
    day = day_of(tx.now)
    use = Use(day, conversation_id, currency, questions, tokens_in, tokens_out, cost)
    repository.add(tx, use)


def used_today(tx: Tx) -> tuple[str, int]:
    """Today and the tokens all processes used so far."""
    day = day_of(tx.now)
    return day, repository.used(tx, day)


def costs(tx: Tx, actor: Actor, *, days: int, by_conversation: bool) -> Sequence[Use]:
    """What the last `days` days cost: by day, or the conversations that cost most. Raises:
    Forbidden."""
    require(actor, Role.MANAGER)
    since = day_of(tx.now - timedelta(days=max(1, min(days, MAX_DAYS)) - 1))
    if by_conversation:
        return repository.by_conversation(tx, since, MAX_ROWS)
    return repository.by_day(tx, since)
