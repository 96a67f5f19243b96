"""The only SQL on what is known of photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend.evidence.models import photo, photo_reuse, photo_word
from backend.evidence.rules import Seen
from backend.kit.db import Tx
from backend.kit.sql import insert_into, run, run_each
from backend.tickets.models import ticket, ticket_evidence

CANDIDATES = 200
"""Photos of tickets one is compared with in full: those that share most words, the latest first."""

_LOCK = sa.text(
    "SELECT pg_advisory_xact_lock(key) FROM (SELECT unnest(CAST(:keys AS bigint[])) AS key"
    " ORDER BY key) AS sorted"
)


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """What is known of a photo. `state`: waiting to be read, done, failed, plain (not to be read).
    `found`: see `backend.evidence.service.Found`."""

    attachment_id: str
    print: str
    state: str
    found: Mapping[str, Any] | None
    nudity: float | None
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A photo of a ticket that may show the same."""

    attachment_id: str
    seen: Seen
    ticket_id: str
    ticket_state: str
    order_id: str


@dataclass(frozen=True, slots=True)
class Reuse:
    """A photo of a ticket that shows the same as one of another, by that one's number."""

    attachment_id: str
    ticket_number: str


def insert(tx: Tx, attachment_id: str, seen: Seen, state: str) -> None:
    """Keep how a photo looks."""
    values = {
        "attachment_id": attachment_id,
        "print": seen.print,
        "grey": seen.grey,
        "state": state,
    }
    run(tx, insert_into(photo), values)


def facts(tx: Tx, attachment_ids: Sequence[str]) -> Mapping[str, PhotoFacts]:
    """Attachment id -> what is known of it."""
    columns = [photo.c[name] for name in PhotoFacts.__dataclass_fields__]
    found = tx.conn.execute(sa.select(*columns).where(photo.c.attachment_id.in_(attachment_ids)))
    return {row.attachment_id: PhotoFacts(*row) for row in found}


def looks(tx: Tx, attachment_ids: Sequence[str]) -> Mapping[str, Seen]:
    """Attachment id -> how it looks."""
    found = tx.conn.execute(
        sa.select(photo.c.attachment_id, photo.c.print, photo.c.grey).where(
            photo.c.attachment_id.in_(attachment_ids)
        )
    )
    return {row.attachment_id: Seen(row.print, bytes(row.grey)) for row in found}


def update(tx: Tx, attachment_id: str, **values: object) -> None:
    """Set columns of one photo."""
    tx.conn.execute(sa.update(photo).where(photo.c.attachment_id == attachment_id).values(values))


def lock(tx: Tx, keys: Sequence[int]) -> None:
    """Hold these keys until the commit. SQLite has one writer at a time anyway."""
    if tx.is_postgres:
        tx.conn.execute(_LOCK, {"keys": list(keys)})


def candidates(tx: Tx, words: Sequence[int]) -> Sequence[Candidate]:
    """Photos that are evidence of tickets and share a word."""
    shared = (
        sa.select(photo_word.c.attachment_id, sa.func.count().label("shared"))
        .where(photo_word.c.word.in_(words))
        .group_by(photo_word.c.attachment_id)
        .order_by(sa.desc("shared"), photo_word.c.attachment_id.desc())
        .limit(CANDIDATES)
        .subquery()
    )
    found = tx.conn.execute(
        sa.select(
            photo.c.attachment_id,
            photo.c.print,
            photo.c.grey,
            ticket.c.id,
            ticket.c.state,
            ticket.c.order_id,
        )
        .join(shared, shared.c.attachment_id == photo.c.attachment_id)
        .join(ticket_evidence, ticket_evidence.c.attachment_id == photo.c.attachment_id)
        .join(ticket, ticket.c.id == ticket_evidence.c.ticket_id)
    )
    return [
        Candidate(ref, Seen(print_, bytes(grey)), ticket_id, state, order_id)
        for ref, print_, grey, ticket_id, state, order_id in found
    ]


def add_words(tx: Tx, words: Sequence[tuple[int, str]]) -> None:
    """Let photos be found by (word, attachment id); those that can be are left as they are."""
    refs = {ref for _, ref in words}
    known = set(
        tx.conn.scalars(
            sa.select(photo_word.c.attachment_id).where(photo_word.c.attachment_id.in_(refs))
        )
    )
    rows = [{"word": word, "attachment_id": ref} for word, ref in words if ref not in known]
    if rows:
        run_each(tx, insert_into(photo_word), rows)


def add_reuse(tx: Tx, ticket_id: str, found: Sequence[tuple[str, str, str]]) -> None:
    """Keep which photos of a ticket are not new: (photo, the other ticket, the photo there)."""
    rows = [
        {
            "ticket_id": ticket_id,
            "attachment_id": ref,
            "seen_in": seen_in,
            "seen_attachment_id": other,
        }
        for ref, seen_in, other in found
    ]
    run_each(tx, insert_into(photo_reuse), rows)


def reuse_of(tx: Tx, ticket_id: str) -> Sequence[Reuse]:
    """Photos of this ticket that others had before, or have since."""
    mine, theirs = photo_reuse.c.ticket_id, photo_reuse.c.seen_in
    before = sa.select(photo_reuse.c.attachment_id, ticket.c.number).join(
        ticket, ticket.c.id == theirs
    )
    since = sa.select(photo_reuse.c.seen_attachment_id, ticket.c.number).join(
        ticket, ticket.c.id == mine
    )
    both = sa.union(before.where(mine == ticket_id), since.where(theirs == ticket_id))
    return [Reuse(*row) for row in sorted(tx.conn.execute(both).all(), key=tuple)]
