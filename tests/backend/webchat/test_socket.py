"""The chat API's live side: what a client may say to it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from backend.house import House
from backend.webchat.socket import BAD_FRAME, UNKNOWN_TOKEN
from tests.support.houses import Hello, application

Frame = dict[str, Any]


class Socket:
    """A client's end of the ASGI protocol."""

    def __init__(self, house: House) -> None:
        self.app = application(house)
        self.to_server: asyncio.Queue[Frame] = asyncio.Queue()
        self.from_server: asyncio.Queue[Frame] = asyncio.Queue()

    async def close_code(self, *frames: Frame) -> int | None:
        """What the server closes with after these frames; None: it failed without a word."""
        scope = {
            "type": "websocket",
            "path": "/api/chat/v1/ws",
            "query_string": b"",
            "headers": [],
            "subprotocols": [],
        }
        for frame in ({"type": "websocket.connect"}, *frames):
            self.to_server.put_nowait(frame)
        await asyncio.wait_for(
            self.app(scope, self.to_server.get, self.from_server.put),  # type: ignore[arg-type]
            10,
        )
        sent = [self.from_server.get_nowait() for _ in range(self.from_server.qsize())]
        closes = [frame["code"] for frame in sent if frame["type"] == "websocket.close"]
        return closes[0] if closes else None


def said(text: str) -> Frame:
    return {"type": "websocket.receive", "text": text}


@pytest.mark.parametrize(
    "frame",
    [
        said("no JSON"),
        said("[" * 60_000),
        said('{"type": "hello", "token": "\\ud800"}'),
        said('{"type": "hello", "token": 5}'),
        said('{"type": "hello", "token": "x", "after": -1}'),
        said('{"type": "hello", "token": "x", "after": 1' + "0" * 30 + "}"),
        {"type": "websocket.receive", "bytes": b"{}"},
    ],
)
async def test_a_first_frame_that_is_none_closes_with_its_code(house: House, frame: Frame) -> None:
    assert await Socket(house).close_code(frame) == BAD_FRAME


async def test_an_unknown_token_closes_with_its_code(house: House) -> None:
    assert await Socket(house).close_code(said('{"type": "hello", "token": "x"}')) == UNKNOWN_TOKEN


@pytest.mark.parametrize(
    "frame",
    [
        said("[" * 60_000),
        said('{"type": "send", "client_id": "\\ud800", "text": "x"}'),
        {"type": "websocket.receive", "bytes": b"{}"},
    ],
)
async def test_a_later_bad_frame_closes_with_its_code(
    house: House, http: httpx.AsyncClient, hello: Hello, frame: Frame
) -> None:
    token = (await http.post("/api/chat/v1/sessions", json=hello())).json()["token"]
    greeting = said(json.dumps({"type": "hello", "token": token}))
    assert await Socket(house).close_code(greeting, frame) == BAD_FRAME
