"""The log's tables, and the triggers that keep them append-only.

Triggers stop mistakes and ordinary access; the chain of hashes shows what somebody with the
database's own rights has altered all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from backend.kit.schema import Json, UtcTime, metadata

audit_entry = sa.Table(
    "audit_entry",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor_kind", sa.String(16), nullable=False),
    sa.Column("actor_id", sa.String(64), nullable=False),
    sa.Column("actor_name", sa.String(120), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(128), nullable=False, comment="ticket:AS20260520-1286"),
    sa.Column("data", Json, nullable=False),
    sa.Column("prev_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
sa.Index("ix_audit_entry_subject", audit_entry.c.subject, audit_entry.c.seq)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False, comment="always 1"),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.CheckConstraint("id = 1", name="ck_audit_head_one"),
)


def _sqlite_refusal(table: str, name: str, event: str, when: str = "") -> str:
    return (
        f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} {when} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


# "INSERT OR REPLACE" deletes without asking the delete trigger, hence the triggers on INSERT.
_SQLITE: Mapping[str, Sequence[str]] = {
    "audit_entry": (
        _sqlite_refusal("audit_entry", "no_update", "UPDATE"),
        _sqlite_refusal("audit_entry", "no_delete", "DELETE"),
        _sqlite_refusal(
            "audit_entry",
            "no_replace",
            "INSERT",
            "WHEN EXISTS (SELECT 1 FROM audit_entry WHERE seq = NEW.seq)",
        ),
    ),
    "audit_head": (
        _sqlite_refusal("audit_head", "no_return", "UPDATE", "WHEN NEW.seq <= OLD.seq"),
        _sqlite_refusal("audit_head", "no_delete", "DELETE"),
        _sqlite_refusal(
            "audit_head", "no_replace", "INSERT", "WHEN EXISTS (SELECT 1 FROM audit_head)"
        ),
    ),
}

_POSTGRES_REFUSE = """
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only', ERRCODE = '23000';
END $$
"""
_POSTGRES: Mapping[str, Sequence[str]] = {
    "audit_entry": (
        _POSTGRES_REFUSE,
        "CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
        "CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    ),
    "audit_head": (
        _POSTGRES_REFUSE,
        "CREATE TRIGGER audit_head_no_return BEFORE UPDATE ON audit_head "
        "FOR EACH ROW WHEN (NEW.seq <= OLD.seq) EXECUTE FUNCTION audit_refuse()",
        "CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head "
        "FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
        "CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    ),
}
TRIGGERS: Mapping[str, Mapping[str, Sequence[str]]] = {"sqlite": _SQLITE, "postgresql": _POSTGRES}
"""Dialect -> table -> statements, to be run once the table is there."""


def protect(conn: sa.Connection) -> None:
    """Create all triggers: for a migration, whose `create_table` fires none of the events below."""
    for table in (audit_entry, audit_head):
        _protect_table(table, conn)


def _protect_table(table: sa.Table, conn: sa.Connection, **_options: object) -> None:
    for statement in TRIGGERS[conn.dialect.name][table.name]:
        conn.exec_driver_sql(statement)


sa.event.listen(audit_entry, "after_create", _protect_table)
sa.event.listen(audit_head, "after_create", _protect_table)
