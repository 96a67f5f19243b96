"""The database and Redis, as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from backend.checkup.finding import FAIL, OK, WARN, Finding
from backend.checkup.opening import bare_database
from backend.kit.db import Tx
from backend.kit.errors import DatabaseAway
from backend.kit.redis_push import AWAY, open_redis
from backend.migrations.run import head_revision, is_behind
from backend.operations import repository as operations
from backend.operations import service
from backend.rules import repository as rules
from backend.rules.lint import lint
from backend.rules.tables import TABLES
from backend.settings import Settings

SKEW = 2.0
"""Seconds by which two clocks may differ: sessions and signatures allow for more."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was read in one look. `skew`: seconds the database's clock is before ours."""

    version: str
    revision: str | None
    skew: float
    overview: service.Overview
    broken_tables: tuple[str, ...]


async def database(settings: Settings) -> list[Finding]:
    """Whether it answers, what it is, where its schema stands, and what waits in it."""
    if settings.is_sqlite and (lacking := _lacking(Path(settings.database), settings.data_dir)):
        return [lacking]
    try:
        async with bare_database(settings) as opened:
            seen = await opened.read(_look)
    except Exception as error:  # whatever it is, the other findings are wanted, too
        advice = "check AFTERCARE_DATABASE_URL and the server"
        return [Finding("database", FAIL, _refusal(error), advice)]
    found = [Finding("database", OK, seen.version), _schema(seen.revision)]
    if not settings.is_sqlite:
        found.append(clock("database", seen.skew))
    if seen.revision == head_revision():
        found += [*_work(seen.overview), _tables(seen.broken_tables)]
    return found


def _lacking(file: Path, data: Path) -> Finding | None:
    """What keeps a SQLite file from being opened. The first start makes the data folder, too."""
    if file.is_file():
        return None
    if file.exists():
        return Finding("database", FAIL, f"{file} is no file", "correct AFTERCARE_DATABASE_URL")
    if file.parent != data and not file.parent.is_dir():
        told = f"the folder of {file} is not there"
        return Finding("database", FAIL, told, "make it, or correct AFTERCARE_DATABASE_URL")
    return Finding("database", WARN, f"{file} is not there yet", "the first start makes it")


def _refusal(error: Exception) -> str:
    """Why it can't be read, in words that hold no password: only the server's own are known to
    hold none (they name the account or the database); a driver's may hold the address."""
    if isinstance(error, asyncpg.PostgresError):
        return f"refuses us: {error}"
    absent = isinstance(error, DatabaseAway | SQLAlchemyError | OSError)
    return f"{'does not answer' if absent else 'cannot be opened'}: {type(error).__name__}"


def _look(tx: Tx) -> _Seen:
    revision = operations.schema_revision(tx)
    at_head = revision == head_revision()
    return _Seen(
        version=_version(tx),
        revision=revision,
        skew=(operations.moment(tx) - datetime.now(UTC)).total_seconds(),
        overview=service.look(tx, ()) if at_head else service.Overview((), ()),
        broken_tables=_broken_tables(tx) if at_head else (),
    )


def _version(tx: Tx) -> str:
    if tx.is_postgres:
        return f"Postgres {tx.conn.execute(sa.text('SHOW server_version')).scalar_one()}"
    return f"SQLite {tx.conn.execute(sa.text('SELECT sqlite_version()')).scalar_one()}"


def _broken_tables(tx: Tx) -> tuple[str, ...]:
    broken = []
    for spec in TABLES.values():
        version = rules.published(tx, spec.name)
        if version is not None and lint(spec, rules.content(tx, spec.name, version.number)):
            broken.append(f"{spec.name} version {version.number}")
    return tuple(broken)


def _schema(revision: str | None) -> Finding:
    if revision is None or is_behind(revision):
        told = f"at {revision or 'nothing'}, this version needs {head_revision()}"
        return Finding("migrations", FAIL, told, "aftercare migrate (a start does it, too)")
    if revision != head_revision():
        told = f"at {revision}, which is newer than this version ({head_revision()})"
        return Finding("migrations", WARN, told, "update this installation")
    return Finding("migrations", OK, f"at {revision}, the newest")


def clock(whose: str, skew: float) -> Finding:
    """How far our clock is from another one."""
    if abs(skew) <= SKEW:
        return Finding("clock", OK, f"{abs(skew):.1f} s from that of the {whose}")
    told = f"{abs(skew):.0f} s {'behind' if skew > 0 else 'before'} that of the {whose}"
    return Finding("clock", FAIL if abs(skew) > 60 else WARN, told, "let NTP set the time")


def _work(overview: service.Overview) -> list[Finding]:
    alive, dead = overview.workers_alive, sum(kind.dead for kind in overview.kinds)
    found = [
        Finding("workers", OK, f"{alive} at work")
        if alive
        else Finding("workers", WARN, "none at work", "aftercare all, or aftercare worker")
    ]
    if dead:
        told = f"{dead} were given up"
        found.append(Finding("jobs", WARN, told, "aftercare jobs list, then jobs replay"))
    else:
        found.append(Finding("jobs", OK, "nothing was given up"))
    return found


def _tables(broken: tuple[str, ...]) -> Finding:
    if broken:
        told = f"no longer fit this version: {', '.join(broken)}"
        return Finding("rules", FAIL, told, "correct and publish them in the desk or by the API")
    return Finding("rules", OK, "the published tables are sound")


async def redis(settings: Settings) -> list[Finding]:
    """Whether it answers, if one is configured."""
    if not settings.redis_url:
        return []
    try:
        client = open_redis(settings.redis_url)
    except ValueError:
        return [Finding("redis", FAIL, "the address can't be read", "correct AFTERCARE_REDIS_URL")]
    try:
        told = await client.info("server")
    except AWAY as error:
        advice = "the service goes on without it, slower; check AFTERCARE_REDIS_URL and the server"
        return [Finding("redis", FAIL, f"does not answer: {type(error).__name__}", advice)]
    finally:
        await client.aclose()
    return [Finding("redis", OK, f"Redis {told['redis_version']}")]
