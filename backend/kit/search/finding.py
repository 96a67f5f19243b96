"""What a search finds: in the index, and among what changed since that was brought up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from backend.kit.db import Tx
from backend.kit.pages import FOUND, Place, Total
from backend.kit.search import repository
from backend.kit.search.indexing import Index
from backend.kit.search.models import SearchTables
from backend.kit.search.terms import Query

FRESH = 200
"""Changes not indexed yet that a search looks through by itself, the latest first."""


@dataclass(frozen=True, slots=True)
class Found:
    """Places in falling order, one more than asked for if there are more; `owners` holds the ids
    of those that the index itself does not know yet. `behind`: seconds some changes wait that
    were not looked at; 0: all were."""

    places: Sequence[int]
    owners: Mapping[int, str]
    total: Total
    behind: int


def find(tx: Tx, index: Index, query: Query, place: Place | None, limit: int) -> Found:
    """Rows the query finds, also those of this very moment."""
    changes = repository.newest_changes(tx, index.tables, FRESH + 1)
    behind = max(1, _behind(tx, index.tables)) if len(changes) > FRESH else 0
    first: dict[str, int] = {change.owner_id: change.id for change in changes[:FRESH]}
    known = repository.places(tx, index.tables, list(first)) if first else {}
    words = index.words_of(tx, list(first)) if first else {}
    fresh = {
        known.get(owner, first[owner]): owner
        for owner, found_by in words.items()
        if query.matches(found_by.all_terms())
    }
    below = None if place is None else place.below
    most = (limit if place else max(limit, FOUND)) + 1
    stale = set(known.values())
    indexed = repository.newest(tx, index.tables, query, below=below, limit=most + len(stale))
    places = {seq for seq in fresh if below is None or seq < below}
    places.update(seq for seq in indexed if seq not in stale)
    total = place.total if place else Total.capped(len(places), FOUND)
    if behind:
        total = replace(total, exact=False)
    return Found(sorted(places, reverse=True)[: limit + 1], fresh, total, behind)


def find_indexed(
    tx: Tx, tables: SearchTables, query: Query, place: Place | None, limit: int
) -> Found:
    """Rows the query finds as they were when they were indexed."""
    below = None if place is None else place.below
    most = (limit if place else max(limit, FOUND)) + 1
    places = repository.newest(tx, tables, query, below=below, limit=most)
    total = place.total if place else Total.capped(len(places), FOUND)
    return Found(places[: limit + 1], {}, total, _behind(tx, tables))


def _behind(tx: Tx, tables: SearchTables) -> int:
    """Seconds the longest waiting change waits."""
    oldest = repository.oldest_changes(tx, tables, 1)
    return max(0, oldest[0].age) if oldest else 0
