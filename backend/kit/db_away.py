"""Which errors mean that the Postgres server is away, not that something asked of it was wrong.

A restart, a lost network, an ended connection, none of the pool that came free in time: whoever
asked may ask again later, and nothing he did counts as failed. The one place that knows how drivers
tell it.
"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree

from backend.kit.errors import DatabaseAway

AWAY_STATES = ("08", "57P01", "57P02", "57P03", "57P05", "53300")
"""SQLSTATEs or their beginnings: connection errors, the server stops, crashed, starts, ended an
idle session, has no room for one more (postgresql.org/docs/current/errcodes-appendix.html)."""


def as_away(error: BaseException) -> DatabaseAway | None:
    """What callers are told instead of `error`, which a connection or its making raised; None if
    the database is there and refuses."""
    return DatabaseAway(type(_cause(error)).__name__) if _is_away(error) else None


def _is_away(error: BaseException) -> bool:
    if isinstance(error, NoneFree) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        return True
    cause = _cause(error)
    if str(getattr(cause, "sqlstate", None) or "").startswith(AWAY_STATES):
        return True
    import asyncpg  # loaded already where the error came from Postgres, needed nowhere else

    # Without a connection the driver raises the socket's errors and its own, untranslated; what
    # is wrong with an address is a ValueError, too.
    untranslated = not isinstance(error, DBAPIError | ValueError)
    return untranslated and isinstance(error, OSError | asyncpg.InterfaceError)


def _cause(error: BaseException) -> BaseException:
    """The driver's error within SQLAlchemy's."""
    origin = error.orig if isinstance(error, DBAPIError) else None
    return error if origin is None else origin
