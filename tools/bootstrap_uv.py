"""Fetch the pinned uv on a machine that has nothing but a Python interpreter.

    python3 tools/bootstrap_uv.py TARGET

Leaves the executable at TARGET. Version and hashes come from uv-requirements.lock. Three ways are
tried, because bare machines differ: pip (it knows the machine's index, proxy and certificates); a
throw-away virtual environment (pip is missing, ensurepip is not); the package index that
UV_DEFAULT_INDEX or PIP_INDEX_URL names, read with the standard library alone (Debian's python3
without python3-venv has neither pip nor ensurepip).

It runs before anything is installed, on whatever `python3` is: standard library, Python >= 3.8.
"""

from __future__ import annotations

import hashlib
import html.parser
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

LOCK = Path(__file__).with_name("uv-requirements.lock")
PIP_OPTIONS = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
TIMEOUT_SECONDS = 60


class BootstrapError(Exception):
    """uv could not be fetched; the message says what a person can do about it."""


def install_with_pip(python: str, folder: Path) -> Path:
    """Install uv into `folder` by that interpreter's pip and return the executable's path."""
    command = [python, "-m", "pip", "install", *PIP_OPTIONS]
    command += ["--require-hashes", "--target", str(folder), "-r", str(LOCK)]
    subprocess.run(command, check=True)
    return folder / "bin" / "uv"


def install_with_own_pip(folder: Path) -> Path:
    return install_with_pip(sys.executable, folder)


def install_with_virtual_environment(folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    return install_with_pip(str(folder / "venv" / "bin" / "python"), folder / "uv")


def install_from_index(folder: Path) -> Path:
    """Download this platform's wheel, check its hash and unpack the executable."""
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL")
    if not index:
        raise BootstrapError("neither UV_DEFAULT_INDEX nor PIP_INDEX_URL names a package index")
    page_address = index.rstrip("/") + "/uv/"
    links = _LinkCollector()
    links.feed(_download(page_address).decode("utf-8"))
    pinned = set(re.findall(r"sha256:([0-9a-f]{64})", LOCK.read_text(encoding="utf-8")))
    for link in links.found:
        address, _, fragment = urllib.parse.urljoin(page_address, link).partition("#")
        digest = fragment.partition("sha256=")[2]
        if digest in pinned and _fits_this_machine(urllib.parse.unquote(address)):
            return _unpack(_download(address), digest, folder)
    raise BootstrapError(f"{page_address} offers no pinned uv for {platform.platform()}")


def _download(address: str) -> bytes:
    if not address.startswith("https://"):
        raise BootstrapError(f"refusing to download from {address}: not https")
    with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as reply:  # noqa: S310 - https
        content: bytes = reply.read()
    return content


def _fits_this_machine(address: str) -> bool:
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    if sys.platform == "darwin":
        return "macosx" in address and address.endswith(
            "arm64.whl" if machine == "aarch64" else "x86_64.whl"
        )
    libc = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    return libc in address and address.endswith(machine + ".whl")


def _unpack(wheel: bytes, digest: str, folder: Path) -> Path:
    if hashlib.sha256(wheel).hexdigest() != digest:
        raise BootstrapError("the downloaded uv does not have the pinned hash")
    executable = folder / "uv"
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        member = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
        executable.write_bytes(archive.read(member))
    return executable


class _LinkCollector(html.parser.HTMLParser):
    """Gathers the addresses on a package index's page (PEP 503)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def bootstrap(target: Path) -> None:
    """Leave an executable uv at `target`, by the first way that works."""
    ways = (install_with_own_pip, install_with_virtual_environment, install_from_index)
    failures = []
    with tempfile.TemporaryDirectory() as temporary:
        for way in ways:
            folder = Path(temporary) / way.__name__
            folder.mkdir()
            try:
                executable = way(folder)
            except (BootstrapError, OSError, subprocess.CalledProcessError) as error:
                failures.append(f"  {way.__name__}: {error}")
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(executable), str(target))
            target.chmod(0o755)
            return
    raise BootstrapError("uv could not be installed:\n" + "\n".join(failures))


if __name__ == "__main__":
    try:
        bootstrap(Path(sys.argv[1]))
    except BootstrapError as failure:
        sys.exit(
            f"{failure}\nInstall python3-venv or pip, or uv itself (on PATH, or as UV=/path/to/uv)."
        )
