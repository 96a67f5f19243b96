"""Around each request: an id in and out, how it ended, how long it took; open sockets counted."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import MutableMapping
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.kit import logs, metrics

log = logging.getLogger(__name__)
HEADER = b"x-request-id"
_GIVEN = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
HUNG_UP = 499
"""Who ends the connection before his request is read gets no status; it is counted as this one."""
OTHER = "other"
"""What matches no route, or a file: scanners must not make labels."""


class RequestTracking:
    """ASGI middleware. A caller's X-Request-Id is kept if it is a plain one, else one is made."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id, status, started = _request_id(scope), 500, time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), (HEADER, request_id.encode())]
                message = {**message, "headers": headers}
            await send(message)

        with logs.bound(request=request_id):
            try:
                await self.app(scope, receive, watched)
            except ClientDisconnect:
                status = HUNG_UP
                logs.event(log, "client hung up", route=_route_of(scope))
            finally:
                _count(scope, status, time.perf_counter() - started)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_open = False

        async def watched(message: Message) -> None:
            nonlocal is_open
            await send(message)
            if message["type"] == "websocket.accept":
                is_open = True
                metrics.PUSH_CLIENTS.inc()

        with logs.bound(request=_request_id(scope)):
            try:
                await self.app(scope, receive, watched)
            finally:
                if is_open:
                    metrics.PUSH_CLIENTS.dec()


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == HEADER and _GIVEN.fullmatch(value):
            return str(value.decode())
    return secrets.token_hex(8)


def _route_of(scope: MutableMapping[str, Any]) -> str:
    return getattr(scope.get("route"), "path", None) or OTHER


def _count(scope: MutableMapping[str, Any], status: int, took: float) -> None:
    route = _route_of(scope)
    method = scope["method"] if scope["method"] in _METHODS else OTHER
    metrics.child(metrics.REQUESTS, method, route, str(status)).inc()
    metrics.child(metrics.REQUEST_SECONDS, route).observe(took)
    level = logging.WARNING if status >= 500 else logging.DEBUG
    if log.isEnabledFor(level):
        ms = round(1000 * took, 2)
        logs.event(log, "request", level, method=method, route=route, status=status, ms=ms)
