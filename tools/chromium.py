"""Find a Chromium for the browser tests, and fetch one by npm where the machine has none.

    python -m tools.chromium        prints the executable's path

First choice is AFTERCARE_CHROMIUM, then a Chromium on PATH. Otherwise tests/e2e/package-lock.json
names a headless build for Linux that needs neither root nor system libraries, with Latin, Chinese
and emoji fonts; it is unpacked once into the checkout's .cache folder (about 230 MB).
"""

import os
import platform
import shutil
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from tools.node import CACHE, ROOT, digest, exclusive, npm, run_node

RECIPE = ROOT / "tests" / "e2e"
RECIPE_FILES = ("package.json", "package-lock.json", ".npmrc", "unpack.mjs")
NAMES_ON_PATH = ("chromium", "chromium-browser", "google-chrome")

FONT_CONFIGURATION = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/fonts</dir>
  <cachedir>{folder}/font-cache</cachedir>
</fontconfig>
"""


@dataclass(frozen=True)
class Chromium:
    """An executable and what must be added to its environment."""

    executable: Path
    environment: dict[str, str] = field(default_factory=dict)


class ChromiumMissing(Exception):
    """There is no Chromium for this machine."""


def find_chromium() -> Chromium:
    """The Chromium to drive; installs one on first use. Raises ChromiumMissing."""
    chosen = os.environ.get("AFTERCARE_CHROMIUM")
    if chosen:
        if not Path(chosen).is_file():
            raise ChromiumMissing(f"AFTERCARE_CHROMIUM names no file: {chosen}")
        return Chromium(Path(chosen))
    for name in NAMES_ON_PATH:
        if found := shutil.which(name):
            return Chromium(Path(found))
    return _own_chromium()


def _own_chromium() -> Chromium:
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise ChromiumMissing(
            "The Chromium that comes by npm runs on Linux x86_64 only. "
            "Install Chromium and set AFTERCARE_CHROMIUM to its executable."
        )
    # The folder's own path is part of the key, because fonts.conf repeats it.
    key = digest((RECIPE / name for name in RECIPE_FILES), str(CACHE))[:16]
    folder = CACHE / f"chromium-{key}"
    with exclusive("chromium"):
        if not folder.exists():
            _install(folder)
    return Chromium(
        folder / "chromium",
        {
            "LD_LIBRARY_PATH": str(folder / "lib"),
            "FONTCONFIG_FILE": str(folder / "fonts.conf"),
        },
    )


def _install(folder: Path) -> None:
    staging = folder.with_suffix(".new")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    for name in RECIPE_FILES:
        shutil.copy(RECIPE / name, staging)
    npm("ci", "--ignore-scripts", folder=staging)
    run_node([staging / "unpack.mjs", staging], staging)
    for archive, target in (("al2023", ""), ("fonts", ""), ("swiftshader", "lib")):
        path = staging / f"{archive}.tar"
        with tarfile.open(path) as content:
            # Pythons before 3.11.4 know no filter, and unpack as they are told.
            content.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
            content.extractall(staging / target)  # noqa: S202 - content pinned by the lockfile
        path.unlink()
    (staging / "chromium").chmod(0o755)
    (staging / "fonts.conf").write_text(FONT_CONFIGURATION.format(folder=folder))
    shutil.rmtree(staging / "node_modules")
    staging.rename(folder)


if __name__ == "__main__":
    print(find_chromium().executable)
