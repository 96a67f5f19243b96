import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def pins(name: str) -> dict[str, str]:
    """Package -> version and hashes, as one text; for which machines it is meant is left out."""
    text = (ROOT / name).read_text()
    entries = re.findall(r"^([a-z0-9][\w.-]*)(==(?:.*\\\n)*.*)$", text, flags=re.MULTILINE)
    return {package: re.sub(r" ;[^\\]*|\\\n", "", pin) for package, pin in entries}


def test_an_image_gets_what_was_tested() -> None:
    tested = pins("requirements.lock")
    shipped = pins("requirements-runtime.lock")
    assert {"fastapi", "sqlalchemy"} <= shipped.keys()
    assert shipped == {package: tested[package] for package in shipped}


@pytest.mark.parametrize(
    "name", ["requirements.lock", "requirements-runtime.lock", "tools/uv-requirements.lock"]
)
def test_python_locks_pin_hashes_and_name_no_host(name: str) -> None:
    found = pins(name)
    assert found
    assert all("--hash=sha256:" in pin for pin in found.values())
    assert "://" not in (ROOT / name).read_text()


@pytest.mark.parametrize("folder", ["web", "tests/e2e", "tests/channels/wecom/peer"])
def test_npm_locks_pin_hashes_and_name_no_host(folder: str) -> None:
    packages = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"]
    fetched = {
        path: entry
        for path, entry in packages.items()
        if path.startswith("node_modules/") and not entry.get("link")
    }
    assert fetched
    assert [path for path, entry in fetched.items() if "integrity" not in entry] == []
    assert [path for path, entry in fetched.items() if "resolved" in entry] == []
