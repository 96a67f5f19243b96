"""The only SQL on rule tables and decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.kit.actor import Actor
from backend.kit.db import Tx
from backend.kit.sql import insert_into, row, run_each
from backend.rules.engine import Version, content_hash
from backend.rules.models import decision, rule_table


@dataclass(frozen=True, slots=True)
class TableVersion:
    """A version of a table, without its content. `status`: draft, published, retired."""

    name: str
    version: int
    status: str
    author_id: str
    author_name: str
    created_at: datetime
    published_by: str | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision as it was made for a ticket."""

    ticket_id: str
    rule_table: str
    version: int
    row_id: str
    row_index: int
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    decided_at: datetime


_version_columns = [rule_table.c[name] for name in TableVersion.__dataclass_fields__]
_decision_columns = [decision.c[name] for name in StoredDecision.__dataclass_fields__]


_PUBLISHED = sa.select(rule_table.c.version, rule_table.c.content_hash).where(
    rule_table.c.name == sa.bindparam("name"), rule_table.c.status == "published"
)


def published(tx: Tx, name: str) -> Version | None:
    """Which version of a table decides at present."""
    found = row(tx, _PUBLISHED, {"name": name})
    return Version(*found) if found else None


def content(tx: Tx, name: str, version: int) -> Mapping[str, Any] | None:
    """The content of one version."""
    found: Mapping[str, Any] | None = tx.conn.execute(
        sa.select(rule_table.c.content).where(
            rule_table.c.name == name, rule_table.c.version == version
        )
    ).scalar_one_or_none()
    return found


def versions(tx: Tx, name: str) -> Sequence[TableVersion]:
    """All versions of a table, newest first."""
    rows = tx.conn.execute(
        sa.select(*_version_columns)
        .where(rule_table.c.name == name)
        .order_by(rule_table.c.version.desc())
    )
    return [TableVersion(**row._mapping) for row in rows]


def lock(tx: Tx, name: str) -> None:
    """Hold a table's versions until the commit: numbers and the published one are settled alone."""
    tx.conn.execute(
        sa.select(rule_table.c.id).where(rule_table.c.name == name).with_for_update()
    ).all()


def add(
    tx: Tx,
    name: str,
    version: int,
    table_content: Mapping[str, Any],
    author: Actor,
    *,
    is_published: bool,
) -> bool:
    """Add a version. False: another process has added that very number or published meanwhile.

    No index is named: of two processes that publish at once, Postgres may notice the clash by the
    number or by the one published version a table may have.
    """
    insert = postgresql.insert(rule_table) if tx.is_postgres else sqlite.insert(rule_table)
    statement = insert.values(
        id=tx.ids.new(),
        name=name,
        version=version,
        status="published" if is_published else "draft",
        content=table_content,
        content_hash=content_hash(table_content),
        author_id=author.id,
        author_name=author.name,
        created_at=tx.now,
        published_by=author.name if is_published else None,
        published_at=tx.now if is_published else None,
    ).on_conflict_do_nothing()
    return tx.conn.execute(statement.returning(rule_table.c.id)).first() is not None


def retire_published(tx: Tx, name: str) -> None:
    """Take the version that decides at present out of use."""
    tx.conn.execute(
        sa.update(rule_table)
        .where(rule_table.c.name == name, rule_table.c.status == "published")
        .values(status="retired", retired_at=tx.now)
    )


def set_published(tx: Tx, name: str, version: int, publisher: Actor) -> None:
    """Let a version decide from now on."""
    tx.conn.execute(
        sa.update(rule_table)
        .where(rule_table.c.name == name, rule_table.c.version == version)
        .values(
            status="published",
            published_by=publisher.name,
            published_at=tx.now,
            retired_at=None,
        )
    )


def add_decisions(tx: Tx, decisions: Sequence[StoredDecision]) -> None:
    """Keep decisions with their tickets."""
    names = StoredDecision.__dataclass_fields__
    rows = [
        {"id": tx.ids.new(), **{name: getattr(made, name) for name in names}} for made in decisions
    ]
    run_each(tx, insert_into(decision), rows)


def decisions_of(tx: Tx, ticket_ids: Sequence[str]) -> Sequence[StoredDecision]:
    """The decisions made for tickets, oldest first; of one moment by table."""
    rows = tx.conn.execute(
        sa.select(*_decision_columns)
        .where(decision.c.ticket_id.in_(ticket_ids))
        .order_by(decision.c.decided_at, decision.c.rule_table)
    )
    return [StoredDecision(**row._mapping) for row in rows]
