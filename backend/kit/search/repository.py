"""The only SQL on search indexes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from backend.kit.db import Tx
from backend.kit.search.models import BUCKET_BITS, SearchTables, epoch
from backend.kit.search.terms import Query, fts5_expression, joined, tsquery_pattern


@dataclass(frozen=True, slots=True)
class Change:
    """A row that was written since it was indexed. `age`: seconds since then."""

    id: int
    owner_id: str
    age: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A row as it is to be indexed. `seq`: its place; None: a new one, before all others."""

    owner_id: str
    terms: Sequence[str]
    seq: int | None = None


_FAR = 2**62


def newest(
    tx: Tx, index: SearchTables, query: Query, *, below: int | None, limit: int
) -> Sequence[int]:
    """Places (seq) of rows found, falling, at most `limit`, all of them under `below` if given."""
    if not query.groups:
        return []
    find = _find_on_postgres if tx.is_postgres else _find_on_sqlite
    write = tsquery_pattern if tx.is_postgres else fts5_expression
    bounds = {"below": _FAR if below is None else below, "most": limit}
    return tx.conn.execute(find(index), {"query": write(query), **bounds}).scalars().all()


@cache
def _find_on_sqlite(index: SearchTables) -> sa.TextClause:
    # FTS5 walks its matches by rowid from the highest down, so that LIMIT ends the search.
    return sa.text(
        f"SELECT rowid FROM {index.fts} WHERE {index.fts} MATCH :query AND rowid < :below "  # noqa: S608
        "ORDER BY rowid DESC LIMIT :most"
    )


@cache
def _find_on_postgres(index: SearchTables) -> sa.TextClause:
    # The outer query yields buckets from the newest down and the join is lateral, so it runs
    # bucket by bucket and ends with the one that fills the limit. OFFSET 0 keeps the planner from
    # walking the primary key backwards instead of asking the GIN index.
    table = index.terms.name
    return sa.text(
        f"""
        SELECT found.seq
        FROM generate_series(
            (SELECT least(max(seq), :below - 1) >> {BUCKET_BITS} FROM {table}),
            (SELECT min(seq) >> {BUCKET_BITS} FROM {table}),
            -1
        ) AS bucket
        CROSS JOIN LATERAL (
            SELECT seq
            FROM (
                SELECT seq FROM {table}
                WHERE terms @@ CAST(replace(:query, '#', CAST(bucket AS text)) AS tsquery)
                OFFSET 0
            ) AS matching
            WHERE seq < :below
            ORDER BY seq DESC
            LIMIT :most
        ) AS found
        LIMIT :most
        """  # noqa: S608 - names of our own
    ).bindparams(
        sa.bindparam("below", type_=sa.BigInteger),
        sa.bindparam("most", type_=sa.BigInteger),
        sa.bindparam("query", type_=sa.Text),
    )


def oldest_changes(tx: Tx, index: SearchTables, limit: int) -> Sequence[Change]:
    """What is to be indexed, longest waiting first."""
    return _changes(tx, index, index.change.c.id, limit)


def newest_changes(tx: Tx, index: SearchTables, limit: int) -> Sequence[Change]:
    """What is to be indexed, latest first."""
    return _changes(tx, index, index.change.c.id.desc(), limit)


def _changes(
    tx: Tx, index: SearchTables, order: sa.ColumnElement[int], limit: int
) -> Sequence[Change]:
    change = index.change.c
    age: sa.ColumnElement[int] = sa.literal_column(epoch(tx.conn.dialect.name)) - change.at
    query = sa.select(change.id, change.owner_id, age.label("age")).order_by(order).limit(limit)
    return [Change(row.id, row.owner_id, row.age) for row in tx.conn.execute(query)]


def places(tx: Tx, index: SearchTables, owner_ids: Sequence[str]) -> Mapping[str, int]:
    """Row id -> its place, of those that are indexed."""
    terms = index.terms.c
    query = sa.select(terms.owner_id, terms.seq).where(terms.owner_id.in_(owner_ids))
    return {row.owner_id: row.seq for row in tx.conn.execute(query)}


def take_changes(tx: Tx, index: SearchTables, ids: Sequence[int]) -> frozenset[int]:
    """Strike changes off; returns those that nobody struck off before."""
    change = index.change.c
    gone = sa.delete(index.change).where(change.id.in_(ids)).returning(change.id)
    return frozenset(tx.conn.execute(gone).scalars())


def write(tx: Tx, index: SearchTables, entries: Sequence[Entry]) -> None:
    """Add rows to the index, or index them anew at the place given."""
    moved = [entry.owner_id for entry in entries if entry.seq is None]
    if moved:
        remove(tx, index, moved)
    if not entries:
        return
    statement = _write_on_postgres(index) if tx.is_postgres else _write_on_sqlite(index)
    rows = [
        {
            "seq": entry.seq,
            "owner_id": entry.owner_id,
            "terms": list(entry.terms) if tx.is_postgres else joined(entry.terms),
        }
        for entry in entries
    ]
    tx.conn.execute(statement, rows)


def remove(tx: Tx, index: SearchTables, owner_ids: Sequence[str]) -> None:
    """Take rows out of the index."""
    terms = index.terms
    tx.conn.execute(sa.delete(terms).where(terms.c.owner_id.in_(owner_ids)))


@cache
def _write_on_sqlite(index: SearchTables) -> sa.TextClause:
    return sa.text(
        f"INSERT INTO {index.terms.name} (seq, owner_id, terms) "  # noqa: S608
        "VALUES (:seq, :owner_id, :terms) "
        "ON CONFLICT (owner_id) DO UPDATE SET seq = excluded.seq, terms = excluded.terms"
    )


@cache
def _write_on_postgres(index: SearchTables) -> sa.TextClause:
    table = index.terms.name
    return sa.text(
        f"""
        INSERT INTO {table} (seq, owner_id, terms)
        SELECT place.seq, :owner_id, array_to_tsvector(ARRAY(
            SELECT CAST(place.seq >> {BUCKET_BITS} AS text) || ':' || term
            FROM unnest(:terms) AS term
        ))
        FROM (
            SELECT coalesce(:seq, nextval(pg_get_serial_sequence('{table}', 'seq'))) AS seq
        ) AS place
        ON CONFLICT (owner_id) DO UPDATE SET seq = excluded.seq, terms = excluded.terms
        """  # noqa: S608 - names of our own
    ).bindparams(
        sa.bindparam("seq", type_=sa.BigInteger),
        sa.bindparam("owner_id", type_=sa.String),
        sa.bindparam("terms", type_=postgresql.ARRAY(sa.Text)),
    )
