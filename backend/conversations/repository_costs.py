"""What a language model cost in a conversation: the sum over what its messages remember."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from backend.conversations.models import message
from backend.kit.db import Tx


@dataclass(frozen=True, slots=True)
class ModelCost:
    """Tokens, and `cost` in millionths of `currency`'s unit; one for each currency there was."""

    currency: str
    tokens_in: int
    tokens_out: int
    cost: int
    messages: int


def model_costs(tx: Tx, conversation_id: str) -> list[ModelCost]:
    """The conversation's costs by currency; empty where no model was asked."""
    use = message.c.understood["model"]
    currency = use["currency"].as_string()
    found = tx.conn.execute(
        sa.select(
            currency,
            sa.func.sum(use["tokens_in"].as_integer()),
            sa.func.sum(use["tokens_out"].as_integer()),
            sa.func.sum(use["cost"].as_integer()),
            sa.func.count(),
        )
        .where(message.c.conversation_id == conversation_id, currency.is_not(None))
        .group_by(currency)
        .order_by(currency)
    )
    return [ModelCost(name, *(int(one) for one in figures)) for name, *figures in found]
