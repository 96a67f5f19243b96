"""WeCom's API for tests: its addresses over `wecom_world`, with faults on demand.

In process: `httpx.ASGITransport(FakeWecom(world).app)`. On loopback: `run_wecom(fake)`.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.process import free_port
from tests.support.wecom_crypto import CallbackKeys
from tests.support.wecom_limits import ApiError
from tests.support.wecom_world import WecomWorld

CORP_ID = "ww1234567890abcdef"
TOKEN = "QDG6eKWecomTest"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
KEYS = CallbackKeys(CORP_ID, TOKEN, AES_KEY)

Kind = Literal["limit", "busy", "status", "hang", "break", "stale_token"]
"""limit: 45009 · busy: -1 · status: HTTP 500 · hang: no answer for `seconds` · break: it happens,
but the answer is a gateway's 502 · stale_token: 42001 though the token is good."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call."""

    kind: Kind
    seconds: float = 30.0


@dataclass
class Faults:
    """Planned ones first (`plan["kf/send_msg"]` is worked off in order), then at random.

    `rates` are probabilities by kind, for calls of `paths` (all but gettoken if empty).
    """

    plan: dict[str, list[Fault | None]] = field(default_factory=dict)
    rates: Mapping[Kind, float] = field(default_factory=dict)
    paths: frozenset[str] = frozenset()
    random: random.Random = field(default_factory=lambda: random.Random(1))

    def next(self, path: str) -> Fault | None:
        planned = self.plan.get(path)
        if planned:
            return planned.pop(0)
        if path == "gettoken" or (self.paths and path not in self.paths):
            return None
        roll = self.random.random()
        for kind, rate in self.rates.items():
            if roll < rate:
                return Fault(kind)
            roll -= rate
        return None


class FakeWecom:
    """The API over one world. `calls` counts by path; `app` is the ASGI application."""

    def __init__(self, world: WecomWorld | None = None, faults: Faults | None = None) -> None:
        self.world = world or WecomWorld(KEYS)
        self.faults = faults or Faults()
        self.calls: Counter[str] = Counter()
        self._lock = asyncio.Lock()
        posts: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "kf/sync_msg": self.world.sync,
            "kf/send_msg": self.world.send,
            "kf/send_msg_on_event": self.world.send_on_event,
            "kf/service_state/get": self.world.session_of,
            "kf/service_state/trans": self.world.transfer,
            "kf/account/list": self._accounts,
            "message/send": self.world.app_send,
            "message/update_template_card": self._update_card,
        }
        routes = [self._post(path, handle) for path, handle in posts.items()]
        routes += [
            self._route("GET", "gettoken", self._gettoken, needs_token=False),
            self._route("GET", "agent/get", self._agent),
            self._route("POST", "media/upload", self._upload),
            self._route("GET", "media/get", self._download),
        ]
        self.app = Starlette(routes=routes)

    def _post(self, path: str, handle: Callable[[dict[str, Any]], dict[str, Any]]) -> Route:
        async def run(request: Request) -> Response:
            try:
                body = await request.json()
            except ValueError:
                raise ApiError(40058, "invalid json") from None
            if not isinstance(body, dict):
                raise ApiError(40058, "invalid json")
            return _answer(handle(body))

        return self._route("POST", path, run)

    def _route(
        self,
        method: str,
        path: str,
        run: Callable[[Request], Awaitable[Response]],
        *,
        needs_token: bool = True,
    ) -> Route:
        async def endpoint(request: Request) -> Response:
            self.calls[path] += 1
            fault = self.faults.next(path)
            try:
                if fault is not None and fault.kind not in ("hang", "break"):
                    return _failure(fault)
                if needs_token:
                    self.world.check_token(request.query_params.get("access_token", ""))
                response = await run(request)
            except ApiError as error:
                self.world.refused.append(error.code)
                response = _answer({"errcode": error.code, "errmsg": error.message})
            if fault is not None:
                if fault.kind == "hang":
                    await asyncio.sleep(fault.seconds)
                return Response("<html>502 Bad Gateway</html>", 502, media_type="text/html")
            return response

        return Route(f"/cgi-bin/{path}", endpoint, methods=[method])

    async def _gettoken(self, request: Request) -> Response:
        query = request.query_params
        token = self.world.new_token(query.get("corpid", ""), query.get("corpsecret", ""))
        return _answer({"access_token": token, "expires_in": self.world.token_seconds})

    async def _agent(self, request: Request) -> Response:
        if request.query_params.get("agentid") != str(self.world.agent_id):
            raise ApiError(301002, "not allow operate another agent with this accesstoken")
        return _answer({"agentid": self.world.agent_id, "name": "After-sales"})

    def _accounts(self, body: dict[str, Any]) -> dict[str, Any]:
        offset = int(body.get("offset", 0))
        listed = list(self.world.accounts.items())[offset : offset + int(body.get("limit", 100))]
        return {"account_list": [{"open_kfid": kfid, "name": name} for kfid, name in listed]}

    def _update_card(self, body: dict[str, Any]) -> dict[str, Any]:
        self.world.updated_cards.append(body)
        return {}

    async def _upload(self, request: Request) -> Response:
        async with request.form() as form:
            file = form.get("media")
            if file is None or isinstance(file, str):
                raise ApiError(41005, "media data missing")
            content = await file.read()
        kind = request.query_params.get("type", "")
        media_id = self.world.add_media(kind, file.filename or "", content)
        return _answer({"type": kind, "media_id": media_id, "created_at": "1380000000"})

    async def _download(self, request: Request) -> Response:
        found = self.world.get_media(request.query_params.get("media_id", ""))
        headers = {"Content-disposition": 'attachment; filename="MEDIA"'}
        return Response(found.content, media_type="application/octet-stream", headers=headers)


def _answer(values: dict[str, Any]) -> JSONResponse:
    return JSONResponse({"errcode": 0, "errmsg": "ok", **values})


def _failure(fault: Fault) -> Response:
    match fault.kind:
        case "limit":
            return _answer({"errcode": 45009, "errmsg": "api freq out of limit"})
        case "busy":
            return _answer({"errcode": -1, "errmsg": "system busy"})
        case "stale_token":
            return _answer({"errcode": 42001, "errmsg": "access_token expired"})
        case _:
            return Response("Internal Server Error", 500)


@contextmanager
def run_wecom(fake: FakeWecom) -> Iterator[str]:
    """Serve it on loopback from a thread; gives the base URL."""
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(fake.app, host="127.0.0.1", port=port, log_level="warning", lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the fake WeCom did not start")
        threading.Event().wait(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
