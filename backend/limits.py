"""A cap on request bodies, counted as they arrive: a header can lie."""

from __future__ import annotations

import contextlib

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.problems import MEDIA_TYPE

DEFAULT = 2 * 1024 * 1024
BY_PATH = {
    "/api/chat/v1/attachments": 11 * 1024 * 1024,
    "/api/v1/orders/import": 50 * 1024 * 1024,
}
"""Bytes by path, where the default is too small."""


class BodyTooLarge(Exception):
    """The client sent more than the path takes."""


class BodyLimit:
    """ASGI middleware that answers 413 instead of reading on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit, seen, started = BY_PATH.get(scope["path"], DEFAULT), 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise BodyTooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            if seen > limit and not started:
                return  # frameworks answer a failed read with an error of their own: ours is truer
            started = True
            await send(message)

        with contextlib.suppress(BodyTooLarge):
            await self.app(scope, counted, watched)
        if seen > limit and not started:
            await _refuse(limit)(scope, receive, send)


def _refuse(limit: int) -> JSONResponse:
    problem = {
        "type": "urn:aftercare:body_too_large",
        "title": "body too large",
        "status": 413,
        "detail": f"the request has more than {limit} bytes",
        "errors": [],
    }
    return JSONResponse(problem, status_code=413, media_type=MEDIA_TYPE)
