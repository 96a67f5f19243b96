"""The list of tickets, and finding them by words.

A ticket is found at once by its number, its order's number, its customer's name, e-mail address and
phone, and the titles of its items; the index follows some seconds later (`backend.kit.search`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.kit.actor import Actor, Role, require
from backend.kit.db import Tx
from backend.kit.errors import FieldError, Invalid
from backend.kit.pages import COUNTED, MAX_PAGE, MAX_WORDS, Place, Total, read_place
from backend.kit.search.finding import find
from backend.kit.search.indexing import Index, Words
from backend.kit.search.terms import (
    Query,
    email_term,
    facet,
    number_terms,
    parse_query,
    phone_terms,
)
from backend.tickets import repository_lists
from backend.tickets.repository import TicketRow
from backend.tickets.repository_lists import FoundBy
from backend.tickets.search_models import ticket_search
from backend.tickets.states import STATUS, STATUSES, with_status


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A page of tickets, newest first. `next_cursor` is None on the last one. `behind`: seconds
    the search index lags behind, 0 if all was looked at."""

    rows: Sequence[TicketRow]
    next_cursor: str | None
    total: Total
    behind: int = 0


def list_tickets(
    tx: Tx, actor: Actor, *, status: str | None, words: str, cursor: str | None, limit: int
) -> TicketPage:
    """Tickets of a plain status, found by words if there are any. Raises: Forbidden, Invalid."""
    require(actor, Role.AGENT)
    if status is not None and status not in STATUSES:
        reason = f"must be one of {', '.join(STATUSES)}"
        raise Invalid("status_unknown", errors=[FieldError("status", reason)])
    place = read_place(cursor)
    limit = max(1, min(limit, MAX_PAGE))
    typed = words.strip()[:MAX_WORDS]
    if typed:
        return _found(tx, parse_query(typed), status, place, limit)
    return _listed(tx, with_status(status) if status else None, place, limit)


def _listed(tx: Tx, states: frozenset[str] | None, place: Place | None, limit: int) -> TicketPage:
    after = place.key if place else None
    rows = repository_lists.page(tx, states, after, limit + 1)
    if place is None:
        counted = repository_lists.count(tx, states, COUNTED + 1)
    total = place.total if place else Total.capped(counted, COUNTED)
    if len(rows) <= limit:
        return TicketPage(rows, None, total)
    last = rows[limit - 1].ticket
    return TicketPage(rows[:limit], Place(total, last.created_at, last.id).encode(), total)


def _found(tx: Tx, query: Query, status: str | None, place: Place | None, limit: int) -> TicketPage:
    if not query:
        return TicketPage((), None, Total(0, exact=True))
    if status is not None:
        query = query.with_facet(status)
    found = find(tx, INDEX, query, place, limit)
    shown = found.places[:limit]
    ids = {**repository_lists.ids_at(tx, shown), **found.owners}
    rows = repository_lists.by_id(tx, [ids[seq] for seq in shown if seq in ids])
    more = len(found.places) > limit
    return TicketPage(
        [rows[ids[seq]] for seq in shown if ids.get(seq) in rows],
        Place(found.total, seq=shown[-1]).encode() if more else None,
        found.total,
        found.behind,
    )


def words_of(tx: Tx, ticket_ids: Sequence[str]) -> Mapping[str, Words]:
    """Ticket id -> what it is found by."""
    return {one.ticket_id: words_from(one) for one in repository_lists.found_by(tx, ticket_ids)}


def words_from(one: FoundBy) -> Words:
    """A ticket's words."""
    terms = [facet(STATUS[one.state]), *number_terms(one.number), *number_terms(one.order_number)]
    terms += (email_term(address) for address in filter(None, one.emails))
    for number in filter(None, one.phones):
        terms += phone_terms(number)
    return Words([one.name or "", *one.titles], terms)


def numbers_of_conversations(tx: Tx, conversation_ids: Sequence[str]) -> Mapping[str, list[str]]:
    """Conversation id -> the numbers of its tickets and of their orders."""
    return repository_lists.numbers_of_conversations(tx, conversation_ids)


INDEX = Index(ticket_search, words_of, keeps_place=True)
