"""What our own clients' JSON has in common: checked fields, reasons for refusal, numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError

from bot.channels.text import storable

MAX_STORED_TEXT = 20_000
MAX_ATTACHMENTS = 10
MAX_VALUE_BYTES = 64


def _values(choice: str) -> str:
    if not all(1 <= len(value.encode()) <= MAX_VALUE_BYTES for value in choice.split(",")):
        raise ValueError(f"each value must have 1 to {MAX_VALUE_BYTES} bytes")
    return choice


Text = Annotated[str, AfterValidator(storable)]
ClientId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Choice = Annotated[Text, Field(max_length=4_000), AfterValidator(_values)]
"""One option's value, or several joined by commas."""


def reasons(error: ValidationError) -> str:
    """`field: reason` for each fault, without the client's own words."""
    return "; ".join(
        ": ".join(
            filter(
                None,
                (".".join(map(str, fault["loc"])), fault["msg"].removeprefix("Value error, ")),
            )
        )
        for fault in error.errors(include_input=False, include_url=False, include_context=False)
    )


class RunningNumbers:
    """Milliseconds, but never twice the same nor backwards when the clock is set back."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, now: datetime) -> int:
        """The next number."""
        self._last = max(int(now.timestamp() * 1000), self._last + 1)
        return self._last
