"""The list of conversations, finding them by what was said, and reading one.

The index follows a conversation once nobody wrote for 5 seconds, at the latest after 30, and a job
looks for what is due every 4 seconds: somebody may search for what was said half a minute ago.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.conversations import repository, repository_lists, service
from backend.conversations.repository_lists import STATUSES, ConversationRow, FoundBy
from backend.conversations.search_models import conversation_search
from backend.kit.actor import Actor, Role, require
from backend.kit.db import Tx
from backend.kit.errors import FieldError, Invalid, NotFound
from backend.kit.pages import COUNTED, MAX_PAGE, MAX_WORDS, Place, Total, read_place
from backend.kit.search.finding import find_indexed
from backend.kit.search.indexing import Index, Words
from backend.kit.search.terms import Query, facet, number_terms, parse_query

QUIET, PATIENCE = 5, 30
"""Seconds, see `backend.kit.search.indexing.Index`."""
MAX_MESSAGES = 200
"""Messages read at once."""

NumbersOf = Callable[[Tx, Sequence[str]], Mapping[str, Sequence[str]]]
"""Conversation ids -> numbers (of tickets, orders) that they are found by; tickets know them."""


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """A page, latest activity first. `next_cursor` is None on the last one. `behind`: seconds the
    longest waiting change is not found yet."""

    rows: Sequence[ConversationRow]
    next_cursor: str | None
    total: Total
    behind: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """A conversation with messages as the APIs show them, oldest first; `earlier`: there are
    more before the first."""

    row: ConversationRow
    messages: Sequence[dict[str, Any]]
    earlier: bool


def list_conversations(
    tx: Tx, actor: Actor, *, status: str | None, words: str, cursor: str | None, limit: int
) -> ConversationPage:
    """Conversations of a status, found by words if there are any. Raises: Forbidden, Invalid."""
    require(actor, Role.AGENT)
    if status is not None and status not in STATUSES:
        reason = f"must be one of {', '.join(STATUSES)}"
        raise Invalid("status_unknown", errors=[FieldError("status", reason)])
    place = read_place(cursor)
    limit = max(1, min(limit, MAX_PAGE))
    typed = words.strip()[:MAX_WORDS]
    if typed:
        return _found(tx, parse_query(typed), status, place, limit)
    return _listed(tx, status, place, limit)


def read_conversation(
    tx: Tx, actor: Actor, conversation_id: str, *, before: int | None, limit: int
) -> Reading:
    """The messages just before number `before` (None: the latest). Raises: Forbidden, NotFound."""
    require(actor, Role.AGENT)
    row = repository_lists.by_id(tx, conversation_id) if conversation_id.isprintable() else None
    if row is None:
        raise NotFound("conversation_not_found")
    bound = row.last_seq + 1 if before is None else min(before, row.last_seq + 1)
    rows = repository.page_before(tx, row.id, bound, max(1, min(limit, MAX_MESSAGES)))
    messages = service.shown_messages(tx, rows, "/api/v1/attachments/")
    return Reading(row, messages, earlier=bool(rows) and rows[0].seq > 1)


def _listed(tx: Tx, status: str | None, place: Place | None, limit: int) -> ConversationPage:
    rows = repository_lists.page(tx, status, place.key if place else None, limit + 1)
    total = (
        place.total
        if place
        else Total.capped(repository_lists.count(tx, status, COUNTED + 1), COUNTED)
    )
    if len(rows) <= limit:
        return ConversationPage(rows, None, total)
    last = rows[limit - 1]
    cursor = Place(total, last.updated_at, last.id).encode()
    return ConversationPage(rows[:limit], cursor, total)


def _found(
    tx: Tx, query: Query, status: str | None, place: Place | None, limit: int
) -> ConversationPage:
    if not query:
        return ConversationPage((), None, Total(0, exact=True))
    if status is not None:
        query = query.with_facet(status)
    found = find_indexed(tx, conversation_search, query, place, limit)
    shown = found.places[:limit]
    rows = [
        row
        for row in repository_lists.at_places(tx, shown)
        if status is None or row.status == status  # it may have moved on since it was indexed
    ]
    more = len(found.places) > limit
    cursor = Place(found.total, seq=shown[-1]).encode() if more else None
    return ConversationPage(rows, cursor, found.total, found.behind)


def index_of(numbers_of: NumbersOf) -> Index:
    """How conversations are indexed."""

    def words_of(tx: Tx, ids: Sequence[str]) -> Mapping[str, Words]:
        numbers = numbers_of(tx, ids)
        found_by = repository_lists.found_by(tx, ids)
        return {
            one.conversation_id: words_from(one, numbers.get(one.conversation_id, ()))
            for one in found_by
        }

    return Index(conversation_search, words_of, keeps_place=False, quiet=QUIET, patience=PATIENCE)


def words_from(one: FoundBy, numbers: Sequence[str]) -> Words:
    """A conversation's words, with the numbers it is found by."""
    terms = [facet(one.status)]
    for number in numbers:
        terms += number_terms(number)
    return Words([*filter(None, one.names), *one.texts], terms)
