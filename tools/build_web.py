"""Build, check or test the web part with the Node from the wheel.

    python -m tools.build_web [build|check|test]

Packages are installed anew only when the lockfile or Node changed, and the build is repeated only
when a source changed or an output is gone; so a second `make demo` does nothing here.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.node import CACHE, ROOT, digest, exclusive, node_version, npm

WEB = ROOT / "web"
INSTALLED = WEB / "node_modules" / ".installed"
BUILT = CACHE / "web-build.json"
NOT_SOURCES = {"node_modules", "dist"}


def install() -> str:
    """Install the packages of web/package-lock.json if needed; return Node's version."""
    version = node_version()
    wanted = digest([WEB / "package-lock.json"], version)
    if not INSTALLED.exists() or INSTALLED.read_text() != wanted:
        npm("ci", "--ignore-scripts", folder=WEB)
        INSTALLED.write_text(wanted)
    return version


def build() -> None:
    """Run the build unless its recorded inputs and outputs are those that stand there."""
    version = install()
    wanted = digest(sources(), version)
    if BUILT.exists():
        record = json.loads(BUILT.read_text())
        if record["inputs"] == wanted and record["outputs"] == outputs():
            return
    npm("run", "build", folder=WEB)
    BUILT.write_text(json.dumps({"inputs": wanted, "outputs": outputs()}))


def sources() -> Iterator[Path]:
    """Every file below web/ that is written by hand or generated into the tree."""
    for folder, subfolders, files in os.walk(WEB):
        subfolders[:] = [name for name in subfolders if name not in NOT_SOURCES]
        yield from (Path(folder, name) for name in files)


def outputs() -> list[str]:
    return sorted(str(file.relative_to(WEB)) for file in (WEB / "dist").rglob("*"))


def main(step: str = "build") -> None:
    if not (WEB / "package.json").is_file():
        sys.exit("web/package.json is missing: there is no web part to build.")
    with exclusive("web"):
        if step == "build":
            build()
        elif step in ("check", "test"):
            install()
            npm("run", step, folder=WEB)
        else:
            sys.exit(f"Unknown step {step!r}: build, check or test.")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:2])
    except subprocess.CalledProcessError as failure:
        sys.exit(failure.returncode)
