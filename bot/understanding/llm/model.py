"""What we ask a language model and what comes back, whoever answers it: the port and its errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

MAX_ANSWER: Final = 20_000
"""Characters of an answer that are read."""
CHARACTERS_A_TOKEN: Final = 2
"""For an estimate on the high side: English has about four, Chinese between one and two."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: nothing of it may tell who the customer is (see `masking`).

    `schema` is the JSON schema of the answer, `name` what it is called; `max_tokens` of the answer.
    """

    name: str
    system: str
    user: str
    schema: Mapping[str, Any]
    max_tokens: int = 500

    @property
    def estimated_tokens(self) -> int:
        """What the question may cost, where the provider does not say."""
        return (len(self.system) + len(self.user)) // CHARACTERS_A_TOKEN


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer. Tokens as the provider counted them; zeros where it does not."""

    text: str
    tokens_in: int = 0
    tokens_out: int = 0


class ModelError(Exception):
    """No usable answer. `outcome` is a word for metrics: timeout, error, unreadable, open, capped.

    `used` is what it cost all the same. Never holds what was asked or answered: it is logged.
    """

    def __init__(self, outcome: str, told: str = "", used: Completion | None = None) -> None:
        super().__init__(f"{outcome}: {told}" if told else outcome)
        self.outcome = outcome
        self.used = used or Completion("")


class ChatModel(Protocol):
    """A language model. Raises ModelError; may be cancelled at any time."""

    async def complete(self, question: Question) -> Completion: ...
