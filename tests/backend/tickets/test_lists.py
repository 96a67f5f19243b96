"""Lists and search of tickets, on both databases."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from backend.indexing import index_all
from backend.kit.actor import SYSTEM, Actor
from backend.kit.clock import FixedClock
from backend.kit.db import Database, Tx
from backend.kit.errors import Forbidden, Invalid
from backend.kit.pages import COUNTED, FOUND, Place, Total, read_place
from backend.kit.search.finding import FRESH
from backend.orders.entities import Order
from backend.tickets import repository_lists, search, service
from backend.tickets.repository import Ticket
from backend.tickets.search import TicketPage
from backend.tickets.service import NewTicket, NewTicketLine
from tests.backend.refunds.support import AGENT, SUE, Chat, order_document, prepare, put

OTTO = {
    "external_id": "C2",
    "name": "Otto Größe",
    "email": "Otto.G@Example.com",
    "phone": "+49 170 555 8642",
}


def opened(tx: Tx, order: Order, chat: Chat, *units: int) -> Ticket:
    new = NewTicket(
        kind="refund_only",
        order_id=order.id,
        customer_id=order.customer_id,
        contact_id=chat.contact_id,
        conversation_id=chat.conversation_id,
        reason="quality",
        lines=(NewTicketLine(order.items[0].id, units, 100),) if units else (),
        amount=100,
        currency="CNY",
    )
    return service.open_ticket(tx, new, chat.actor, timezone="Asia/Shanghai")


async def listed(database: Database, **wanted: Any) -> TicketPage:
    asked: dict[str, Any] = {"status": None, "words": "", "cursor": None, "limit": 50, **wanted}
    return await database.read(search.list_tickets, AGENT, **asked)


async def numbers(database: Database, **wanted: Any) -> list[str]:
    return [row.ticket.number for row in (await listed(database, **wanted)).rows]


async def walked(database: Database, **wanted: Any) -> list[str]:
    """The tickets' numbers, page by page."""
    seen: list[str] = []
    page = await listed(database, **wanted)
    while True:
        seen += [row.ticket.number for row in page.rows]
        if page.next_cursor is None:
            return seen
        page = await listed(database, cursor=page.next_cursor, **wanted)


@pytest.mark.parametrize("wanted", [{}, {"status": "open"}, {"words": "thing"}])
@pytest.mark.parametrize("is_indexed", [True, False])
async def test_pages_have_no_gaps(
    database: Database, clock: FixedClock, wanted: dict[str, str], is_indexed: bool
) -> None:
    order, chat = await database.tx(prepare, order_document())
    for minute in range(7):
        if minute % 3:
            clock.advance(minutes=1)  # some tickets share their moment
        ticket = await database.tx(opened, order, chat)
        if minute % 2:  # open, in another state
            await database.tx(service.move_ticket, ticket, "await_approval", SYSTEM)
    if is_indexed:
        await index_all(database)
    seen = await walked(database, limit=2, **wanted)
    assert len(seen) == len(set(seen)) == 7
    page = await listed(database, **wanted)
    assert page.total == Total(7, exact=True)
    assert seen == [row.ticket.number for row in page.rows]
    times = [row.ticket.created_at for row in page.rows]
    assert times == sorted(times, reverse=True)


async def test_pages_hold_still_while_tickets_are_opened(
    database: Database, clock: FixedClock
) -> None:
    order, chat = await database.tx(prepare, order_document())
    known = []
    for _ in range(4):
        clock.advance(minutes=1)
        known.append((await database.tx(opened, order, chat)).number)
    for words in ("", "lin"):
        first = await listed(database, words=words, limit=2)
        clock.advance(minutes=1)
        await database.tx(opened, order, chat)
        await index_all(database)
        rest = await listed(database, words=words, limit=9, cursor=first.next_cursor)
        seen = [row.ticket.number for row in (*first.rows, *rest.rows)]
        assert seen[-4:] == known[::-1]
        assert rest.total == first.total, "the total is that of the first page"


async def test_the_list_filters_by_status(database: Database) -> None:
    order, chat = await database.tx(prepare, order_document())
    mine, theirs = [await database.tx(opened, order, chat) for _ in range(2)]
    await database.tx(service.move_ticket, theirs, "start_refund", SYSTEM)
    for words in ("", "lin"):
        assert await numbers(database, status="open", words=words) == [mine.number]
        assert await numbers(database, status="in_progress", words=words) == [theirs.number]
        assert await numbers(database, status="closed", words=words) == []


@pytest.mark.parametrize("is_indexed", [True, False])
async def test_a_ticket_is_found_by(database: Database, is_indexed: bool) -> None:
    """At once, and the same once it is indexed."""
    order, chat = await database.tx(prepare, order_document("LL-77"))
    other = await database.tx(
        put,
        order_document(
            "20260518-AB-0042",
            customer=OTTO,
            phone="13800139753",
            items=[
                {
                    "sku": "K",
                    "titles": {"en": "Enamel kettle", "zh-CN": "珐琅水壶"},
                    "quantity": 1,
                    "unit_price_minor": 10_000,
                }
            ],
        ),
    )
    mine = await database.tx(opened, order, chat)
    theirs = await database.tx(opened, other, chat)
    if is_indexed:
        assert await index_all(database) == 2, "their conversation is in flow"
    for words in ("ll-7", "LL77", "lin", "xiao li", "thing", "物品", "品"):
        assert await numbers(database, words=words) == [mine.number], words
    for words in (
        "20260518-ab-0042",
        "20260518AB0042",
        "0042",
        "otto grosse",
        "GRÖSSE",
        "otto.g@example.com",
        "+49 170 5558642",
        "8642",
        "9753",
        "138 0013 9753",
        "水壶",
        "壶",
        "珐琅水",
        "kettle enam",
        theirs.number,
        theirs.number.lower(),
    ):
        assert await numbers(database, words=words) == [theirs.number], words
    for words in ("1705558", "example", "%", "_", "nul\x00l", "茶壶", "kettle lin"):
        assert await numbers(database, words=words) == [], words
    assert await numbers(database, words="as") == [theirs.number, mine.number]


async def test_what_changes_is_found_by_its_new_words_at_once(database: Database) -> None:
    order, chat = await database.tx(prepare, order_document("T-1", customer=OTTO))
    ticket = await database.tx(opened, order, chat)
    for is_indexed in (False, True):
        if is_indexed:
            await index_all(database)
        assert await numbers(database, words="otto", status="open") == [ticket.number]
    renamed = order_document("T-1", customer={**OTTO, "name": "Ottilie"})
    await database.tx(put, renamed)
    waiting = await database.tx(service.move_ticket, ticket, "await_approval", SYSTEM)
    await database.tx(service.move_ticket, waiting, "reject", SUE)
    for is_indexed in (False, True):
        if is_indexed:
            await index_all(database)
        assert await numbers(database, words="ottilie", status="closed") == [ticket.number]
        assert await numbers(database, words="ottilie", status="open") == []
        assert await numbers(database, words="otto") == []


async def test_titles_are_those_of_the_tickets_own_items(database: Database) -> None:
    lamp, towel = (
        {"sku": title, "titles": {"en": title}, "quantity": 1, "unit_price_minor": 5_000}
        for title in ("Lamp", "Towel")
    )
    order, chat = await database.tx(prepare, order_document(items=[lamp, towel]))
    first = await database.tx(opened, order, chat, 0)
    whole = await database.tx(opened, order, chat)
    assert await numbers(database, words="lamp") == [whole.number, first.number]
    assert await numbers(database, words="towel") == [whole.number]


async def test_many_are_counted_only_so_far(database: Database) -> None:
    order, chat = await database.tx(prepare, order_document())
    for _ in range(3):
        await database.tx(opened, order, chat)
    for counted, most in ((2, 2), (3, 3), (3, 9)):
        assert await database.read(repository_lists.count, None, most) == counted
        assert await database.read(repository_lists.count, frozenset({"new"}), most) == counted
    assert Total.capped(COUNTED + 1, COUNTED) == Total(COUNTED, exact=False)
    assert Total.capped(FOUND, FOUND) == Total(FOUND, exact=True)


async def test_a_search_says_when_the_index_lags(database: Database) -> None:
    order, chat = await database.tx(prepare, order_document())
    await database.tx(opened, order, chat)
    assert (await listed(database, words="lin")).behind == 0, "all that changed was looked at"

    def import_many(tx: Tx) -> None:
        for _ in range(FRESH + 1):
            opened(tx, order, chat)

    await database.tx(import_many)
    page = await listed(database, words="lin", limit=2)
    assert page.behind >= 1
    assert len(page.rows) == 2
    assert not page.total.exact
    await index_all(database)
    assert (await listed(database, words="lin")).total == Total(FRESH + 2, exact=True)


@pytest.mark.parametrize(
    "cursor", ["%%%", "YWJj", "bm9uZQ==", base64.urlsafe_b64encode(b"[1,1,-4]").decode()]
)
def test_nonsense_is_no_cursor(cursor: str) -> None:
    with pytest.raises(Invalid, match="cursor"):
        read_place(cursor)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_cursor_beyond_the_calendar_is_unreadable(at: str) -> None:
    cursor = base64.urlsafe_b64encode(f'[1,1,"{at}","id"]'.encode()).decode()
    with pytest.raises(Invalid, match="cursor"):
        read_place(cursor)


async def test_a_cursor_belongs_to_its_list(database: Database) -> None:
    place = Place(Total(1, exact=True), seq=4)
    for cursor, words in ((place.encode(), ""), (replace(place, seq=None).encode(), "lin")):
        with pytest.raises(Invalid):
            await listed(database, cursor=cursor, words=words)


async def test_an_unknown_status_is_invalid(database: Database) -> None:
    with pytest.raises(Invalid):
        await listed(database, status="lost")


async def test_customers_do_not_list(database: Database) -> None:
    for words in ("", "lin"):
        with pytest.raises(Forbidden):
            await database.read(
                search.list_tickets,
                Actor("customer", "c", "Lin"),
                status=None,
                words=words,
                cursor=None,
                limit=1,
            )
