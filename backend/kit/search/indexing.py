"""Works off what changed: reads, cuts into terms aside from any transaction, writes, in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from backend.kit.db import Database, Tx
from backend.kit.search import repository
from backend.kit.search.models import SearchTables
from backend.kit.search.repository import Change, Entry
from backend.kit.search.terms import distinct, text_terms

BATCH = 32
"""Rows of one transaction: SQLite has one writer, and turns wait while it indexes."""
LOOK_AHEAD = 1_000
"""Changes of one look; a conversation's many messages are one row to index."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a row is found by: free texts, and terms made already."""

    texts: Sequence[str] = ()
    terms: Sequence[str] = ()

    def all_terms(self) -> list[str]:
        """Each term once; ready ones first, for texts may be too long to keep whole."""
        return distinct((*self.terms, *(term for text in self.texts for term in text_terms(text))))


WordsOf = Callable[[Tx, Sequence[str]], Mapping[str, Words]]
"""Row ids -> their words; rows that are gone are left out."""


@dataclass(frozen=True, slots=True)
class Index:
    """How rows of one kind are indexed.

    `keeps_place`: a row stays where its first change put it; else what changed comes first.
    `quiet`, `patience`: seconds; a row is indexed once nothing changed for `quiet`, or when it
    waits for `patience`. So a talk in flow is not indexed at each of its messages.
    """

    tables: SearchTables
    words_of: WordsOf
    keeps_place: bool
    quiet: int = 0
    patience: int = 0


@dataclass(slots=True)
class _Batch:
    changes: dict[str, list[int]] = field(default_factory=dict)
    """Row id -> its changes, oldest first."""
    places: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, Words] = field(default_factory=dict)


async def work_off(db: Database, index: Index) -> int:
    """Index everything that is due; how many rows that were."""
    done = 0
    while (batch := await db.read(_read, index)).changes:
        terms = await asyncio.to_thread(_cut, batch)
        await db.tx(_write, index, batch, terms)
        done += len(batch.changes)
    return done


def _read(tx: Tx, index: Index) -> _Batch:
    changes = due(repository.oldest_changes(tx, index.tables, LOOK_AHEAD), index)
    batch = _Batch(dict(list(changes.items())[:BATCH]))
    if batch.changes:
        ids = list(batch.changes)
        batch.words = index.words_of(tx, ids)
        if index.keeps_place:
            batch.places = repository.places(tx, index.tables, ids)
    return batch


def due(changes: Sequence[Change], index: Index) -> dict[str, list[int]]:
    """Row id -> its changes, of the rows whose time has come; by the last change of each, the
    order in which rows that keep no place are put."""
    grouped: dict[str, list[Change]] = {}
    for change in changes:
        grouped.setdefault(change.owner_id, []).append(change)
    ripe = {
        owner: [change.id for change in group]
        for owner, group in grouped.items()
        if group[-1].age >= index.quiet or group[0].age >= index.patience
    }
    return dict(sorted(ripe.items(), key=lambda item: item[1][-1]))


def _cut(batch: _Batch) -> dict[str, list[str]]:
    return {owner: words.all_terms() for owner, words in batch.words.items()}


def _write(tx: Tx, index: Index, batch: _Batch, terms: Mapping[str, Sequence[str]]) -> None:
    every = [one for ids in batch.changes.values() for one in ids]
    ours = repository.take_changes(tx, index.tables, every)
    # All of a row's changes gone: another process was faster, and may have read what is newer.
    owners = [owner for owner, ids in batch.changes.items() if not ours.isdisjoint(ids)]
    if gone := [owner for owner in owners if owner not in terms]:
        repository.remove(tx, index.tables, gone)
    entries = [
        Entry(owner, terms[owner], _place(index, batch, owner))
        for owner in owners
        if owner in terms
    ]
    repository.write(tx, index.tables, entries)


def _place(index: Index, batch: _Batch, owner: str) -> int | None:
    return batch.places.get(owner, batch.changes[owner][0]) if index.keeps_place else None
