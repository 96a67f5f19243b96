"""Write to the log within the transaction of what is logged; read and verify it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.audit import repository
from backend.audit.rules import GENESIS, AuditEntry, clean_data, clean_text, entry_hash, is_intact
from backend.kit.actor import Actor
from backend.kit.db import Tx


@dataclass(frozen=True, slots=True)
class Note:
    """What was done to what: `action` like `refund.approved`, `subject` like `ticket:AS…`."""

    action: str
    subject: str
    data: Mapping[str, Any]


def record(
    tx: Tx, actor: Actor, action: str, subject: str, data: Mapping[str, Any] | None = None
) -> None:
    """Log one action. It is written last in the transaction and commits or vanishes with it.

    `data`: JSON values without floats; datetimes become ISO text. Raises: TypeError for others.
    """
    record_many(tx, actor, [Note(action, subject, data or {})])


def record_many(tx: Tx, actor: Actor, notes: Sequence[Note]) -> None:
    """Log several actions of one actor, in order, for one taking of the lock."""
    if not notes:
        return
    tx.defer(_append, [_row(tx, actor, note) for note in notes])


def history_of(tx: Tx, subject: str, limit: int = 500) -> Sequence[AuditEntry]:
    """What was done to a subject, oldest first."""
    return repository.entries_of(tx, subject, limit)


def verify_chain(tx: Tx) -> int | None:
    """The number of the first entry that is altered, missing or out of place; None: all is well.

    What it can't see is a log cut at the end together with its head row by somebody who may
    drop triggers: keep the head's hash elsewhere now and then.
    """
    seq, last_hash = 0, GENESIS
    for entry in repository.all_entries(tx):
        if not is_intact(entry, seq + 1, last_hash):
            return seq + 1
        seq, last_hash = entry.seq, entry.hash
    head_seq, head_hash = repository.head(tx)
    if head_seq != seq:
        return min(head_seq, seq) + 1
    return None if head_hash == last_hash else seq


def _row(tx: Tx, actor: Actor, note: Note) -> dict[str, Any]:
    return {
        "at": tx.now,
        "actor_kind": clean_text(actor.kind, 16),
        "actor_id": clean_text(actor.id, 64),
        "actor_name": clean_text(actor.name, 120),
        "action": clean_text(note.action, 64),
        "subject": clean_text(note.subject, 128),
        "data": clean_data(note.data),
    }


def _append(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    seq, last_hash = repository.lock_head(tx)
    chained: list[dict[str, Any]] = []
    for row in rows:
        seq += 1
        linked = {**row, "seq": seq, "prev_hash": last_hash}
        last_hash = entry_hash(linked)
        chained.append({**linked, "hash": last_hash})
    repository.append(tx, chained)
