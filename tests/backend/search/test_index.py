"""A search index on both databases: order, pages, facets, buckets, and working off what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa

from backend.conversations.search_models import conversation_search
from backend.kit.db import Database, Tx
from backend.kit.search import repository
from backend.kit.search.indexing import BATCH, Index, Words, due, work_off
from backend.kit.search.models import BUCKET_BITS
from backend.kit.search.repository import Change, Entry
from backend.kit.search.terms import parse_query, text_terms
from backend.tickets.search_models import ticket_search

BUCKET = 1 << BUCKET_BITS


def entry(seq: int, text: str) -> Entry:
    return Entry(f"t{seq}", [*text_terms(text)], seq)


def places(tx: Tx, typed: str, below: int | None = None, limit: int = 100) -> Sequence[int]:
    return repository.newest(tx, ticket_search, parse_query(typed), below=below, limit=limit)


async def fill(database: Database, *entries: Entry) -> None:
    await database.tx(repository.write, ticket_search, entries)


async def test_what_is_found_comes_newest_first_and_in_pages(database: Database) -> None:
    # In several buckets, with empty ones between them, and written in no order.
    seqs = [7, 3, 5 * BUCKET, BUCKET - 1, BUCKET, 40 * BUCKET + 9, 5 * BUCKET + 1]
    await fill(database, *(entry(seq, "kettle 水壶") for seq in seqs), entry(8, "towel 毛巾"))
    falling = sorted(seqs, reverse=True)
    for typed in ("kettle", "ket", "水壶", "壶", "水"):
        assert await database.read(places, typed) == falling
        seen: list[int] = []
        while page := await database.read(places, typed, seen[-1] if seen else None, 2):
            seen += page
        assert seen == falling
    assert await database.read(places, "towel") == [8]
    assert await database.read(places, "towel kettle") == []
    assert await database.read(places, "nothing") == []
    assert await database.read(places, "%") == []


async def test_both_databases_answer_as_the_tokenizer_says(database: Database) -> None:
    texts = {
        1: "水壶收到就坏了，请退款",
        2: "I want a refund for the kettle",
        3: "Größe falsch, 20260518-AB-0042",
        4: "退货 refunds kettles 9977",
        5: "フライパンが届かない 후라이팬",
    }
    await fill(database, *(entry(seq, text) for seq, text in texts.items()))
    for typed in (
        "退", "退款", "坏了请", "refund", "refund kettle", "grosse", "0042", "20260518-ab",
        "997", "パン", "ン", "후라이", "re", "r", "a", "it's", "'\"", "kettle OR towel", "AND",
    ):  # fmt: skip
        query = parse_query(typed)
        expected = [seq for seq, text in texts.items() if query and query.matches(text_terms(text))]
        assert await database.read(places, typed) == expected[::-1], typed


async def test_a_row_is_indexed_anew(database: Database) -> None:
    await fill(database, entry(1, "kettle"), entry(2, "towel"))
    await fill(database, replace(entry(1, "lamp"), owner_id="t1"))
    assert await database.read(places, "kettle") == []
    assert await database.read(places, "lamp") == [1]
    assert await database.read(repository.places, ticket_search, ["t1", "t2", "t9"]) == {
        "t1": 1,
        "t2": 2,
    }
    await database.tx(repository.remove, ticket_search, ["t1"])
    assert await database.read(places, "lamp") == []


async def test_a_row_without_a_place_goes_to_the_top(database: Database) -> None:
    async def order() -> list[str]:
        known = await database.read(repository.places, conversation_search, ["a", "b"])
        return sorted(known, key=lambda owner: -known[owner])

    for owner in ("a", "b"):
        await database.tx(repository.write, conversation_search, [Entry(owner, ["kettle"])])
    assert await order() == ["b", "a"]
    await database.tx(repository.write, conversation_search, [Entry("a", ["lamp"])])
    assert await order() == ["a", "b"]


def note(tx: Tx, *owners: str, age: int = 0) -> None:
    for owner in owners:
        tx.conn.execute(sa.insert(ticket_search.change).values(owner_id=owner, at=_now(tx) - age))


def _now(tx: Tx) -> int:
    now = "extract(epoch FROM clock_timestamp())" if tx.is_postgres else "strftime('%s', 'now')"
    return int(tx.conn.execute(sa.text(f"SELECT {now}")).scalar_one())


def waiting(tx: Tx) -> list[str]:
    return [one.owner_id for one in repository.oldest_changes(tx, ticket_search, 1_000)]


class Texts:
    """Rows' words, as a domain gives them."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts
        self.asked: list[Sequence[str]] = []

    def __call__(self, _tx: Tx, ids: Sequence[str]) -> Mapping[str, Words]:
        self.asked.append(ids)
        return {one: Words([self.texts[one]]) for one in ids if one in self.texts}


async def test_what_changed_is_worked_off(database: Database) -> None:
    texts = Texts(a="kettle", b="towel")
    index = Index(ticket_search, texts, keeps_place=True)
    await database.tx(note, "a", "b", "a")
    assert await work_off(database, index) == 2
    assert await database.read(waiting) == []
    [first] = await database.read(places, "kettle")
    [second] = await database.read(places, "towel")
    assert first < second
    texts.texts["a"] = "lamp"
    del texts.texts["b"]
    await database.tx(note, "b", "a")
    assert await work_off(database, index) == 2
    assert await database.read(places, "lamp") == [first], "it keeps its place"
    assert await database.read(places, "kettle") == []
    assert await database.read(places, "towel") == [], "it is gone"
    assert await work_off(database, index) == 0


async def test_much_is_worked_off_in_batches(database: Database) -> None:
    owners = [f"o{number:03d}" for number in range(2 * BATCH + 1)]
    texts = Texts(**dict.fromkeys(owners, "kettle"))
    await database.tx(note, *owners)
    assert await work_off(database, Index(ticket_search, texts, keeps_place=False)) == len(owners)
    assert [len(ids) for ids in texts.asked] == [BATCH, BATCH, 1]
    assert len(await database.read(places, "kettle")) == len(owners)


async def test_a_change_in_the_meantime_is_not_lost(database: Database) -> None:
    """Another indexer, and a writer, are faster between our reading and our writing."""
    texts = Texts(a="old")
    index = Index(ticket_search, texts, keeps_place=True)
    await database.tx(note, "a")
    slow = _StopsBeforeWriting(database, texts)
    await work_off(slow, index)  # type: ignore[arg-type]
    assert await database.read(places, "new"), "what the faster one read stays"
    assert await database.read(places, "old") == []


class _StopsBeforeWriting:
    """A database on which, before our first write, somebody changes the row and indexes it."""

    def __init__(self, database: Database, texts: Texts) -> None:
        self.read = database.read
        self.database = database
        self.texts = texts
        self.stopped = False

    async def tx(self, fn, *args):  # type: ignore[no-untyped-def]
        if not self.stopped:
            self.stopped = True
            self.texts.texts["a"] = "new"
            await self.database.tx(note, "a")
            await work_off(self.database, Index(ticket_search, self.texts, keeps_place=True))
        return await self.database.tx(fn, *args)


@pytest.mark.parametrize(
    ("ages", "is_due"),
    [((9, 6, 5), True), ((9, 6, 4), False), ((29, 4), False), ((30, 4), True), ((0,), False)],
)
def test_a_talk_in_flow_is_left_for_a_while(ages: Sequence[int], is_due: bool) -> None:
    index = Index(ticket_search, Texts(), keeps_place=False, quiet=5, patience=30)
    changes = [Change(number, "a", age) for number, age in enumerate(ages)]
    assert due(changes, index) == ({"a": list(range(len(ages)))} if is_due else {})
