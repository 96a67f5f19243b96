"""Lists and search of conversations, and reading one, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from backend.conversations import repository, search, service
from backend.conversations.search import ConversationPage
from backend.conversations.search_models import conversation_search
from backend.conversations.service import Incoming
from backend.customers import service as customers
from backend.kit.actor import Actor
from backend.kit.clock import FixedClock
from backend.kit.db import Database, Tx
from backend.kit.errors import Forbidden, Invalid, NotFound
from backend.kit.pages import Total
from backend.kit.search.indexing import work_off
from backend.tickets import search as ticket_search
from backend.tickets.service import NewTicket, open_ticket
from tests.backend.refunds.support import AGENT, order_document, prepare

NOW = replace(search.index_of(ticket_search.numbers_of_conversations), quiet=0, patience=0)
"""The index, without waiting for talks to rest."""


def talk(tx: Tx, who: str, *said: str, locale: str = "en") -> str:
    """A conversation: customer and bot in turn. Returns its id."""
    contact = customers.lock_contact(tx, "web-demo", who, f"Name of {who}", locale)
    conversation = service.get_or_open(tx, contact.id, "web-demo", locale)
    for number, text in enumerate(said):
        conversation = service.get_conversation(tx, conversation.id)
        if number % 2:
            service.add_outgoing(tx, conversation, [{"text": text}], pulled=True)
        else:
            body = {"text": text, "kind": "text"}
            seq = conversation.last_seq
            service.add_incoming(tx, conversation, Incoming(f"{who}:{seq}", seq, tx.now, body))
    return conversation.id


async def listed(database: Database, **wanted: Any) -> ConversationPage:
    asked: dict[str, Any] = {"status": None, "words": "", "cursor": None, "limit": 50, **wanted}
    return await database.read(search.list_conversations, AGENT, **asked)


async def ids(database: Database, **wanted: Any) -> list[str]:
    return [row.id for row in (await listed(database, **wanted)).rows]


async def talks(database: Database, clock: FixedClock, count: int) -> list[str]:
    found = []
    for number in range(count):
        clock.advance(minutes=1)
        found.append(await database.tx(talk, f"v{number}", "Where is my kettle?", "It comes."))
    return found


@pytest.mark.parametrize("words", ["", "kettle"])
async def test_pages_have_no_gaps_latest_activity_first(
    database: Database, clock: FixedClock, words: str
) -> None:
    known = await talks(database, clock, 5)
    clock.advance(minutes=1)
    await database.tx(talk, "v1", "Hello?")  # an old one comes to life
    await database.tx(service.hand_to_people, known[3], "asked")
    await work_off(database, NOW)
    expected = {known[1], known[3]}
    seen: list[str] = []
    cursor = None
    while True:
        page = await listed(database, words=words, cursor=cursor, limit=2)
        assert page.total == Total(5, exact=True)
        seen += [row.id for row in page.rows]
        if (cursor := page.next_cursor) is None:
            break
    assert set(seen[:2]) == expected
    assert seen[2:] == [known[4], known[2], known[0]]


async def test_a_row_shows_who_writes_and_what_was_last(
    database: Database, clock: FixedClock
) -> None:
    [talked] = await talks(database, clock, 1)
    [row] = (await listed(database)).rows
    assert (row.id, row.status, row.last_seq) == (talked, "bot", 2)
    assert (row.customer_name, row.last_text, row.last_author) == ("Name of v0", "It comes.", "bot")
    await database.tx(talk, "v0", "x" * 5_000)
    [row] = (await listed(database)).rows
    assert row.last_text == "x" * 160


async def test_a_press_is_shown_by_its_label(database: Database) -> None:
    def press(tx: Tx) -> None:
        talked = talk(tx, "v")
        offered = {"text": "Which?", "options": [{"value": "a", "label": "Kettle, T-1"}]}
        service.add_outgoing(tx, service.get_conversation(tx, talked), [offered], pulled=True)
        conversation = service.get_conversation(tx, talked)
        body = {"text": "", "choice": "a", "kind": "choice"}
        service.add_incoming(tx, conversation, Incoming("v:p", 9, tx.now, body))

    await database.tx(press)
    await work_off(database, NOW)
    [row] = (await listed(database, words="which t-1")).rows
    assert row.last_text == "Kettle, T-1"


async def test_a_conversation_is_found_by(database: Database) -> None:
    def chat(tx: Tx) -> tuple[str, str]:
        order, chat = prepare(tx, order_document("LL-77"))
        new = NewTicket("refund_only", order.id, None, None, chat.conversation_id, "other", ())
        ticket = open_ticket(tx, new, AGENT, timezone="UTC")
        other = talk(tx, "v", "水壶收到就坏了", "Sorry to hear that. 抱歉", "It is BROKEN")
        assert other != chat.conversation_id
        return chat.conversation_id, ticket.number

    mine, number = await database.tx(chat)
    await work_off(database, NOW)
    for words in ("lin", "xiao", "ll-77", number, number[-4:]):
        assert await ids(database, words=words) == [mine], words
    [theirs] = await ids(database, words="水壶")
    for words in ("壶", "收到就坏", "broken", "BROK", "sorry 水壶", "name of v", "broken sorry"):
        assert await ids(database, words=words) == [theirs], words
    for words in ("茶壶", "roken", "%"):
        assert await ids(database, words=words) == [], words


async def test_the_status_is_that_of_now(database: Database, clock: FixedClock) -> None:
    known = await talks(database, clock, 2)
    await work_off(database, NOW)
    await database.tx(service.hand_to_people, known[0], "asked")
    for words in ("", "kettle"):
        assert await ids(database, status="bot", words=words) == [known[1]]
    assert await ids(database, status="human") == [known[0]]
    await work_off(database, NOW)
    assert await ids(database, status="human", words="kettle") == [known[0]]
    assert await ids(database, status="closed", words="kettle") == []


async def test_a_search_says_how_far_it_lags(database: Database, clock: FixedClock) -> None:
    await talks(database, clock, 1)

    def age(tx: Tx) -> None:
        change = conversation_search.change
        tx.conn.execute(sa.update(change).values(at=change.c.at - 40))

    await database.tx(age)
    page = await listed(database, words="kettle")
    assert 40 <= page.behind < 70
    assert list(page.rows) == []
    await work_off(database, search.index_of(ticket_search.numbers_of_conversations))
    page = await listed(database, words="kettle")
    assert (len(page.rows), page.behind) == (1, 0)


async def test_one_is_read_from_its_end(database: Database) -> None:
    talked = await database.tx(talk, "v", *(f"word {number}" for number in range(7)))

    async def read(before: int | None, limit: int) -> tuple[Sequence[str], bool]:
        reading = await database.read(
            search.read_conversation, AGENT, talked, before=before, limit=limit
        )
        return [one["text"] for one in reading.messages], reading.earlier

    assert await read(None, 3) == (["word 4", "word 5", "word 6"], True)
    assert await read(5, 3) == (["word 1", "word 2", "word 3"], True)
    assert await read(2, 3) == (["word 0"], False)
    assert await read(1, 3) == ([], False)
    assert await read(900, 1) == (["word 6"], True)


async def test_an_old_long_talk_is_found_by_its_latest_words(database: Database) -> None:
    said = (f"word{number}" for number in range(402))
    await database.tx(talk, "v", *said)
    await work_off(database, NOW)
    assert await ids(database, words="word401") != []
    assert await ids(database, words="word0") == []


async def test_strangers_and_nonsense_are_refused(database: Database) -> None:
    customer = Actor("customer", "c", "Lin")
    for words in ("", "kettle"):
        with pytest.raises(Forbidden):
            await database.read(
                search.list_conversations,
                customer,
                status=None,
                words=words,
                cursor=None,
                limit=1,
            )
    with pytest.raises(Forbidden):
        await database.read(search.read_conversation, customer, "x", before=None, limit=1)
    for missing in ("x", "nul\x00"):
        with pytest.raises(NotFound):
            await database.read(search.read_conversation, AGENT, missing, before=None, limit=1)
    for wanted in ({"status": "lost"}, {"cursor": "x"}):
        with pytest.raises(Invalid):
            await listed(database, **wanted)


async def test_the_api_needs_a_login(http: httpx.AsyncClient) -> None:
    for path in ("/api/v1/conversations", "/api/v1/conversations/x", "/api/v1/tickets"):
        assert (await http.get(path)).status_code == 401


async def test_messages_are_kept_from_the_repository_of_turns(database: Database) -> None:
    """The transcript shows what the chat's own page would: one source."""
    talked = await database.tx(talk, "v", "hello", "hi")
    reading = await database.read(search.read_conversation, AGENT, talked, before=None, limit=9)
    rows = await database.read(repository.page_after, talked, 0, 9)
    assert [one["id"] for one in reading.messages] == [row.id for row in rows]
