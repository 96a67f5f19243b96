"""Costs of a language model as the API shows them."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel

from backend.spending.repository import Use


class ModelCostOut(BaseModel):
    """Tokens and their cost on a UTC day, in one conversation or (null) in all. `cost_micros` in
    millionths of the currency's unit; `cost` is the same in units, as text."""

    day: date
    conversation_id: str | None
    currency: str
    questions: int
    tokens_in: int
    tokens_out: int
    cost_micros: int
    cost: str


class ModelCostsOut(BaseModel):
    """The latest day first; by conversation, the dearest first."""

    items: list[ModelCostOut]


def model_cost_out(use: Use) -> ModelCostOut:
    """A row for the API."""
    return ModelCostOut(
        day=date.fromisoformat(f"{use.day[:4]}-{use.day[4:6]}-{use.day[6:]}"),
        conversation_id=use.conversation_id,
        currency=use.currency,
        questions=use.questions,
        tokens_in=use.tokens_in,
        tokens_out=use.tokens_out,
        cost_micros=use.cost,
        cost=f"{use.cost // 1_000_000}.{use.cost % 1_000_000:06}",
    )
