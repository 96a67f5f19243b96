"""`aftercare doctor`: looks at all that has to be right for a shop to run, and says what to do.

It changes nothing and prints no secret: values of settings are judged, never shown.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from pydantic import ValidationError

from backend.checkup import channels, local, models, stores
from backend.checkup.finding import FAIL, Finding
from backend.settings import Settings, faults_of


def examine(data: Path | None, environ: Mapping[str, str] = os.environ) -> list[Finding]:
    """Everything, in the order in which it should be mended."""
    try:
        settings = Settings(data_dir=data) if data is not None else Settings()
    except ValidationError as error:
        advice = "correct it in the environment or in .env"
        return [Finding("settings", FAIL, told, advice) for told in faults_of(error)]
    findings = [
        *local.settings_of(settings, environ),
        *local.data_folder(settings),
        local.words(),
        models.photos(settings),
    ]
    return findings + asyncio.run(_far(settings))


async def _far(settings: Settings) -> list[Finding]:
    """What needs a connection."""
    return [
        *await stores.database(settings),
        *await stores.redis(settings),
        *await models.llm(settings),
        *await channels.all_accounts(settings),
    ]


def print_table(findings: Iterable[Finding]) -> None:
    """For people: what, how, and what to do."""
    for one in findings:
        sys.stdout.write(f"{one.grade:<5} {one.name:<22} {one.detail}\n")
        if one.advice:
            sys.stdout.write(f"{'':<28} -> {one.advice}\n")


def to_json(findings: Iterable[Finding]) -> str:
    """For programs."""
    return json.dumps([asdict(one) for one in findings], indent=2, ensure_ascii=False)
