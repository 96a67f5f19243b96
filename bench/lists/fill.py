"""Fills a database with a made-up shop, past the services: by bulk, triggers and indexes later."""

from __future__ import annotations

import json
import sqlite3
import struct
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

import asyncpg

from backend.conversations import search as conversations
from backend.conversations import search_models as conversation_tables
from backend.conversations.repository_lists import FoundBy as TalkFoundBy
from backend.kit.search.indexing import Words
from backend.kit.search.models import BUCKET_BITS, index_ddl
from backend.kit.search.terms import joined
from backend.tickets import search as tickets
from backend.tickets import search_models as ticket_tables
from backend.tickets.repository_lists import FoundBy
from bench.lists.shop import Case, case

BATCH = 5_000
SUBJECTS = (ticket_tables, conversation_tables)
Rows = dict[str, list[dict[str, Any]]]


class Target(Protocol):
    """A database to fill."""

    async def prepare(self) -> None: ...
    async def insert(self, rows: Rows) -> None: ...
    async def finish(self) -> None: ...


async def fill(target: Target, rows: int) -> None:
    """`rows` tickets with order and customer, and `rows` conversations of three messages."""
    await target.prepare()
    started = time.perf_counter()
    numbers = iter(range(rows))
    while chunk := list(islice(numbers, BATCH)):
        made: Rows = {}
        for row in chunk:
            for table, values in _rows_of(row, case(row, rows)):
                made.setdefault(table, []).append(values)
        await target.insert(made)
        if chunk[-1] + 1 == rows or (chunk[-1] + 1) % 100_000 == 0:
            print(f"  {chunk[-1] + 1:>9} rows in {time.perf_counter() - started:.0f} s", flush=True)
    await target.finish()


def _rows_of(row: int, one: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    key = f"{row:032x}"
    talk = _talk(row, one)
    yield "customer", {
        "id": key, "external_id": f"B{row}", "name": one.name, "email": one.email,
        "phone": one.phone, "locale": "zh-CN", "tier": "standard", "blacklisted": False,
        "note": "", "created_at": one.at,
    }  # fmt: skip
    yield "contact", {
        "id": key, "channel_account": "web-demo", "external_id": f"customer:B{row}",
        "display_name": one.name, "locale": "zh-CN", "customer_id": key, "created_at": one.at,
    }  # fmt: skip
    yield "order", {
        "id": key, "number": one.order, "number_key": f"{one.order}-{row}", "customer_id": key,
        "business": "appliances", "status": "delivered", "currency": "CNY", "country": "CN",
        "cross_border": False, "discount": 0, "shipping_fee": 0, "paid": one.amount,
        "email": None, "phone": None, "carrier": "", "tracking_number": "", "placed_at": one.at,
        "delivered_at": one.at, "content_hash": "", "updated_at": one.at,
    }  # fmt: skip
    yield "order_item", {
        "id": key, "order_id": key, "line": 1, "sku": "SKU", "titles": one.titles, "quantity": 1,
        "unit_price": one.amount, "returnable": True,
    }  # fmt: skip
    yield "conversation", talk
    yield from (("message", message) for message in _messages(row, one))
    yield "ticket", {
        "id": key, "number": f"{one.number}-{row}", "kind": "refund_only", "state": one.state,
        "order_id": key, "customer_id": key, "contact_id": key, "conversation_id": key,
        "reason": one.reason, "comment": one.said[0][1], "amount": one.amount, "currency": "CNY",
        "created_at": one.at, "updated_at": one.at, "closed_at": None,
    }  # fmt: skip
    yield "ticket_item", {"ticket_id": key, "order_item_id": key, "quantity": 1, "amount": None}
    number = f"{one.number}-{row}"
    emails, phones = (None, one.email), (None, one.phone)
    found_by = FoundBy(
        key, one.state, number, one.order, one.name, emails, phones, list(one.titles.values())
    )
    yield "ticket_terms", _terms(row, key, tickets.words_from(found_by))
    texts = [text for _, text in reversed(one.said)]
    talk_found_by = TalkFoundBy(key, one.status, (one.name, one.name), texts)
    numbers = (number, one.order)
    yield "conversation_terms", _terms(row, key, conversations.words_from(talk_found_by, numbers))


def _terms(row: int, key: str, words: Words) -> dict[str, Any]:
    return {"seq": row + 1, "owner_id": key, "terms": words.all_terms()}


def _talk(row: int, one: Case) -> dict[str, Any]:
    key = f"{row:032x}"
    return {
        "id": key, "channel_account": "web-demo", "contact_id": key, "status": one.status,
        "locale": "zh-CN", "state": None, "state_version": 1, "last_seq": len(one.said),
        "handoff_reason": None, "created_at": one.at, "updated_at": one.at,
    }  # fmt: skip


def _messages(row: int, one: Case) -> Iterator[dict[str, Any]]:
    for seq, (author, text) in enumerate(one.said, 1):
        external_id = f"{row}:{seq}"
        yield {
            "id": f"{row:024x}{seq:08x}", "conversation_id": f"{row:032x}", "seq": seq,
            "channel_account": "web-demo", "external_id": external_id, "author": author,
            "author_name": None, "body": {"text": text, "kind": "text", "attachments": []},
            "sent_at": one.at, "provider_order": seq, "turn_state": "done", "delivery": None,
        }  # fmt: skip


class SqliteTarget:
    """A file of an embedded house."""

    def __init__(self, path: str) -> None:
        self.conn = sqlite3.connect(path, isolation_level=None)
        self.laid_aside: list[str] = []

    async def prepare(self) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-200000"):
            self.conn.execute(f"PRAGMA {pragma}")
        # The rows' own triggers and the index's: made again when all is there.
        names = "'" + "','".join(_TABLES) + "'"
        found = self.conn.execute(
            f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({names})"  # noqa: S608
        )
        for name, sql in found.fetchall():
            self.laid_aside.append(sql)
            self.conn.execute(f"DROP TRIGGER {name}")

    async def insert(self, rows: Rows) -> None:
        self.conn.execute("BEGIN")
        for table, values in rows.items():
            columns = list(values[0])
            marks = ", ".join("?" * len(columns))
            self.conn.executemany(
                f'INSERT INTO "{table}" ({", ".join(columns)}) VALUES ({marks})',  # noqa: S608
                ([_sqlite_value(name, row[name]) for name in columns] for row in values),
            )
        self.conn.execute("COMMIT")

    async def finish(self) -> None:
        for subject in SUBJECTS:
            fts = f"{subject.SUBJECT}_fts"
            self.conn.execute(f"INSERT INTO {fts} ({fts}) VALUES ('rebuild')")  # noqa: S608
            # A row's place is the number of its first change.
            change = f"{subject.SUBJECT}_change"
            self.conn.execute("DELETE FROM sqlite_sequence WHERE name = ?", [change])
            self.conn.execute(
                "INSERT INTO sqlite_sequence (name, seq) "  # noqa: S608
                f"SELECT '{change}', max(seq) FROM {subject.SUBJECT}_terms"
            )
        for sql in self.laid_aside:
            self.conn.execute(sql)
        self.conn.execute("ANALYZE")
        self.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.conn.close()


def _sqlite_value(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    if name == "terms":
        return joined(value)
    return json.dumps(value) if isinstance(value, dict) else value


class PostgresTarget:
    """A database on a server."""

    def __init__(self, url: str) -> None:
        self.dsn = url.replace("+asyncpg", "")

    async def prepare(self) -> None:
        self.conn = await asyncpg.connect(self.dsn)
        # COPY is binary: these are the forms the server's own jsonb_recv and tsvectorrecv take.
        for name, encoder in (("jsonb", _binary_jsonb), ("tsvector", _binary_tsvector)):
            await self.conn.set_type_codec(
                name, encoder=encoder, decoder=bytes, schema="pg_catalog", format="binary"
            )
        # No triggers for this connection, foreign keys' neither.
        await self.conn.execute("SET session_replication_role = replica")
        await self.conn.execute("SET maintenance_work_mem = '1GB'")
        for subject in SUBJECTS:
            await self.conn.execute(f"DROP INDEX IF EXISTS {subject.SUBJECT}_fts")

    async def insert(self, rows: Rows) -> None:
        for table, values in rows.items():
            columns = list(values[0])
            if table.endswith("_terms"):
                for row in values:
                    bucket = row["seq"] >> BUCKET_BITS
                    row["terms"] = [f"{bucket}:{term}" for term in row["terms"]]
            await self.conn.copy_records_to_table(
                table, columns=columns, records=[[row[name] for name in columns] for row in values]
            )

    async def finish(self) -> None:
        for subject in SUBJECTS:
            for statement in index_ddl("postgresql", subject.SUBJECT):
                await self.conn.execute(statement)
            name = f"{subject.SUBJECT}_terms"
            for table, column in ((name, "seq"), (f"{subject.SUBJECT}_change", "id")):
                sequence = f"pg_get_serial_sequence('{table}', '{column}')"
                await self.conn.execute(f"SELECT setval({sequence}, max(seq)) FROM {name}")  # noqa: S608
        await self.conn.execute("VACUUM ANALYZE")
        await self.conn.close()


def _binary_jsonb(value: object) -> bytes:
    return b"\x01" + json.dumps(value).encode()


def _binary_tsvector(lexemes: Sequence[str]) -> bytes:
    """Their number, then each with its end and its number of positions, which is none."""
    return struct.pack("!i", len(lexemes)) + b"".join(
        lexeme.encode() + b"\x00\x00\x00" for lexeme in lexemes
    )


_TABLES = (
    "customer", "contact", "order", "order_item", "conversation", "message", "ticket",
    "ticket_item", "ticket_terms", "conversation_terms",
)  # fmt: skip
