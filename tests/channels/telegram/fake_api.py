"""A Bot API that fails on command, which the mocks don't: flood waits, gateways, broken streams."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FakeBotApi:
    """Answers each call of a method with the next answer set for it, then with success.

    `calls` are (method, fields as sent) in their order; `paths` all addresses asked for.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.paths: list[str] = []
        self._answers: defaultdict[str, deque[Answer]] = defaultdict(deque)
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._method)
        app.router.add_get("/file/bot{token}/{path:.*}", self._file)
        self._server = TestServer(app)

    async def start(self) -> None:
        # Without its log of addresses, which hold the token: tests look for it in the logs.
        await self._server.start_server(access_log=None)

    async def stop(self) -> None:
        await self._server.close()

    def forget(self) -> None:
        """Drop what was called and what would be answered."""
        self.calls.clear()
        self.paths.clear()
        self._answers.clear()

    @property
    def url(self) -> str:
        return str(self._server.make_url("/"))

    def will(self, method: str, *answers: Answer) -> None:
        """Set the next answers to `method`; `file` stands for a download."""
        self._answers[method].extend(answers)

    def sent(self) -> list[str]:
        """The texts that sendMessage was called with, refused ones too."""
        return [fields["text"] for method, fields in self.calls if method == "sendMessage"]

    async def _method(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.paths.append(request.path)
        self.calls.append((method, {k: str(v) for k, v in (await request.post()).items()}))
        if self._answers[method]:
            return await self._answers[method].popleft()(request)
        return await ok(self._success(method))(request)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        self.paths.append(request.path)
        return await self._answers["file"].popleft()(request)

    def _success(self, method: str) -> Any:
        fields = self.calls[-1][1]
        if method == "sendMessage":
            chat = {"id": int(fields["chat_id"]), "type": "private"}
            number = len(self.calls)
            return {"message_id": number, "date": 1779264000, "chat": chat, "text": fields["text"]}
        if method == "getFile":
            return {
                "file_id": fields["file_id"],
                "file_unique_id": "u",
                "file_path": "photos/1.jpg",
            }
        return True


def ok(result: Any) -> Answer:
    """Success with this result."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "result": result})

    return answer


def refuse(code: int, description: str | None, **parameters: int) -> Answer:
    """An error as the Bot API words it."""

    async def answer(request: web.Request) -> web.StreamResponse:
        body: dict[str, Any] = {"ok": False, "error_code": code}
        if description is not None:
            body["description"] = description
        if parameters:
            body["parameters"] = parameters
        return web.json_response(body, status=code)

    return answer


def page(status: int, body: bytes, content_type: str = "text/html") -> Answer:
    """What is no Bot API answer: a gateway's page, or a file."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers={"content-type": content_type})

    return answer


async def hang(request: web.Request) -> web.StreamResponse:
    """No answer within any patience."""
    await asyncio.sleep(60)
    raise AssertionError("the client waited a minute")


async def hang_up(request: web.Request) -> web.StreamResponse:
    """The connection is lost before an answer."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def endless(request: web.Request) -> web.StreamResponse:
    """A file of undeclared size that never ends."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"\0" * 65_536)


async def cut_off(request: web.Request) -> web.StreamResponse:
    """A file whose connection is lost half-way."""
    response = web.StreamResponse(headers={"content-length": "1000"})
    await response.prepare(request)
    await response.write(b"half")
    assert request.transport is not None
    request.transport.close()
    return response
