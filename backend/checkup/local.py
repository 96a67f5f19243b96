"""What can be looked at without a connection: settings, folder, disk, words."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from backend.checkup.finding import FAIL, OK, WARN, Finding
from backend.embedded import FolderInUse, only_service_in
from backend.settings import PREFIX, Settings
from templates_i18n.catalog import Catalog
from templates_i18n.errors import CatalogError

COMPOSE = frozenset({"LISTEN", "PORTS", "WEBS", "WORKERS", "VERSION"})
"""What docker-compose.yml reads; the service itself does not."""
SHORT_SECRET = 16


def settings_of(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Unknown names, and values that are a risk."""
    known = {name.upper() for name in Settings.model_fields} | COMPOSE
    given = {name.upper() for name in environ} | _names_in(Path(".env"))
    unknown = sorted(
        name for name in given if name.startswith(PREFIX) and name[len(PREFIX) :] not in known
    )
    for name in unknown:
        yield Finding("settings", WARN, f"{name} is no setting", "remove it or correct its name")
    weak = list(_weak(settings))
    yield from weak
    if not weak and not unknown:
        yield Finding("settings", OK, "known and sound")


def _names_in(file: Path) -> set[str]:
    if not file.is_file():
        return set()
    lines = file.read_text("utf-8", "replace").splitlines()
    names = (line.removeprefix("export ").partition("=")[0] for line in lines if "=" in line)
    return {name.strip().upper() for name in names if not name.startswith("#")}


def _weak(settings: Settings) -> Iterator[Finding]:
    for name in ("secret", "metrics_token"):
        value = str(getattr(settings, name))
        if value and len(value) < SHORT_SECRET:
            told = f"{PREFIX}{name.upper()} has {len(value)} characters"
            yield Finding("settings", WARN, told, "use 32 random ones: openssl rand -hex 16")
    public = settings.public_url
    is_local = any(host in public for host in ("127.0.0.1", "localhost", "[::1]"))
    if not public.startswith("https://") and not is_local:
        told = f"{PREFIX}PUBLIC_URL is not https"
        yield Finding("settings", WARN, told, "vendors need https, and cookies are not secure")
    if settings.demo and not is_local:
        told = "the demo shop, with known passwords, is open to the world"
        yield Finding("settings", FAIL, told, f"unset {PREFIX}DEMO")
    if "*" in settings.trusted_proxies:
        told = f"{PREFIX}TRUSTED_PROXIES believes everybody"
        yield Finding("settings", WARN, told, "name your proxy's address: limits go by addresses")
    if settings.metrics_host not in ("127.0.0.1", "::1") and not settings.metrics_token:
        told = f"{PREFIX}METRICS_HOST is open, {PREFIX}METRICS_TOKEN is not set"
        yield Finding("settings", WARN, told, "set a token: without one only this machine may read")
    if settings.demo_payments or (settings.demo and not settings.stripe_api_key):
        told = "refunds go through the demo provider: no money moves"
        yield Finding("payments", WARN, told, "see docs/guides/payments.md")


def data_folder(settings: Settings) -> Iterator[Finding]:
    """Whether it can be worked with, who may read it, and how much room there is."""
    folder = settings.data_dir
    if not folder.is_dir():
        told = f"{folder} is not there yet"
        yield Finding("data folder", WARN, told, "the first start makes it")
        return
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        told = f"{folder} can't be written to: {error.strerror}"
        yield Finding("data folder", FAIL, told, "give it to the service's user")
    else:
        yield Finding("data folder", OK, f"{folder} can be written to, {_in_use(settings)}")
    if folder.stat().st_mode & 0o077:
        told = "others on this machine can look into it: it holds customers' data and secrets"
        yield Finding("data folder", WARN, told, f"chmod 700 {folder}")
    free = shutil.disk_usage(folder).free // 2**20
    grade = OK if free >= 5 * settings.min_free_mb else WARN
    advice = "" if grade == OK else "make room: photos and the database grow"
    if free < settings.min_free_mb:
        grade = FAIL
    yield Finding("disk", grade, f"{free} MB free", advice)


def _in_use(settings: Settings) -> str:
    if not settings.is_sqlite:
        return "shared"
    try:
        with only_service_in(settings.data_dir):
            return "no service is running on it"
    except FolderInUse:
        return "a service is running on it"
    except OSError:
        return "its lock can't be read"


def words() -> Finding:
    """Whether every template compiles."""
    try:
        Catalog.load()
    except CatalogError as error:
        return Finding("templates", FAIL, str(error)[:300], "correct them in templates_i18n/")
    return Finding("templates", OK, "all compile")
