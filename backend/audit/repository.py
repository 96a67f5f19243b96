"""The log's rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.audit.models import audit_entry, audit_head
from backend.audit.rules import GENESIS, AuditEntry
from backend.kit.db import Tx
from backend.kit.sql import insert_into, row, run, run_each

PAGE = 1_000
_HEAD = sa.select(audit_head.c.seq, audit_head.c.hash)
_HEAD_LOCKED = _HEAD.with_for_update()
_MOVE_HEAD = sa.update(audit_head)


def lock_head(tx: Tx) -> tuple[int, str]:
    """The last entry's number and hash, held until the commit; makes the row the first time."""
    found = row(tx, _HEAD_LOCKED, {})
    if found is None:
        insert = postgresql.insert if tx.is_postgres else sqlite.insert
        first = insert(audit_head).values(id=1, seq=0, hash=GENESIS)
        tx.conn.execute(first.on_conflict_do_nothing())
        found = row(tx, _HEAD_LOCKED, {}) or (0, GENESIS)
    seq, last_hash = found
    return seq, last_hash


def append(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add the entries and move the head to the last of them."""
    run_each(tx, insert_into(audit_entry), rows)
    last = rows[-1]
    run(tx, _MOVE_HEAD, {"seq": last["seq"], "hash": last["hash"]})


def head(tx: Tx) -> tuple[int, str]:
    """The last entry's number and hash as the head tells it; (0, GENESIS) for an empty log."""
    row = tx.conn.execute(_HEAD).one_or_none()
    return (0, GENESIS) if row is None else (row.seq, row.hash)


def all_entries(tx: Tx) -> Iterator[AuditEntry]:
    """Every entry in order, a page at a time."""
    last = -1
    while True:
        page = _entries(tx, audit_entry.c.seq > last, PAGE)
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1].seq


def entries_of(tx: Tx, subject: str, limit: int) -> Sequence[AuditEntry]:
    """The first `limit` entries on a subject, oldest first."""
    return _entries(tx, audit_entry.c.subject == subject, limit)


def _entries(tx: Tx, where: sa.ColumnElement[bool], limit: int) -> Sequence[AuditEntry]:
    query = sa.select(audit_entry).where(where).order_by(audit_entry.c.seq).limit(limit)
    return [AuditEntry(**row._mapping) for row in tx.conn.execute(query)]
