"""Log lines: JSON for machines, text for people; what happens to one message carries one id.

`bound` puts ids on every line written within it: `correlation` (the incoming message's id, from its
webhook to the delivery of what answers it), `request` (X-Request-Id), `job`. `event` writes a named
line with fields. Nothing a customer wrote and no secret belongs into either.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Mapping
from contextvars import ContextVar, Token
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TextIO

_NOTHING: Mapping[str, object] = MappingProxyType({})
_bound: ContextVar[Mapping[str, object]] = ContextVar("log_fields", default=_NOTHING)

FORMATS = ("text", "json")
QUIET = ("httpx", "httpcore", "aiogram", "stripe", "alembic", "urllib3")
"""Vendors' HTTP clients log addresses, and those hold tokens."""


class bound:  # noqa: N801 (a context manager, named like contextlib's)
    """Within it every log line has these fields as well; an empty one is left out."""

    __slots__ = ("_fields", "_token")

    def __init__(self, **fields: object) -> None:
        self._fields = fields
        self._token: Token[Mapping[str, object]] | None = None

    def __enter__(self) -> None:
        known = {name: value for name, value in self._fields.items() if value}
        self._token = _bound.set({**_bound.get(), **known})

    def __exit__(self, *_: object) -> None:
        if self._token is not None:
            _bound.reset(self._token)


def bound_field(name: str) -> str:
    """A field of the enclosing `bound`s; empty if there is none."""
    return str(_bound.get().get(name, ""))


def event(logger: logging.Logger, name: str, level: int = logging.INFO, **fields: object) -> None:
    """Write a line named `name` with fields: ids, codes and numbers."""
    if logger.isEnabledFor(level):
        # Made here: to look up which line of code calls takes longer than all the rest of it.
        record = logging.LogRecord(logger.name, level, "", 0, name, None, None)
        record.fields = fields
        logger.handle(record)


def _fields_of(record: logging.LogRecord) -> dict[str, Any]:
    own: Mapping[str, object] = getattr(record, "fields", {})
    return {**_bound.get(), **own}


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, event, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": f"{_utc(int(record.created))}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_fields_of(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """The same for a terminal: the fields follow as name=value."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        fields = " ".join(f"{name}={value}" for name, value in _fields_of(record).items())
        return f"{super().formatMessage(record)} {fields}".rstrip()


@lru_cache(maxsize=4)
def _utc(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


def configure(level: str, form: str, stream: TextIO | None = None) -> None:
    """Send all log lines to `stream` (stderr) in this form, in place of what was set before."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in QUIET:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # What no line shows need not be found out for each: logging's own advice on its cost.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
