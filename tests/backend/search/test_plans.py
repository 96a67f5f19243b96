"""No list and no search reads a whole table: what the databases say they would do."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from backend.conversations.search import list_conversations
from backend.indexing import index_all
from backend.kit.db import Database, Tx
from backend.kit.pages import Place, Total
from backend.refunds.views import list_refunds
from backend.tickets.search import list_tickets
from tests.backend.refunds.support import AGENT, order_document, prepare
from tests.backend.tickets.test_lists import opened
from tests.support.databases import NOON

TABLES = (
    "ticket", "conversation", "message", "refund", "order", "customer", "contact",
    "ticket_terms", "conversation_terms",
)  # fmt: skip
DEEP = Place(Total(10_000, exact=False), NOON, "~").encode()
DEEP_FOUND = Place(Total(1_000, exact=False), seq=5_000).encode()

Statement = tuple[str, Any]


def statements_of(tx: Tx, ask: Callable[[Tx], object]) -> list[Statement]:
    """What is sent to the database meanwhile."""
    sent: list[Statement] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        sent.append((statement, parameters))

    sa.event.listen(tx.conn, "before_cursor_execute", note)
    ask(tx)
    sa.event.remove(tx.conn, "before_cursor_execute", note)
    return sent


def whole_tables_read(tx: Tx, ask: Callable[[Tx], object]) -> list[str]:
    """Lines of plans that read a table from end to end, without an index."""
    explain = "EXPLAIN" if tx.is_postgres else "EXPLAIN QUERY PLAN"
    if tx.is_postgres:
        # A table of a few rows is read whole by right; this asks whether there is another way.
        tx.conn.execute(sa.text("SELECT set_config('enable_seqscan', 'off', true)"))
    found = []
    for statement, parameters in statements_of(tx, ask):
        plan = tx.conn.exec_driver_sql(f"{explain} {statement}", parameters)
        found += [line for row in plan if reads_whole(line := str(row[-1]))]
    return found


def reads_whole(line: str) -> bool:
    """Of a plan's line: does it say that one of our tables is read without an index?"""
    names = "|".join(TABLES)
    return bool(re.search(rf'(^SCAN ({names})$|Seq Scan on "?({names})"?\b)', line))


@pytest.mark.parametrize(
    "line", ["SCAN ticket", "  ->  Seq Scan on conversation  (cost=1)", 'Seq Scan on "order" o']
)
def test_a_whole_table_would_be_noticed(line: str) -> None:
    assert reads_whole(line)
    assert not reads_whole("SCAN ticket USING COVERING INDEX ix_ticket_created")


def questions() -> list[tuple[str, Callable[[Tx], object]]]:
    found: list[tuple[str, Callable[[Tx], object]]] = []
    for service, statuses in (
        (list_tickets, (None, "open", "in_progress", "completed", "closed")),
        (list_conversations, (None, "bot", "human", "closed")),
    ):
        for status in statuses:
            for words, cursor in (
                ("", None),
                ("", DEEP),
                ("thing", None),
                ("品", None),
                ("thing", DEEP_FOUND),
            ):
                name = f"{service.__name__} {status} {words} {'deep' if cursor else 'first'}"
                asked = partial(
                    service, actor=AGENT, status=status, words=words, cursor=cursor, limit=2
                )
                found.append((name, asked))
    for status in (None, "awaiting_approval"):
        for cursor in (None, DEEP):
            queue = partial(list_refunds, actor=AGENT, status=status, cursor=cursor, limit=2)
            found.append((f"list_refunds {status} {'deep' if cursor else 'first'}", queue))
    return found


async def test_no_question_reads_a_whole_table(database: Database) -> None:
    order, chat = await database.tx(prepare, order_document())
    for _ in range(5):
        await database.tx(opened, order, chat)
    await index_all(database)
    await database.tx(opened, order, chat)  # one that a search looks through by itself
    read = {name: await database.read(whole_tables_read, ask) for name, ask in questions()}
    assert {name: lines for name, lines in read.items() if lines} == {}


async def test_postgres_asks_its_word_index(database: Database) -> None:
    """Also where the planner could walk the primary key and look at each row."""
    order, chat = await database.tx(prepare, order_document())
    await database.tx(opened, order, chat)
    await index_all(database)

    def plan(tx: Tx) -> str:
        if tx.is_postgres:
            tx.conn.execute(sa.text("SELECT set_config('enable_seqscan', 'off', true)"))
        ask = partial(list_tickets, actor=AGENT, status=None, words="thing", cursor=None, limit=2)
        [(statement, parameters)] = [
            one for one in statements_of(tx, ask) if "MATCH" in one[0] or "@@" in one[0]
        ]
        explain = "EXPLAIN" if tx.is_postgres else "EXPLAIN QUERY PLAN"
        rows = tx.conn.exec_driver_sql(f"{explain} {statement}", parameters)
        return "\n".join(str(row[-1]) for row in rows)

    lines = await database.read(plan)
    assert "Bitmap Index Scan on ticket_fts" in lines or "VIRTUAL TABLE INDEX" in lines
    assert "TEMP B-TREE" not in lines, "FTS5 gives them in order"
