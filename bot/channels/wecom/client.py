"""Calls of WeCom's API: one token at a time, refreshed once, in no log.

wechatpy's own client is not used: on a token that stays refused it calls itself without end, and
two of its addresses can't be moved.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from bot.channels.base import ChannelError, RetryLater, Undeliverable
from bot.channels.wecom.errors import OK, RATE_LIMIT_PAUSE, STALE_TOKEN, translate
from bot.channels.wecom.settings import WecomSettings

EARLY = 300.0
"""Seconds before its end that a token is replaced."""

_HIDDEN = "wecom.hidden_query"
_Answer = TypeVar("_Answer")


class _HiddenQuery(httpx.AsyncBaseTransport):
    """Adds what a request hides to its query on the way out.

    WeCom takes tokens and secrets in the query only, and httpx logs every address. What it logs,
    and what traces and errors hold, is the request before it came here.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        hidden = request.extensions.get(_HIDDEN, {})
        sent = httpx.Request(
            request.method,
            request.url.copy_merge_params(hidden),
            headers=request.headers,
            stream=request.stream,
            extensions={k: v for k, v in request.extensions.items() if k != _HIDDEN},
        )
        return await self._inner.handle_async_request(sent)

    async def aclose(self) -> None:
        await self._inner.aclose()


class Refused(Exception):
    """WeCom's own error: a code and its words. Becomes a `ChannelError` before it leaves here."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message

    def translated(self) -> ChannelError:
        return translate(self.code, self.message)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way to WeCom's media store."""

    name: str
    content: bytes


class WecomClient:
    """The API of one account. Holds one HTTP client, freed by `close`.

    `transport` and `monotonic` replace the network and the clock, for tests.
    """

    def __init__(
        self,
        settings: WecomSettings,
        transport: httpx.AsyncBaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._token = ""
        self._token_ends = 0.0
        self._failures = 0
        self._failure: RetryLater | None = None
        self._http = httpx.AsyncClient(
            base_url=str(settings.base_url).rstrip("/") + "/cgi-bin/",
            timeout=settings.timeout,
            transport=_HiddenQuery(transport or httpx.AsyncHTTPTransport()),
        )

    async def post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call `path` with a JSON body. Raises: Refused, RetryLater."""
        return await self._with_token(lambda token: self._json("POST", path, token, json=body))

    async def get(self, path: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask `path`. Raises: Refused, RetryLater."""
        return await self._with_token(lambda token: self._json("GET", path, token, params=query))

    async def upload(self, kind: str, file: Upload) -> str:
        """Put a file into the media store for three days; its media_id. Raises: Refused …"""

        async def send(token: str) -> Mapping[str, Any]:
            files = {"media": (file.name, file.content)}
            return await self._json(
                "POST", "media/upload", token, params={"type": kind}, files=files
            )

        return str((await self._with_token(send)).get("media_id", ""))

    async def download(self, media_id: str, limit: int) -> bytes:
        """A file of the media store, at most `limit` bytes.

        Raises: Undeliverable `too_large`, Refused, RetryLater.
        """
        return await self._with_token(lambda token: self._fetch(media_id, token, limit))

    async def close(self) -> None:
        """Free connections."""
        await self._http.aclose()

    async def _with_token(self, call: Callable[[str], Awaitable[_Answer]]) -> _Answer:
        token = await self._current_token()
        try:
            return await call(token)
        except Refused as refusal:
            if refusal.code not in STALE_TOKEN:
                raise
        # Once: a fresh token that is refused as well will not get better by a third.
        return await call(await self._another_token(token))

    async def _current_token(self) -> str:
        failures = self._failures
        async with self._lock:
            if not self._token or self._monotonic() >= self._token_ends:
                await self._renew_unless_failed(failures)
            return self._token

    async def _another_token(self, stale: str) -> str:
        failures = self._failures
        async with self._lock:
            if self._token == stale:  # else somebody else has renewed it meanwhile
                await self._renew_unless_failed(failures)
            return self._token

    async def _renew_unless_failed(self, failures: int) -> None:
        """Who waited while somebody else asked in vain does not ask again: one after another, all
        would wait for as many time-outs. Under the lock."""
        failed = self._failure
        if failed is not None and self._failures != failures:
            raise RetryLater(failed.code, failed.detail, after=failed.after)
        try:
            await self._renew()
        except RetryLater as error:
            self._failures, self._failure = self._failures + 1, error
            raise

    async def _renew(self) -> None:
        secret = self._settings.secret.get_secret_value()
        hidden = {"corpid": self._settings.corp_id, "corpsecret": secret}
        self._token = ""
        asked_at = self._monotonic()
        try:
            answer = await self._answer(self._http.build_request("GET", "gettoken"), hidden)
        except Refused as refusal:
            # A wrong secret is mended by whoever runs the shop; until then all waits.
            raise RetryLater("bad_token", f"{refusal.code} {refusal.message}"[:300]) from None
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(seconds, int):
            raise RetryLater("unreachable", "gettoken answered without a token")
        self._token, self._token_ends = token, asked_at + max(seconds - EARLY, seconds / 2)

    async def _json(self, method: str, path: str, token: str, **parts: Any) -> Mapping[str, Any]:
        request = self._http.build_request(method, path, **parts)
        return await self._answer(request, {"access_token": token})

    async def _answer(self, request: httpx.Request, hidden: Mapping[str, str]) -> Mapping[str, Any]:
        request.extensions[_HIDDEN] = hidden
        try:
            response = await self._http.send(request)
        except httpx.HTTPError as error:
            raise RetryLater("unreachable", type(error).__name__) from None
        _refuse_status(response)
        return _checked(response.content)

    async def _fetch(self, media_id: str, token: str, limit: int) -> bytes:
        request = self._http.build_request("GET", "media/get", params={"media_id": media_id})
        request.extensions[_HIDDEN] = {"access_token": token}
        content = bytearray()
        try:
            response = await self._http.send(request, stream=True)
            try:
                _refuse_status(response)
                # An error comes as JSON in place of the file, which then has no name.
                if "content-disposition" not in response.headers:
                    _checked(await response.aread())
                    raise RetryLater("unreachable", "neither a file nor an error")
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > limit:
                        raise Undeliverable("too_large", f"more than {limit} bytes")
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise RetryLater("unreachable", type(error).__name__) from None
        return bytes(content)


def _refuse_status(response: httpx.Response) -> None:
    status = response.status_code
    if status == 429:
        raise RetryLater("rate_limited", "HTTP 429", after=_pause(response))
    if status != 200:
        raise RetryLater("unreachable", f"HTTP {status}")


def _pause(response: httpx.Response) -> float:
    given = response.headers.get("retry-after", "")
    return float(given) if given.isdecimal() and len(given) < 6 else RATE_LIMIT_PAUSE


def _checked(content: bytes) -> Mapping[str, Any]:
    """The answer, if it is one. Raises: Refused, or RetryLater for a gateway's page."""
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        raise RetryLater("unreachable", "an answer that is no JSON") from None
    code = answer.get("errcode", OK) if isinstance(answer, dict) else None
    if not isinstance(code, int):
        raise RetryLater("unreachable", "an answer without a code")
    if code != OK:
        raise Refused(code, str(answer.get("errmsg", "")))
    return dict(answer)
