"""Import a file of orders: good rows go in, bad ones are listed, a repeated import changes nothing.

Orders are stored in batches, a transaction each, so that customers are served meanwhile; an import
that was cut off is simply run again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal

from backend.kit.actor import SYSTEM, Actor
from backend.kit.db import Database
from backend.kit.errors import FieldError, Invalid
from backend.orders.csv_format import read_csv
from backend.orders.formats import Parsed, read_json_lines
from backend.orders.rules import number_key
from backend.orders.saving import Saved, save_orders
from backend.orders.schemas import ImportReport, OrderIn, RowError

Format = Literal["csv", "jsonl"]
OnProgress = Callable[[int], None]
"""Is told after each batch how many bytes have been read."""
BATCH = 200
MAX_LISTED = 10_000
SUFFIXES: dict[str, Format] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


async def import_file(
    db: Database, path: Path, on_progress: OnProgress | None = None, actor: Actor = SYSTEM
) -> ImportReport:
    """Import `path`, by its suffix .csv, .jsonl or .ndjson.

    Raises: Invalid for another suffix or wrong CSV columns; OSError when it can't be read.
    """
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        told = ", ".join(SUFFIXES)
        errors = [FieldError("path", f"must end in one of {told}")]
        raise Invalid("unknown_format", f"the file's name must end in {told}", errors=errors)
    stream = await asyncio.to_thread(path.open, "rb")
    try:
        return await import_orders(db, stream, kind, actor, on_progress)
    finally:
        stream.close()


async def import_orders(
    db: Database,
    stream: BinaryIO,
    kind: Format,
    actor: Actor,
    on_progress: OnProgress | None = None,
) -> ImportReport:
    """Import a stream. Raises: Forbidden below manager, Invalid for wrong CSV columns."""
    report = ImportReport()
    seen: dict[str, int] = {}
    with closing(read_csv(stream) if kind == "csv" else read_json_lines(stream)) as parsed:
        while batch := await asyncio.to_thread(_take, parsed):
            good = [(one, order) for one in batch if (order := _accept(report, seen, one))]
            saved = await db.tx(save_orders, actor, [order for _parsed, order in good])
            for (one, _order), outcome in zip(good, saved, strict=True):
                _count(report, one, outcome)
            if on_progress is not None:
                on_progress(stream.tell())
    report.errors.sort(key=lambda error: error.line)
    return report


def _accept(report: ImportReport, seen: dict[str, int], parsed: Parsed) -> OrderIn | None:
    """The order, unless it is faulty or its number was in the file before: a file that says two
    things of one order would change it at every import."""
    _list(report, parsed.errors)
    if parsed.order is None:
        report.bad += 1
        return None
    first = seen.setdefault(number_key(parsed.order.number), parsed.line)
    if first != parsed.line:
        _list(report, [parsed.error("number", f"already stands on line {first}")])
        report.bad += 1
        return None
    return parsed.order


def _take(parsed: Iterator[Parsed]) -> Sequence[Parsed]:
    return list(islice(parsed, BATCH))


def _count(report: ImportReport, parsed: Parsed, saved: Saved) -> None:
    if saved.outcome == "created":
        report.created += 1
    elif saved.outcome == "updated":
        report.updated += 1
    elif saved.outcome == "unchanged":
        report.unchanged += 1
    else:
        report.bad += 1
    _list(report, [parsed.error(fault.field, fault.reason) for fault in saved.errors])


def _list(report: ImportReport, errors: Sequence[RowError]) -> None:
    room = max(0, MAX_LISTED - len(report.errors))
    report.errors.extend(errors[:room])
    report.more_errors += len(errors[room:])
