"""Pages of long lists: opaque cursors, and totals that say whether they are exact. Pure."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from backend.kit.errors import FieldError, Invalid

MAX_PAGE = 200
"""Rows of one page."""
MAX_WORDS = 100
"""Characters of what is searched for."""
COUNTED = 10_000
"""How far the rows of a list are counted; a search counts as far as FOUND."""
FOUND = 1_000


@dataclass(frozen=True, slots=True)
class Total:
    """How many rows there are; if not `exact`, there are at least this many."""

    count: int
    exact: bool

    @classmethod
    def capped(cls, counted: int, cap: int) -> Total:
        """What counting up to `cap` + 1 rows has shown."""
        return cls(min(counted, cap), counted <= cap)


@dataclass(frozen=True, slots=True)
class Place:
    """Behind which row a page begins: by time and id in a list, by `seq` in a search's results.

    It carries the total of the first page along, so that it is counted once.
    """

    total: Total
    at: datetime | None = None
    row_id: str = ""
    seq: int | None = None

    def encode(self) -> str:
        """As the cursor that clients hand back unread."""
        total = [self.total.count, int(self.total.exact)]
        where = [self.seq] if self.at is None else [self.at.isoformat(), self.row_id]
        return base64.urlsafe_b64encode(json.dumps([*total, *where]).encode()).decode()

    @property
    def key(self) -> tuple[datetime, str]:
        """Time and id. Raises: Invalid for a cursor of a search's results."""
        if self.at is None:
            raise unreadable()
        return self.at, self.row_id

    @property
    def below(self) -> int:
        """The seq. Raises: Invalid for a cursor of a list."""
        if self.seq is None:
            raise unreadable()
        return self.seq


def read_place(cursor: str | None) -> Place | None:
    """The place a cursor names. Raises: Invalid."""
    if not cursor:
        return None
    try:
        count, exact, *where = json.loads(base64.urlsafe_b64decode(cursor.encode()).decode())
        total = Total(int(count), bool(exact))
        if len(where) == 1:
            return Place(total, seq=_in_range(int(where[0])))
        at, row_id = datetime.fromisoformat(where[0]), str(where[1])
        if at.tzinfo is None or not row_id.isprintable():
            raise ValueError("naive, or no id")
        return Place(total, at=at.astimezone(UTC), row_id=row_id)
    except (binascii.Error, ValueError, TypeError, IndexError, OverflowError) as error:
        raise unreadable() from error


def _in_range(seq: int) -> int:
    if not 0 <= seq < 2**62:
        raise ValueError("no place")
    return seq


def unreadable() -> Invalid:
    """The refusal of a cursor that isn't one of this list."""
    return Invalid("cursor_unreadable", errors=[FieldError("cursor", "unreadable")])
