"""What a container's healthcheck asks, cheaply: it is started anew every few seconds."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass

from backend.kit.host import host_name
from backend.settings import Settings

PATIENCE = 4.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Told:
    """`well`: leave it running."""

    well: bool
    detail: str


def probe_web(url: str) -> Told:
    """Whether the web side at `url` is ready. Degraded is ready: it takes messages in."""
    address = f"{url.rstrip('/')}/api/v1/health/ready"
    if not address.startswith(("http://", "https://")):
        return Told(False, f"{url} is no http address")
    # Around any proxy of the environment: this is about the very next process.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=PATIENCE) as answer:
            return Told(True, str(json.load(answer)["status"]))
    except urllib.error.HTTPError as error:
        return Told(False, f"HTTP {error.code}")
    except (OSError, ValueError, KeyError) as error:
        return Told(False, f"no answer: {type(error).__name__}")


def probe_worker(settings: Settings) -> Told:
    """Whether a worker of this host has told lately that it lives."""
    import asyncio

    from sqlalchemy.exc import SQLAlchemyError

    from backend.checkup.opening import bare_database
    from backend.operations import repository
    from backend.operations.service import is_working

    async def look() -> Sequence[repository.Process]:
        async with bare_database(settings) as database:
            return await database.read(repository.processes)

    host = f"{host_name()}:"
    try:
        known = asyncio.run(look())
    except (SQLAlchemyError, OSError) as error:
        return Told(False, f"database: {type(error).__name__}")
    ours = [one for one in known if one.name.startswith(host)]
    if any(is_working(one) for one in ours):
        return Told(True, "ok")
    silent = min((one.seconds for one in ours), default=None)
    return Told(False, "no worker" if silent is None else f"silent for {silent:.0f} s")
