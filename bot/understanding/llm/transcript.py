"""What was asked of a model and answered, kept in a file and played again without the model.

One JSON object a line: `key` (of the whole question), `user` (as sent, so masked), `answer`,
tokens. Recording adds to the file; playing knows only what is in it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.understanding.llm.model import ChatModel, Completion, ModelError, Question

MODES: Final = ("record", "replay")


def transcript_of(setting: str) -> tuple[str, Path]:
    """`record:FILE` or `replay:FILE`, taken apart. Raises ValueError for anything else."""
    mode, _, file = setting.partition(":")
    if mode not in MODES or not file:
        raise ValueError("a transcript is record:FILE or replay:FILE")
    return mode, Path(file)


@dataclass(frozen=True, slots=True)
class Recording:
    """A model whose answers are kept."""

    model: ChatModel
    file: Path

    async def complete(self, question: Question) -> Completion:
        """The model's answer."""
        completion = await self.model.complete(question)
        line = {
            "key": _key(question),
            "user": question.user,
            "answer": completion.text,
            "tokens_in": completion.tokens_in,
            "tokens_out": completion.tokens_out,
        }
        self._append(json.dumps(line, ensure_ascii=False) + "\n")
        return completion

    def _append(self, line: str) -> None:
        # One write of one line: processes that record into the same file don't mix theirs.
        handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)


class Replay:
    """A recording in the model's place. What was asked more than once is answered as last."""

    def __init__(self, file: Path) -> None:
        with file.open(encoding="utf-8") as lines:
            recorded = [json.loads(line) for line in lines]
        self._answers: Mapping[str, Any] = {one["key"]: one for one in recorded}

    async def complete(self, question: Question) -> Completion:
        """The recorded answer. Raises ModelError for a question that was never asked."""
        found = self._answers.get(_key(question))
        if found is None:
            raise ModelError("error", "not in the transcript")
        return Completion(found["answer"], found["tokens_in"], found["tokens_out"])


def _key(question: Question) -> str:
    asked = [question.name, question.system, question.user, dict(question.schema)]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
