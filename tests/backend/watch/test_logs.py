"""One conversation's lines are joined by one id, from the webhook to the delivery."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.types import Message, Scope

from backend.kit import logs
from backend.kit.clock import FixedClock
from backend.settings import Settings
from bot.channels.base import ChannelAccount, RetryLater
from tests.support.vendor import HOOK, Line, open_line


class Lines:
    """What was logged, as JSON."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def named(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.all() if line["event"] == event]


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    before = root.level, root.handlers[:]
    quieted = {name: logging.getLogger(name).level for name in logs.QUIET}
    stream = io.StringIO()
    logs.configure("INFO", "json", stream)
    yield Lines(stream)
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    for name, level in quieted.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [
        (HOOK, True),
        ("/api/app/v1/messages", True),
        ("/api/chat/v1/sessions", False),  # read by the framework, which answers for itself
    ],
)
async def test_who_hangs_up_while_he_sends_leaves_one_plain_line(
    settings: Settings, clock: FixedClock, lines: Lines, path: str, is_ours: bool
) -> None:
    app_account = ChannelAccount("my-app", "app", "App", {"api_key": "the-app's-own-key-1"})
    sent: list[Message] = []
    parts: list[Message] = [
        {"type": "http.request", "body": b'{"half', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return parts.pop(0) if len(parts) > 1 else parts[0]

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"authorization", b"Bearer the-app's-own-key-1")]
    headers += [(b"content-type", b"application/json")]
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 5),
    }
    async with open_line(settings, clock, accounts=[app_account]) as line:
        await line.app(scope, receive, send)
    assert [one["event"] for one in lines.all() if one["level"] != "info"] == []
    assert len(lines.named("client hung up")) == is_ours
    assert bool(sent) != is_ours


async def test_a_message_is_followed_from_webhook_to_delivery(line: Line, lines: Lines) -> None:
    answer = await line.says(1, "I want a refund", **{"x-request-id": "edge-17"})
    assert answer.headers["x-request-id"] == "edge-17"
    await line.says(2, "order LL-1")
    await line.house.worker().run_until_idle()

    first, second = lines.named("message accepted")
    assert first["request"] == "edge-17"
    assert first["correlation"] != second["correlation"]
    assert len(line.vendor.sent) >= 2
    for accepted in (first, second):
        joined = [
            one["event"] for one in lines.all() if one.get("correlation") == accepted["correlation"]
        ]
        assert joined[0] == "message accepted"
        assert "turn taken" in joined
        assert "message delivered" in joined
    ids = {one["message"] for one in lines.named("message delivered")}
    assert ids == {key for key, _ in line.vendor.sent}
    for one in lines.all():
        assert {"time", "level", "logger", "event"} <= one.keys()


async def test_lines_hold_nothing_a_customer_wrote_and_no_secret(line: Line, lines: Lines) -> None:
    await line.says(1, "my number is 13800001234")
    await line.says(1, "my number is 13800001234")
    line.vendor.failure = RetryLater("unreachable", "no route")
    await line.house.worker().run_until_idle()
    refused = await line.http.post(HOOK, json={"text": "let me in 4711"})
    assert refused.status_code == 403
    assert lines.named("message not delivered")[0]["code"] == "unreachable"
    assert [one["again"] for one in lines.named("message accepted")] == [False, True]
    assert lines.named("call refused")[0]["code"] == "wrong_secret"
    assert "13800001234" not in lines.text
    assert "4711" not in lines.text


async def test_a_strange_request_id_is_replaced(line: Line) -> None:
    answer = await line.says(1, **{"x-request-id": "a b\tc"})
    assert answer.headers["x-request-id"] not in ("", "a b\tc")


def test_text_lines_carry_the_same_fields() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.TextLines())
    logger = logging.Logger("somewhere")
    logger.addHandler(handler)
    with logs.bound(correlation="c1", request=""):
        logs.event(logger, "turn taken", ms=3)
    assert stream.getvalue().endswith("INFO somewhere turn taken correlation=c1 ms=3\n")


def test_an_exception_stands_in_its_line() -> None:
    try:
        raise ValueError("no")
    except ValueError:
        record = logging.Logger("x").makeRecord(
            "x", logging.ERROR, __file__, 1, "failed %s", ("here",), sys.exc_info()
        )
    line = json.loads(logs.JsonLines().format(record))
    assert (line["event"], line["level"]) == ("failed here", "error")
    assert "ValueError: no" in line["exception"]
