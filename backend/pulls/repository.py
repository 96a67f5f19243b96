"""The only SQL on pull cursors and on the news that was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.kit.db import Tx
from backend.pulls.models import pull_cursor, taken_notice

_PLACE = sa.and_(
    pull_cursor.c.channel_account == sa.bindparam("account"),
    pull_cursor.c.source == sa.bindparam("origin"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """How far a source was read. `generation` counts the pulls begun; `asked_at` is when the first
    of them was asked for."""

    cursor: str = ""
    generation: int = 0
    pulled_at: datetime | None = None
    asked_at: datetime | None = None


def get(tx: Tx, account_id: str, source: str) -> Place:
    """Where a source was read to; the beginning for one nobody has read."""
    row = tx.conn.execute(
        sa.select(*[pull_cursor.c[name] for name in Place.__dataclass_fields__]).where(_PLACE),
        {"account": account_id, "origin": source},
    ).first()
    return Place(*row) if row else Place()


def begin(tx: Tx, account_id: str, source: str, generation: int, asked_at: datetime) -> None:
    """The pull of this generation begins: who asks from now on asks for the next one."""
    insert = postgresql.insert if tx.is_postgres else sqlite.insert
    tx.conn.execute(
        insert(pull_cursor)
        .values(
            channel_account=account_id, source=source, cursor="", generation=0, asked_at=asked_at
        )
        .on_conflict_do_nothing()
    )
    tx.conn.execute(
        sa.update(pull_cursor)
        .where(_PLACE, pull_cursor.c.generation == generation)
        .values(generation=generation + 1),
        {"account": account_id, "origin": source},
    )


def move(tx: Tx, account_id: str, source: str, before: str, after: str, *, at_end: bool) -> bool:
    """Move on from `before`. False: somebody else has moved it; then he goes on."""
    values: dict[str, object] = {"cursor": after}
    if at_end:
        values["pulled_at"] = tx.now
    moved = tx.conn.execute(
        sa.update(pull_cursor)
        .where(_PLACE, pull_cursor.c.cursor == before)
        .values(**values)
        .returning(pull_cursor.c.source),
        {"account": account_id, "origin": source},
    ).first()
    return moved is not None


def known_sources(tx: Tx, account_id: str) -> Sequence[str]:
    """The sources of an account that were ever read."""
    rows = tx.conn.execute(
        sa.select(pull_cursor.c.source).where(pull_cursor.c.channel_account == account_id)
    )
    return [row.source for row in rows]


@dataclass(frozen=True, slots=True)
class Gap:
    """What customers wrote between the two times was gone at the vendor's before we asked."""

    account_id: str
    source: str
    since: datetime
    until: datetime


def note_gap(tx: Tx, gap: Gap) -> None:
    """Remember the latest gap of a source."""
    tx.conn.execute(
        sa.update(pull_cursor).where(_PLACE).values(gap_from=gap.since, gap_until=gap.until),
        {"account": gap.account_id, "origin": gap.source},
    )


def gaps(tx: Tx, after: datetime) -> Sequence[Gap]:
    """Gaps that ended after `after`, the latest of each source."""
    rows = tx.conn.execute(
        sa.select(
            pull_cursor.c.channel_account,
            pull_cursor.c.source,
            pull_cursor.c.gap_from,
            pull_cursor.c.gap_until,
        )
        .where(pull_cursor.c.gap_until > after)
        .order_by(pull_cursor.c.channel_account, pull_cursor.c.source)
    )
    return [Gap(*row) for row in rows]


def take_notice(tx: Tx, account_id: str, external_id: str) -> bool:
    """Note that a piece of news is taken in this transaction. False: it was before."""
    insert = postgresql.insert if tx.is_postgres else sqlite.insert
    row = {"channel_account": account_id, "external_id": external_id, "taken_at": tx.now}
    taken = insert(taken_notice).values(**row).on_conflict_do_nothing()
    return tx.conn.execute(taken.returning(taken_notice.c.external_id)).first() is not None


def prune_notices(tx: Tx, older_than: timedelta) -> None:
    """Forget what no page can hold any more."""
    tx.conn.execute(sa.delete(taken_notice).where(taken_notice.c.taken_at < tx.now - older_than))
