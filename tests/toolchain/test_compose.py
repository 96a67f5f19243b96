"""The scaled form hands its containers settings that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from backend.checkup.local import COMPOSE
from backend.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
KNOWN = {name.upper() for name in Settings.model_fields}


def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    return document


def test_every_setting_it_gives_is_one() -> None:
    given = compose()["x-aftercare"]["environment"]
    assert {name.removeprefix(PREFIX) for name in given} <= KNOWN


def test_all_of_the_env_file_reaches_the_containers() -> None:
    for service in ("app", "worker"):
        assert compose()["services"][service]["env_file"][0]["path"] == ".env"


def test_every_name_of_the_example_is_read_by_the_service_or_by_compose() -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    names = set(re.findall(rf"^#? ?{PREFIX}([A-Z_]+)=", text, re.MULTILINE))
    assert names <= KNOWN | COMPOSE
    told = (ROOT / "docker-compose.yml").read_text("utf-8")
    assert set(re.findall(rf"\$\{{{PREFIX}([A-Z_]+)", told)) <= KNOWN | COMPOSE
