"""What no request may be: larger than its path takes (counted as it arrives, a header can lie), or
with a NUL in its address, which no id holds and Postgres refuses as text."""

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


class RequestLimits:
    """ASGI middleware: 413 instead of reading on, 400 for a NUL in the address."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            await _refusal(400, "bad_address", "the address holds a NUL")(scope, receive, send)
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
            told = f"the request has more than {limit} bytes"
            await _refusal(413, "body_too_large", told)(scope, receive, send)


def _refusal(status: int, code: str, detail: str) -> JSONResponse:
    problem = {
        "type": f"urn:aftercare:{code}",
        "title": code.replace("_", " "),
        "status": status,
        "detail": detail,
        "errors": [],
    }
    return JSONResponse(problem, status_code=status, media_type=MEDIA_TYPE)
