"""Reads what the service stored, by plain SQL: nothing here is shared with the service."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]

# Without the kinds that come by the clock, whatever customers do.
# Jobs first: when none is open any more, nothing of what is read after it can still change.
_QUERIES = {
    "job": "SELECT * FROM job WHERE kind NOT IN ('prune', 'pull_all', 'index')",
    "contact": "SELECT * FROM contact",
    "conversation": "SELECT * FROM conversation",
    "message": "SELECT * FROM message ORDER BY conversation_id, seq",
    "delivered_part": "SELECT * FROM delivered_part",
    "refund": "SELECT * FROM refund",
    "refund_transfer": "SELECT * FROM refund_transfer",
    "payment": "SELECT * FROM payment",
    "ticket": "SELECT * FROM ticket",
    "order": 'SELECT * FROM "order"',
    "audit_entry": "SELECT * FROM audit_entry ORDER BY seq",
    "audit_head": "SELECT * FROM audit_head",
}
_OPEN = (
    "SELECT count(*) FROM job "
    "WHERE state IN ('new', 'running') AND kind NOT IN ('prune', 'pull_all', 'index')"
)
_JSON = ("body", "state_json", "payload", "data", "understood", "parts")
_TIMES = ("_at", "_until")


async def open_jobs(database_url: str, data: Path) -> int:
    """How many jobs are not settled yet."""
    if not database_url:
        return await asyncio.to_thread(_count_open, data / "aftercare.db")
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    try:
        return int(await connection.fetchval(_OPEN))
    finally:
        await connection.close()


async def read_tables(database_url: str, data: Path) -> Tables:
    """All rows a checker needs, the payment provider's books as `effect`."""
    if database_url:
        tables = await _read_postgres(database_url.replace("+asyncpg", ""))
    else:
        tables = await asyncio.to_thread(_read_file, data / "aftercare.db", _QUERIES)
    books = {"effect": "SELECT * FROM effect ORDER BY ref"}
    return {**tables, **await asyncio.to_thread(_read_file, data / "demo_payments.db", books)}


async def _read_postgres(dsn: str) -> dict[str, Sequence[Row]]:
    connection = await asyncpg.connect(dsn)
    try:
        return {
            name: [_plain(row) for row in await connection.fetch(sql)]
            for name, sql in _QUERIES.items()
        }
    finally:
        await connection.close()


def _read_file(path: Path, queries: Mapping[str, str]) -> dict[str, Sequence[Row]]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return {
            name: [_plain(row) for row in connection.execute(sql)] for name, sql in queries.items()
        }


def _count_open(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(_OPEN).fetchone()[0])


def _plain(row: Any) -> Row:
    """JSON as objects and times as aware datetimes, whichever database they come from."""
    plain: dict[str, Any] = {}
    for name, value in dict(row).items():
        if isinstance(value, str) and name in _JSON:
            value = json.loads(value)
        elif isinstance(value, str) and (name.endswith(_TIMES) or name == "at"):
            value = datetime.fromisoformat(value).replace(tzinfo=UTC)
        plain[name] = value
    return plain
