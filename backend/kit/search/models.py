"""The tables of a search index: what changed and is not indexed yet, and the terms of each row.

    <subject>_change   appended to by triggers, by whichever way a row changes: costs a write
                       nothing but that; an indexing job works it off
    <subject>_terms    seq (the place in the results, newest highest), the row's id, its terms

SQLite: `<subject>_fts`, an FTS5 index over the terms with the beginnings of words, which walks its
matches by falling seq. Postgres: a GIN index over a tsvector. GIN gives all matches of a term at
once and unordered, a million if need be; so each term is stored with the bucket of its seq
(`61:kettle`), and a search goes from bucket to bucket, newest first, until it has enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from backend.kit.schema import BigId, metadata

BUCKET_BITS = 14
"""A bucket is 16,384 consecutive seqs: the most that one step of a search looks at."""
PREFIXES = "1 2 3 4 5 6 7"
"""Lengths of beginnings FTS5 keeps an index of: those of all words, see `terms.STEM`."""


@dataclass(frozen=True, slots=True)
class SearchTables:
    """An index's tables. `change.id` grows with each change, so it orders them."""

    subject: str
    change: sa.Table
    terms: sa.Table

    @property
    def fts(self) -> str:
        """The name of what does the searching: a virtual table on SQLite, an index on Postgres."""
        return f"{self.subject}_fts"


def search_tables(subject: str) -> SearchTables:
    """Define an index's tables."""
    change = sa.Table(
        f"{subject}_change",
        metadata,
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False, comment="seconds since 1970, database time"),
        sqlite_autoincrement=True,  # an id given once never comes again
    )
    terms = sa.Table(
        f"{subject}_terms",
        metadata,
        sa.Column("seq", BigId, primary_key=True, autoincrement=True),
        sa.Column("owner_id", sa.String(32), nullable=False, unique=True),
        sa.Column(
            "terms", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False
        ),
        sqlite_autoincrement=True,
    )
    return SearchTables(subject, change, terms)


@dataclass(frozen=True, slots=True)
class Watch:
    """A change of `table` that makes rows be indexed anew.

    `columns` empty: an insert; else an update that changes one of them. `owners`: SQL that selects
    the ids of the rows, with NEW for the changed row; empty: NEW.id itself.
    """

    table: str
    columns: Sequence[str] = ()
    owners: str = ""


def index_ddl(dialect: str, subject: str) -> list[str]:
    """What makes the terms searchable, once the tables are there."""
    name, fts = f"{subject}_terms", f"{subject}_fts"
    if dialect == "postgresql":
        # No pending list: every search would have to read it through.
        return [f"CREATE INDEX {fts} ON {name} USING gin (terms) WITH (fastupdate = off)"]
    gone = f"INSERT INTO {fts} ({fts}, rowid, terms) VALUES ('delete', OLD.seq, OLD.terms);"  # noqa: S608
    new = f"INSERT INTO {fts} (rowid, terms) VALUES (NEW.seq, NEW.terms);"  # noqa: S608
    return [
        # The ascii tokenizer cuts at nothing but spaces here: our terms hold letters, digits and
        # non-ASCII characters.
        f"CREATE VIRTUAL TABLE {fts} USING fts5 (terms, content='{name}', content_rowid='seq', "
        f"detail=none, columnsize=0, prefix='{PREFIXES}', tokenize='ascii')",
        f"CREATE TRIGGER {name}_added AFTER INSERT ON {name} BEGIN {new} END",
        f"CREATE TRIGGER {name}_removed AFTER DELETE ON {name} BEGIN {gone} END",
        f"CREATE TRIGGER {name}_changed AFTER UPDATE ON {name} BEGIN {gone} {new} END",
    ]


def watch_ddl(dialect: str, subject: str, watches: Sequence[Watch]) -> list[str]:
    """Triggers that note what is to be indexed anew."""
    make = _postgres_watch if dialect == "postgresql" else _sqlite_watch
    return [statement for watch in watches for statement in make(subject, watch)]


_EPOCH: Mapping[str, str] = {
    "sqlite": "CAST(strftime('%s', 'now') AS INTEGER)",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) AS bigint)",
}


def epoch(dialect: str) -> str:
    """The database's own time in whole seconds since 1970, as SQL."""
    return _EPOCH[dialect]


def _note(dialect: str, subject: str, watch: Watch) -> str:
    owners = watch.owners or "SELECT NEW.id AS id"
    return (
        f"INSERT INTO {subject}_change (owner_id, at) "  # noqa: S608 - names of our own
        f"SELECT id, {epoch(dialect)} FROM ({owners}) AS owner"
    )


def _event(watch: Watch, differs: str) -> tuple[str, str]:
    """When a trigger fires, and on which condition."""
    if not watch.columns:
        return f'INSERT ON "{watch.table}"', ""
    changed = " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in watch.columns)
    return f'UPDATE OF {", ".join(watch.columns)} ON "{watch.table}"', f"WHEN ({changed})"


def _trigger_name(subject: str, watch: Watch) -> str:
    return f"{subject}_watches_{watch.table}_{'update' if watch.columns else 'insert'}"


def _sqlite_watch(subject: str, watch: Watch) -> list[str]:
    event, when = _event(watch, "IS NOT")
    name = _trigger_name(subject, watch)
    return [
        f"CREATE TRIGGER {name} AFTER {event} {when} BEGIN {_note('sqlite', subject, watch)}; END"
    ]


def _postgres_watch(subject: str, watch: Watch) -> list[str]:
    event, when = _event(watch, "IS DISTINCT FROM")
    name = _trigger_name(subject, watch)
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{_note('postgresql', subject, watch)}; RETURN NULL; END $$",
        f"CREATE TRIGGER {name} AFTER {event} FOR EACH ROW {when} EXECUTE FUNCTION {name}()",
    ]
