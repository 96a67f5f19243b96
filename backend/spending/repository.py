"""The only SQL on what a language model used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from backend.kit.db import Tx
from backend.kit.sql import Upsert, run, value
from backend.spending.models import model_use

_FIGURES = ("questions", "tokens_in", "tokens_out", "cost")


@dataclass(frozen=True, slots=True)
class Use:
    """What was used on a day (yyyymmdd, UTC), in one conversation or, without one, in all of them.
    `cost` in millionths of `currency`'s unit."""

    day: str
    conversation_id: str | None
    currency: str
    questions: int
    tokens_in: int
    tokens_out: int
    cost: int


def _added(insert: sa.Insert) -> sa.Insert:
    more = {name: model_use.c[name] + insert.excluded[name] for name in _FIGURES}  # type: ignore[attr-defined]
    return insert.on_conflict_do_update(  # type: ignore[attr-defined,no-any-return]
        index_elements=["day", "conversation_id", "currency"], set_=more
    )


_ADD = Upsert(model_use, list(Use.__dataclass_fields__), _added)
_USED = sa.select(
    sa.func.coalesce(sa.func.sum(model_use.c.tokens_in + model_use.c.tokens_out), 0)
).where(model_use.c.day == sa.bindparam("day"))


def add(tx: Tx, use: Use) -> None:
    """Count what was used in a conversation on a day."""
    run(tx, _ADD, {name: getattr(use, name) for name in Use.__dataclass_fields__})


def used(tx: Tx, day: str) -> int:
    """Tokens of a day, of all processes."""
    tokens: int = value(tx, _USED, {"day": day})
    return int(tokens)


def by_day(tx: Tx, since: str) -> Sequence[Use]:
    """A row for each day and currency, the latest day first."""
    sums = [sa.func.sum(model_use.c[name]).label(name) for name in _FIGURES]
    found = tx.conn.execute(
        sa.select(model_use.c.day, model_use.c.currency, *sums)
        .where(model_use.c.day >= since)
        .group_by(model_use.c.day, model_use.c.currency)
        .order_by(model_use.c.day.desc(), model_use.c.currency)
    )
    return [
        Use(day, None, currency, *(int(one) for one in sums_)) for day, currency, *sums_ in found
    ]


def by_conversation(tx: Tx, since: str, limit: int) -> Sequence[Use]:
    """The conversations of these days that used most."""
    tokens = model_use.c.tokens_in + model_use.c.tokens_out
    found = tx.conn.execute(
        sa.select(model_use)
        .where(model_use.c.day >= since)
        .order_by(model_use.c.cost.desc(), tokens.desc(), model_use.c.conversation_id)
        .limit(limit)
    )
    return [Use(**row._mapping) for row in found]
