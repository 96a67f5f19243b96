"""What the search costs those who write: a ticket's opening, and the indexing that follows."""

from __future__ import annotations

import time
from dataclasses import replace

import sqlalchemy as sa

from backend.conversations import search as conversations
from backend.conversations import search_models as conversation_tables
from backend.conversations import service
from backend.conversations.service import Incoming
from backend.house import House
from backend.kit.actor import SYSTEM
from backend.kit.db import Tx
from backend.kit.search.finding import FRESH
from backend.kit.search.indexing import work_off
from backend.kit.search.models import watch_ddl
from backend.tickets import search as tickets
from backend.tickets import search_models as ticket_tables
from backend.tickets.service import NewTicket, open_ticket

TIMES = 300
SEARCHES = 20


async def measure(house: House) -> None:
    """Print it. The database has some more rows afterwards."""
    house_ids = await house.db.read(_some_orders)
    with_search = await _write(house, house_ids, "a")
    await house.db.tx(_forget_triggers)
    without = await _write(house, house_ids, "b")
    await house.db.tx(_make_triggers)
    for name, watched, bare in zip(("a ticket", "a message"), with_search, without, strict=True):
        print(
            f"{name}: {watched:.3f} ms CPU with the search's triggers, {bare:.3f} without "
            f"(+{watched - bare:.3f})"
        )
    await _search(house, f"a search while {FRESH} or more changes are not indexed")
    for name, done, wall, cpu in await index_all(house):
        cost = f"{1e3 * cpu / done:.3f} ms CPU, {1e3 * wall / done:.3f} ms"
        print(f"indexing {done} {name}: {cost} each")
    await _search(house, "the same search when all is indexed")


async def index_all(house: House) -> list[tuple[str, int, float, float]]:
    """Index all that waits: (what, how many, wall seconds, CPU seconds)."""
    costs = []
    for name, index in (
        ("tickets", tickets.INDEX),
        ("conversations", conversations.index_of(tickets.numbers_of_conversations)),
    ):
        wall, cpu = time.perf_counter(), time.process_time()
        done = await work_off(house.db, replace(index, quiet=0, patience=0))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if done:
            costs.append((name, done, wall, cpu))
    return costs


async def _search(house: House, name: str) -> None:
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(SEARCHES):
        await house.db.read(
            tickets.list_tickets, SYSTEM, status=None, words="kettle", cursor=None, limit=50
        )
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{name}: {1e3 * cpu / SEARCHES:.1f} ms CPU, {1e3 * wall / SEARCHES:.1f} ms")


async def _write(house: House, orders: list[str], run: str) -> tuple[float, float]:
    """CPU milliseconds of this process for a ticket and for a message."""
    talks = await house.db.tx(_talks, orders)
    started = time.process_time()
    await house.db.tx(_open_all, orders)
    opened = time.process_time()
    await house.db.tx(_say_all, talks, run)
    said = time.process_time()
    return 1e3 * (opened - started) / TIMES, 1e3 * (said - opened) / TIMES


def _some_orders(tx: Tx) -> list[str]:
    return list(tx.conn.execute(sa.text(f'SELECT id FROM "order" LIMIT {TIMES}')).scalars())  # noqa: S608


def _open_all(tx: Tx, orders: list[str]) -> None:
    for order_id in orders:
        new = NewTicket("refund_only", order_id, order_id, None, None, "other", ())
        open_ticket(tx, new, SYSTEM, timezone="UTC")


def _talks(tx: Tx, contacts: list[str]) -> list[str]:
    return [service.get_or_open(tx, one, "web-demo", "en").id for one in contacts]


def _say_all(tx: Tx, talks: list[str], run: str) -> None:
    for talk in talks:
        conversation = service.get_conversation(tx, talk)
        seq = conversation.last_seq
        body = {"text": "水壶收到就坏了 the kettle is broken", "kind": "text"}
        said = Incoming(f"bench:{run}:{talk}:{seq}", seq, tx.now, body)
        service.add_incoming(tx, conversation, said)


def _forget_triggers(tx: Tx) -> None:
    for subject in (ticket_tables, conversation_tables):
        for statement in watch_ddl(tx.conn.dialect.name, subject.SUBJECT, subject.WATCHES):
            kind, name = statement.split()[1:3]
            if not tx.is_postgres:
                tx.conn.exec_driver_sql(f"DROP TRIGGER {name}")
            elif kind == "FUNCTION":
                tx.conn.exec_driver_sql(f"DROP FUNCTION {name} CASCADE")  # and its trigger


def _make_triggers(tx: Tx) -> None:
    for subject in (ticket_tables, conversation_tables):
        for statement in watch_ddl(tx.conn.dialect.name, subject.SUBJECT, subject.WATCHES):
            tx.conn.exec_driver_sql(statement)
