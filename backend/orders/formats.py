"""What both file formats read into, and JSON lines."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from pydantic import ValidationError

from backend.orders.schemas import OrderIn, RowError

MAX_LINE = 1_000_000
"""Bytes of one line of JSON."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """An order that begins on `line` (from 1), or what is wrong with it.

    `where` leads from a field of the order (`items.1.sku`) to the line and column it was read
    from, for those that are not simply the field of that name on `line`.
    """

    line: int
    order: OrderIn | None = None
    errors: tuple[RowError, ...] = ()
    where: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    def error(self, name: str, reason: str) -> RowError:
        """The error, told where the file's owner finds it."""
        line, column = self.where.get(name, (self.line, name))
        return RowError(line=line, field=column, reason=reason)


def refused(line: int, name: str, reason: str) -> Parsed:
    """A row with one error."""
    return Parsed(line, errors=(RowError(line=line, field=name, reason=reason),))


def faults_of(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Field (`items.1.sku`, empty for the whole) and reason of each fault pydantic found."""
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        yield ".".join(map(str, fault["loc"])), fault["msg"].removeprefix("Value error, ")


def read_json_lines(stream: BinaryIO) -> Generator[Parsed, None, None]:
    """One order a line, in UTF-8; empty lines are skipped."""
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_LINE)
            yield refused(number, "", f"the line is longer than {MAX_LINE:,} bytes")
            continue
        text = (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).strip()
        if not text:
            continue
        try:
            yield Parsed(number, OrderIn.model_validate_json(text))
        except ValidationError as error:
            faults = faults_of(error)
            found = [RowError(line=number, field=name, reason=why) for name, why in faults]
            yield Parsed(number, errors=tuple(found))
