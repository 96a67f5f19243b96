"""Claiming jobs: which ones a worker takes, and how many of which kind.

A row is eligible only while no lower id of the same key is open, so the jobs of one conversation
keep their order, across processes and retries. Running jobs whose lease ran out are taken over.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from backend.kit.db import Tx
from backend.kit.jobs.models import job
from backend.kit.jobs.queue import Job, Lease, from_now, let_rest, rest_of
from backend.kit.sql import rows


@dataclass(frozen=True, slots=True)
class Room:
    """What a worker has hands for: `limit` jobs, at most `urgent` of them no turns, and `of_lane`
    of one lane together with those it works already (`busy`).

    Who hangs outside (a vendor, a payment provider) costs the hands of his lane, never all; and
    turns, which wait for nobody, always find some.
    """

    limit: int
    urgent: int
    of_lane: int
    busy: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def for_any(cls, limit: int) -> Room:
        """For so many, whatever they are."""
        return cls(limit, limit, limit)


@dataclass(frozen=True, slots=True)
class Claimed:
    """The jobs, in order of id; `more`: others may be due that there was no room for."""

    jobs: Sequence[Job]
    more: bool


def claim(tx: Tx, owner: str, *, limit: int, lease: float) -> Sequence[Job]:
    """Take up to `limit` due jobs for `lease` seconds, in order of id."""
    return claim_for(tx, owner, Room.for_any(limit), lease).jobs


def claim_for(tx: Tx, owner: str, room: Room, lease: float) -> Claimed:
    """Take the due jobs there is room for; turns with what is left of it: however many of them
    wait, what is said goes out, and money that is promised."""
    until = time.monotonic() + lease
    wanted = min(room.limit, room.urgent)
    found, more = _urgent(tx, wanted, room)
    if len(found) < room.limit:
        found += _find(tx, _TURNS, room.limit - len(found))
    more = more or len(found) == room.limit
    if not found:
        return Claimed((), more)
    ids = [one.id for one in found]
    lease_end = {"lease": lease} if tx.db_clock else {"until": tx.now + timedelta(seconds=lease)}
    taken = tx.conn.execute(_taking(tx.db_clock), {"ids": ids, "by": owner, **lease_end}).all()
    jobs = [
        Job(
            row.id,
            row.kind,
            row.key,
            row.payload,
            row.attempt,
            owner,
            failures=row.failures,
            lost=row.lost,
            lane=row.lane,
            lease=Lease(until),
        )
        for row in sorted(taken, key=lambda row: int(row.id))
    ]
    orphans = {one.id for one in found if one.is_orphan}
    resting = {one.id for one in jobs if one.id in orphans and rest_of(one.lost)}
    for one in jobs:
        if one.id in resting:
            let_rest(tx, one)
    return Claimed([one for one in jobs if one.id not in resting], more)


class _Found(NamedTuple):
    """An eligible job; `is_orphan`: nobody ended the claim before."""

    id: int
    lane: str | None
    is_orphan: bool


def _urgent(tx: Tx, wanted: int, room: Room) -> tuple[list[_Found], bool]:
    """What is no turn, and whether there may be more. Lanes that are full are passed over."""
    busy, taken = Counter(room.busy), list[_Found]()
    while True:
        full = sorted(lane for lane, number in busy.items() if number >= room.of_lane)
        if len(taken) >= wanted:
            return taken, True
        found = _find(tx, _OTHERS, wanted, full=full, but=[one.id for one in taken])
        for one in found:
            if len(taken) < wanted and (one.lane is None or busy[one.lane] < room.of_lane):
                taken.append(one)
                if one.lane is not None:
                    busy[one.lane] += 1
        now_full = sum(number >= room.of_lane for number in busy.values()) > len(full)
        if len(found) < wanted or not now_full:
            return taken, bool(full) or now_full or len(taken) >= wanted


TURN = "turn"
"""The kind that waits for nobody outside: what a customer waits for most."""
_TURNS, _OTHERS = ("ix_job_turn", f"= '{TURN}'"), ("ix_job_urgent", f"<> '{TURN}'")

_FIND = """
    SELECT id, lane, state FROM job {hint}
    WHERE state IN ('new', 'running') AND kind {kind} AND due_at <= {now}
      AND (state = 'new' OR lease_until < {now}){lanes}
      AND (key IS NULL OR NOT EXISTS (
        SELECT 1 FROM job ahead
        WHERE ahead.key = job.key AND ahead.id < job.id AND ahead.state IN ('new', 'running')
      ))
    ORDER BY id LIMIT :limit {lock}
"""
_LANES = " AND (lane IS NULL OR lane NOT IN :full) AND id NOT IN :but"


@cache
def _finding(
    is_postgres: bool, db_clock: bool, which: tuple[str, str], lanes: bool
) -> sa.TextualSelect:
    """What finds eligible jobs of a kind. SQLite is told the index, as it has no figures on how
    few jobs are open among all that were done."""
    index, kind = which
    words = _FIND.format(
        hint="" if is_postgres else f"INDEXED BY {index}",
        kind=kind,
        now="clock_timestamp()" if db_clock else ":now",
        lanes=_LANES if lanes else "",
        lock="FOR UPDATE SKIP LOCKED" if is_postgres else "",
    )
    text = sa.text(words).bindparams(sa.bindparam("limit", type_=sa.Integer()))
    if not db_clock:
        text = text.bindparams(sa.bindparam("now", type_=job.c.due_at.type))
    if lanes:
        text = text.bindparams(
            sa.bindparam("full", type_=sa.String(), expanding=True),
            sa.bindparam("but", type_=sa.BigInteger(), expanding=True),
        )
    return text.columns(job.c.id, job.c.lane, job.c.state)


def _find(
    tx: Tx,
    which: tuple[str, str],
    limit: int,
    *,
    full: Sequence[str] = (),
    but: Sequence[int] = (),
) -> list[_Found]:
    """Those that are due, but for what waits in `full` lanes and for `but`."""
    values: dict[str, Any] = {"limit": limit} | ({} if tx.db_clock else {"now": tx.now})
    statement = _finding(tx.is_postgres, tx.db_clock, which, bool(full or but))
    if not full and not but:
        found: Iterable[Any] = rows(tx, statement, values)
    else:
        found = tx.conn.execute(statement, {**values, "full": list(full), "but": list(but)})
    return [_Found(job_id, lane, state == "running") for job_id, lane, state in found]


@cache
def _taking(db_clock: bool) -> sa.Executable:
    """What takes them."""
    until: Any = sa.bindparam("until", type_=job.c.due_at.type)
    taken = ("id", "kind", "key", "lane", "payload", "attempt", "failures", "lost")
    return (
        sa.update(job)
        .where(job.c.id.in_(sa.bindparam("ids", expanding=True)))
        .values(
            state="running",
            owner=sa.bindparam("by"),
            attempt=job.c.attempt + 1,
            lost=job.c.lost + sa.case((job.c.state == "running", 1), else_=0),
            lease_until=from_now("lease") if db_clock else until,
        )
        .returning(*(job.c[name] for name in taken))
    )
