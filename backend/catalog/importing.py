"""Import a file of products, JSON lines: good ones go in, bad ones are listed, a repeat is none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from backend.catalog.schemas import ProductIn, ProductsReport, RowError
from backend.catalog.service import upsert_products
from backend.kit.actor import SYSTEM, Actor
from backend.kit.db import Database
from backend.kit.errors import FieldError, Invalid

SUFFIXES = (".jsonl", ".ndjson")
BATCH = 100
MAX_LINE = 1_000_000
"""Bytes of one line."""
MAX_LISTED = 10_000

Parsed = tuple[int, ProductIn | None, Sequence[RowError]]


async def import_file(
    db: Database,
    path: Path,
    on_progress: Callable[[int], None] | None = None,
    actor: Actor = SYSTEM,
) -> ProductsReport:
    """Import `path`. Raises: Invalid for another suffix; OSError when it can't be read."""
    if path.suffix.lower() not in SUFFIXES:
        told = ", ".join(SUFFIXES)
        errors = [FieldError("path", f"must end in one of {told}")]
        raise Invalid("unknown_format", f"the file's name must end in {told}", errors=errors)
    stream = await asyncio.to_thread(path.open, "rb")
    report, seen = ProductsReport(), dict[str, int]()
    try:
        parsed = _read(stream)
        while batch := await asyncio.to_thread(lambda: list(islice(parsed, BATCH))):
            good = [one for each in batch if (one := _accept(report, seen, each)) is not None]
            counts = await db.tx(upsert_products, actor, good)
            report.created += counts.get("created", 0)
            report.updated += counts.get("updated", 0)
            report.unchanged += counts.get("unchanged", 0)
            if on_progress is not None:
                on_progress(stream.tell())
    finally:
        stream.close()
    return report


def _accept(report: ProductsReport, seen: dict[str, int], parsed: Parsed) -> ProductIn | None:
    """The product, unless it is faulty or an article of it was in the file before."""
    line, one, faults = parsed
    found = list(faults)
    found += [
        _fault(line, "sku", f"{row['sku']} stands on line {first}")
        for row in (one.rows() if one else ())
        if (first := seen.setdefault(row["sku"], line)) != line
    ]
    room = max(0, MAX_LISTED - len(report.errors))
    report.errors.extend(found[:room])
    report.more_errors += len(found[room:])
    if found:
        report.bad += 1
        return None
    return one


def _read(stream: BinaryIO) -> Iterator[Parsed]:
    """One product a line, in UTF-8; empty lines are skipped."""
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_LINE)
            yield number, None, [_fault(number, "", f"longer than {MAX_LINE:,} bytes")]
            continue
        text = (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).strip()
        if not text:
            continue
        try:
            yield number, ProductIn.model_validate_json(text), ()
        except ValidationError as error:
            yield (
                number,
                None,
                [
                    _fault(number, ".".join(map(str, each["loc"])), each["msg"])
                    for each in error.errors(include_url=False, include_input=False)
                ],
            )


def _fault(line: int, name: str, reason: str) -> RowError:
    return RowError(line=line, field=name, reason=reason.removeprefix("Value error, "))
