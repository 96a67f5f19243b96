"""The only SQL on channel status, and on what waits for delivery."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.channel_status.models import channel_status
from backend.conversations.models import message
from backend.kit.db import Tx


@dataclass(frozen=True, slots=True)
class StatusRow:
    """What is known of an account; None where nothing is known yet.

    `judged_at` is when the vendor's answer came that the state rests on; None: there was none yet.
    """

    account_id: str
    state: str
    since: datetime
    error_code: str | None = None
    error_detail: str | None = None
    judged_at: datetime | None = None
    last_in_at: datetime | None = None
    last_out_at: datetime | None = None
    checked_at: datetime | None = None
    identity: str | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """Messages of an account that wait for delivery."""

    number: int
    oldest_at: datetime


_columns = [channel_status.c[name] for name in StatusRow.__dataclass_fields__]


def all_statuses(tx: Tx) -> Mapping[str, StatusRow]:
    """By account."""
    rows = tx.conn.execute(sa.select(*_columns)).all()
    return {row.account_id: StatusRow(**row._mapping) for row in rows}


def upsert(tx: Tx, rows: Sequence[StatusRow]) -> None:
    """Write what a process has seen. Other processes see the same accounts: the latest answer of
    the vendor decides, `since` stays within a state, times only move on."""
    insert: Any = postgresql.insert if tx.is_postgres else sqlite.insert
    known = channel_status.c
    for row in rows:
        values = {name: getattr(row, name) for name in StatusRow.__dataclass_fields__}
        statement = insert(channel_status).values(values)
        new = statement.excluded
        is_latest = sa.and_(
            new.judged_at.is_not(None),
            sa.or_(known.judged_at.is_(None), new.judged_at >= known.judged_at),
        )
        changes: dict[str, Any] = {
            name: sa.case((is_latest, new[name]), else_=known[name])
            for name in ("state", "error_code", "error_detail")
        }
        moves = sa.and_(is_latest, known.state != new.state)
        changes["since"] = sa.case(
            (sa.and_(moves, new.since >= known.since), new.since),
            # The writer knew nothing of what lay between: the account is as he says since he asked.
            (moves, new.judged_at),
            else_=known.since,
        )
        for name in ("judged_at", "last_in_at", "last_out_at", "checked_at"):
            changes[name] = _later(known[name], new[name])
        changes["identity"] = sa.func.coalesce(new.identity, known.identity)
        tx.conn.execute(
            statement.on_conflict_do_update(index_elements=["account_id"], set_=changes)
        )


def mend(tx: Tx, account_ids: Sequence[str], codes: Collection[str]) -> None:
    """What stands against these accounts by one of the codes does so no more."""
    tx.conn.execute(
        sa.update(channel_status)
        .where(
            channel_status.c.account_id.in_(list(account_ids)),
            channel_status.c.error_code.in_(list(codes)),
        )
        .values(state="ok", error_code=None, error_detail=None, since=tx.now)
    )


def _later(known: Any, new: Any) -> Any:
    return sa.case((sa.or_(known.is_(None), new > known), new), else_=known)


def pending(tx: Tx) -> Mapping[str, Pending]:
    """What waits for delivery, by account; reads only the rows that wait."""
    rows = tx.conn.execute(
        sa.select(
            message.c.channel_account,
            sa.func.count().label("number"),
            sa.func.min(message.c.sent_at).label("oldest_at"),
        )
        .where(message.c.delivery == "pending")
        .group_by(message.c.channel_account)
    )
    return {row.channel_account: Pending(row.number, row.oldest_at) for row in rows}
