"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """`grade`: ok, warn, fail. `advice`: what to do, if anything."""

    name: str
    grade: str
    detail: str
    advice: str = ""
