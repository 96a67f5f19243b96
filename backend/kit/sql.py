"""Statements built once, for what runs at every message.

Building a statement costs more than executing it, and SQLAlchemy compiles an ON CONFLICT clause
anew at each execution. Measured on SQLite: a select 114 µs built each time, 20 µs prebuilt; an
insert with a conflict clause 340 µs, prebuilt 205 µs, as text 25 µs (docs/adr/0008).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.kit.db import Tx
from backend.kit.schema import UtcTime, from_sqlite_text, to_sqlite_text

Build = Callable[[Any], Any]
"""Adds the ON CONFLICT clause (and RETURNING) to a dialect's insert."""


class Upsert:
    """An insert with an ON CONFLICT clause, compiled once a dialect.

    Call it with the transaction to get the statement; execute that with a value for each of
    `columns`, and for parameters of expressions that `build` sets other columns to.
    """

    def __init__(self, table: sa.Table, columns: Sequence[str], build: Build) -> None:
        self._table = table
        self._columns = tuple(columns)
        self._build = build
        self._made: dict[bool, sa.Executable] = {}

    def __call__(self, tx: Tx) -> sa.Executable:
        made = self._made.get(tx.is_postgres)
        if made is None:
            made = self._made[tx.is_postgres] = self._make(tx.is_postgres)
        return made

    def _make(self, is_postgres: bool) -> sa.Executable:
        insert: Any = postgresql.insert if is_postgres else sqlite.insert
        dialect = postgresql.dialect if is_postgres else sqlite.dialect
        statement = self._build(insert(self._table))
        compiled = statement.compile(
            dialect=dialect(paramstyle="named"), column_keys=list(self._columns)
        )
        typed = [sa.bindparam(name, type_=self._table.c[name].type) for name in self._columns]
        fixed: list[sa.BindParameter[Any]] = [
            sa.bindparam(name, value=value, type_=compiled.binds[name].type)
            for name, value in compiled.params.items()
            if name not in self._columns
        ]
        # text() reads ":name" but not ":name::TYPE".
        words = re.sub(r":(\w+)::(\w+)", r"CAST(:\1 AS \2)", str(compiled))
        text = sa.text(words).bindparams(*typed, *fixed)
        returned = [self._table.c[column.key] for column in getattr(statement, "_returning", ())]
        return text.columns(*returned) if returned else text


@cache
def update_by_id(table: sa.Table) -> sa.Update:
    """`UPDATE table SET … WHERE id = :row_id`; what is set are the other parameters' names."""
    return sa.update(table).where(table.c.id == sa.bindparam("row_id"))


@cache
def insert_into(table: sa.Table) -> sa.Insert:
    """A plain insert; columns without a value in its parameters get their default."""
    return sa.insert(table)


Row = tuple[Any, ...]
Values = Mapping[str, Any]
Statement = sa.Executable | Upsert


def rows(tx: Tx, statement: Statement, values: Values) -> Sequence[Row]:
    """Run a prebuilt statement and give its rows, in plain tuples.

    By the driver itself, with SQLAlchemy's SQL and its conversions of types: its own way to the
    same costs five times as much on SQLite, half as much again on Postgres. Raises: what SQLAlchemy
    raises.
    """
    made = _compiled_for(tx, statement, values)
    return made.read(_execute(tx, made.sql, made.arguments(values)).fetchall())


def row(tx: Tx, statement: Statement, values: Values) -> Row | None:
    """The first row, if there is one."""
    found = rows(tx, statement, values)
    return found[0] if found else None


def value(tx: Tx, statement: Statement, values: Values) -> Any:
    """The first column of the first row. Raises: LookupError without a row."""
    found = rows(tx, statement, values)
    if not found:
        raise LookupError("a statement that always gives a row gave none")
    return found[0][0]


def run(tx: Tx, statement: Statement, values: Values) -> None:
    """Run a prebuilt statement that gives no rows."""
    made = _compiled_for(tx, statement, values)
    _execute(tx, made.sql, made.arguments(values))


def run_each(tx: Tx, statement: Statement, values: Sequence[Values]) -> None:
    """Run a prebuilt statement for each of the values; all have the same names."""
    made = _compiled_for(tx, statement, values[0])
    if tx.is_postgres and len(values) > 1:  # one round trip
        each_ones = [made.arguments(each) for each in values]
        _on_postgres(tx, made.sql, _cursor(tx).executemany, each_ones)
        return
    for each in values:
        _execute(tx, made.sql, made.arguments(each))


def _for(tx: Tx, statement: Statement) -> sa.Executable:
    return statement(tx) if isinstance(statement, Upsert) else statement


Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as the driver takes it.

    `pick` takes the parameters from what the caller gives, in their order; `own`: the statement's
    own, and where they go; `converted`: which are converted, and how; `results`: which columns are.
    """

    statement: Statement
    sql: str
    pick: Callable[[Values], Sequence[Any]]
    own: tuple[tuple[int, Any], ...]
    converted: tuple[tuple[int, Convert], ...]
    results: tuple[tuple[int, Convert], ...]

    def arguments(self, values: Values) -> Sequence[Any]:
        if not self.own and not self.converted:
            return self.pick(values)
        found = list(self.pick(values))
        for index, value in self.own:
            found.insert(index, value)
        for index, convert in self.converted:
            found[index] = convert(found[index])
        return found

    def read(self, found: list[Row]) -> list[Row]:
        if not self.results:
            return found
        converted = []
        for each in found:
            columns = list(each)
            for index, convert in self.results:
                columns[index] = convert(columns[index])
            converted.append(tuple(columns))
        return converted


def _picker(names: Sequence[str]) -> Callable[[Values], Sequence[Any]]:
    if not names:
        return lambda _values: ()
    if len(names) == 1:
        (name,) = names
        return lambda values: (values[name],)
    return itemgetter(*names)


_compiled: dict[tuple[bool, int, tuple[str, ...]], _Compiled] = {}
"""By database, statement and names of its values: what an insert or update writes are those."""


def _compiled_for(tx: Tx, statement: Statement, values: Values) -> _Compiled:
    key = (tx.is_postgres, id(statement), tuple(values))
    made = _compiled.get(key)
    if made is None:
        made = _compiled[key] = _compile(tx, statement, values)
    return made


def _compile(tx: Tx, statement: Statement, values: Values) -> _Compiled:
    writes = isinstance(statement, sa.Insert | sa.Update)
    dialect = tx.conn.dialect
    written: Any = _for(tx, statement)
    if any(bound.expanding and name in values for name, bound in written.compile().binds.items()):
        raise ValueError("a list of the caller's would be kept: run it by the connection")
    if isinstance(written, sa.Select):
        # Lists of an IN are spelt out, and that asks for all values; ours come at each execution.
        written = written.params(values)
    compiled: Any = written.compile(
        dialect=dialect,
        column_keys=list(values) if writes else None,
        compile_kwargs={"render_postcompile": True},
    )
    converters, own = dict(compiled._bind_processors), compiled.params
    if not tx.is_postgres:
        # SQLAlchemy's own way with times costs more than the statement.
        for name, bound in compiled.binds.items():
            if isinstance(bound.type, UtcTime):
                converters[name] = to_sqlite_text
    places = compiled.positiontup or ()
    types = [column.type for column in getattr(compiled.statement, "selected_columns", ())]
    types = types or [column[3] for column in compiled._result_columns or ()]
    results = [
        (index, from_sqlite_text)
        if isinstance(type_, UtcTime) and not tx.is_postgres
        else (index, type_._cached_result_processor(dialect, None))
        for index, type_ in enumerate(types)
    ]
    return _Compiled(
        statement,
        str(compiled),
        pick=_picker([name for name in places if name in values]),
        own=tuple((at, own.get(name)) for at, name in enumerate(places) if name not in values),
        converted=tuple(
            (at, converters[name]) for at, name in enumerate(places) if name in converters
        ),
        results=tuple(each for each in results if each[1] is not None),
    )


def _execute(tx: Tx, sql: str, arguments: Sequence[Any]) -> Any:
    if not tx.is_postgres:
        try:
            return tx.raw.execute(sql, arguments)
        except sqlite3.Error as error:
            raise _as_usual(tx, sql, error) from error
    cursor = _cursor(tx)
    _on_postgres(tx, sql, cursor.execute, arguments)
    return cursor


def _cursor(tx: Tx) -> Any:
    """A cursor on Postgres, told since when plans are stale: a later version's migration may have
    changed what they return, and the adapter prepares them anew then."""
    cursor, dialect = tx.raw.cursor(), cast(Any, tx.conn.dialect)
    cursor._invalidate_schema_cache_asof = dialect._invalidate_schema_cache_asof
    return cursor


def is_stale_plan(dbapi: Any, error: object) -> bool:
    """Whether Postgres refuses a prepared statement because a table has changed since; prepared
    anew it will do."""
    return isinstance(error, (dbapi.InvalidCachedStatementError, dbapi.InternalServerError))


def _on_postgres(
    tx: Tx, sql: str, execute: Callable[[str, Any], Any], arguments: Sequence[Any]
) -> Any:
    """Raises as SQLAlchemy would."""
    dbapi: Any = cast(Any, tx.conn.dialect).loaded_dbapi
    try:
        return execute(sql, arguments)
    except dbapi.Error as error:
        if is_stale_plan(dbapi, error):
            cast(Any, tx.conn.dialect)._invalidate_schema_cache()
        raise _as_usual(tx, sql, error) from error
    except Exception:
        raise
    except BaseException as error:
        # Cut off in the middle, maybe of BEGIN: nobody knows how the connection stands. As it is,
        # the next one's COMMIT would end a savepoint in it, and be no commit.
        tx.conn.invalidate(error)
        raise


def _as_usual(tx: Tx, sql: str, error: Exception) -> Exception:
    """What SQLAlchemy would raise: callers know its errors, and no value gets into their text."""
    dialect = cast(Any, tx.conn.dialect)
    is_gone = dialect.is_disconnect(error, tx.raw, None)
    if is_gone:
        tx.conn.invalidate(error)
    kind: Any = dialect.loaded_dbapi.Error
    return sa.exc.DBAPIError.instance(
        sql, None, error, kind, hide_parameters=True, connection_invalidated=is_gone
    )
