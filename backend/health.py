"""Whether this process can do its work, for probes and for people; and the metrics it shows.

A probe learns one word. Who is signed in sees what was looked at: versions, free room and names of
processes are nothing for strangers.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials
from sqlalchemy.exc import SQLAlchemyError

from backend import __version__
from backend.accounts.web import COOKIE, current_actor
from backend.channel_status import repository as channel_status
from backend.channel_status.rules import State
from backend.house import House, house_of
from backend.kit import metrics
from backend.kit.db import Tx
from backend.kit.errors import DomainError, NotFound
from backend.migrations.run import head_revision, is_behind
from backend.operations import repository as operations
from backend.operations import service
from backend.pipeline.kinds import TURN
from backend.running import Drain

router = APIRouter(tags=["health"])
LOOK_WITHIN = 3.0
"""Seconds the database has to answer."""


class Grade(StrEnum):
    """`degraded`: messages are taken in safely, but somebody should look."""

    OK = "ok"
    DEGRADED = "degraded"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    grade: Grade
    detail: str


async def look(house: House, drain: Drain | None) -> list[Finding]:
    """All that decides on readiness. Never raises."""
    findings = [_disk(house)]
    if drain is not None and drain.has_begun:
        findings.append(Finding("process", Grade.UNAVAILABLE, "stopping"))
    try:
        async with asyncio.timeout(LOOK_WITHIN):
            revision, overview = await house.db.read_apart(_read)
    except (SQLAlchemyError, OSError, TimeoutError, RuntimeError) as error:
        # RuntimeError: the database was closed under us, at the very end of a process.
        return [*findings, Finding("database", Grade.UNAVAILABLE, type(error).__name__)]
    findings.append(Finding("database", Grade.OK, "answers"))
    findings.append(_migrations(revision))
    # Without a worker messages are still taken in durably. To refuse them would lose those that
    # vendors give up on, so it is no reason to be taken out of a load balancer.
    alive = overview.workers_alive
    findings.append(
        Finding("workers", Grade.OK if alive else Grade.DEGRADED, f"{alive} seen lately")
    )
    return findings


def worst(findings: Sequence[Finding]) -> Grade:
    """The worst grade."""
    return max((one.grade for one in findings), key=list(Grade).index, default=Grade.OK)


def _read(tx: Tx) -> tuple[str | None, service.Overview]:
    return operations.schema_revision(tx), service.Overview((), operations.processes(tx))


def _disk(house: House) -> Finding:
    free = shutil.disk_usage(house.settings.data_dir).free // 2**20
    enough = free >= house.settings.min_free_mb
    return Finding("disk", Grade.OK if enough else Grade.UNAVAILABLE, f"{free} MB free")


_head = cache(head_revision)


def _migrations(revision: str | None) -> Finding:
    if revision is None or is_behind(revision):
        told = f"at {revision or 'nothing'}, this version needs {_head()}"
        return Finding("migrations", Grade.UNAVAILABLE, told)
    # One that this version does not know is a newer one's: a rolling update is under way.
    return Finding("migrations", Grade.OK, f"at {revision}")


@router.get("/api/v1/health/live", summary="The process answers")
async def live() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/api/v1/health/ready", summary="The process can do its work")
async def ready(
    request: Request, response: Response, house: Annotated[House, Depends(house_of)]
) -> dict[str, Any]:
    findings = await look(house, getattr(request.app.state, "drain", None))
    grade = worst(findings)
    response.status_code = 503 if grade is Grade.UNAVAILABLE else 200
    response.headers["Cache-Control"] = "no-store"
    if not await _is_known(request, house):
        return {"status": grade}
    checks = {one.name: {"status": one.grade, "detail": one.detail} for one in findings}
    return {"status": grade, "version": __version__, "checks": checks}


async def _is_known(request: Request, house: House) -> bool:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    bearer = HTTPAuthorizationCredentials(scheme=scheme, credentials=key) if key else None
    try:
        await current_actor(request, house.db, request.cookies.get(COOKIE), bearer)
    except (DomainError, SQLAlchemyError, OSError):
        return False
    return True


@router.get("/metrics", include_in_schema=False)
async def show_metrics(request: Request, house: Annotated[House, Depends(house_of)]) -> Response:
    """Prometheus's text. Raises: NotFound for who may not see them."""
    if not _may_scrape(request, house.settings.metrics_token):
        raise NotFound("not_found")
    await _set_gauges(house)
    return Response(metrics.render(), media_type=metrics.CONTENT_TYPE)


def _may_scrape(request: Request, token: str) -> bool:
    if token:
        given = request.headers.get("authorization", "").encode("utf-8", "replace")
        return hmac.compare_digest(given, f"Bearer {token}".encode())
    # A proxy on this machine would make everybody local: what came through one is not.
    forwarded = any(
        name in ("forwarded", "via", "x-real-ip") or name.startswith("x-forwarded-")
        for name in request.headers
    )
    return not forwarded and _is_loopback(request.client.host if request.client else "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _set_gauges(house: House) -> None:
    """What the database knows. When it is away, this process's own numbers are shown all the same;
    the stale ones are taken out."""
    for gauge in (metrics.QUEUE_JOBS, metrics.QUEUE_AGE, metrics.CHANNEL_STATE):
        gauge.clear()
    metrics.CHANNEL_PENDING.clear()
    try:
        async with asyncio.timeout(LOOK_WITHIN):
            overview = await house.db.read(service.look, house.kinds)
            statuses, pending = await house.db.read(_channels)
    except (SQLAlchemyError, OSError, TimeoutError):
        return
    for kind in overview.kinds:
        for state in ("waiting", "running", "dead"):
            metrics.QUEUE_JOBS.labels(kind.kind, state).set(cast(int, getattr(kind, state)))
        in_line = house.working.line_age() if house.working and kind.kind == TURN else 0.0
        metrics.QUEUE_AGE.labels(kind.kind).set(max(kind.age, in_line))
    metrics.WORKERS.set(overview.workers_alive)
    for account_id, status in statuses.items():
        metrics.CHANNEL_STATE.labels(account_id).set([*State].index(State(status.state)))
    for account_id, waiting in pending.items():
        metrics.CHANNEL_PENDING.labels(account_id).set(waiting.number)


def _channels(tx: Tx) -> tuple[Any, Any]:
    return channel_status.all_statuses(tx), channel_status.pending(tx)
