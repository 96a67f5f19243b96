"""Telegram, or what stands before it, fails: what we make of it, and that the token stays in."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from urllib.parse import quote

import pytest

from bot.channels.base import ChannelError, RetryLater, Undeliverable
from bot.channels.telegram import TelegramAdapter
from bot.channels.telegram.errors import scrub
from bot.messages import Attachment, AttachmentKind, OutboundMessage
from tests.channels.contract import Recorder, context, long_text
from tests.channels.telegram.fake_api import (
    Answer,
    FakeBotApi,
    cut_off,
    endless,
    hang,
    hang_up,
    ok,
    page,
    refuse,
)
from tests.channels.telegram.support import TOKEN, account

pytestmark = pytest.mark.asyncio(loop_scope="module")

HELLO = OutboundMessage("hello")
PHOTO = Attachment(AttachmentKind.IMAGE, "AgACfile")
MIGRATED = refuse(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1001)
GATEWAY = page(502, b"<html><h1>502 Bad Gateway</h1></html>")

FAILURES: dict[str, tuple[Answer, type[ChannelError], str]] = {
    "blocked": (refuse(403, "Forbidden: bot was blocked by the user"), Undeliverable, "blocked"),
    "deactivated": (refuse(403, "Forbidden: user is deactivated"), Undeliverable, "blocked"),
    "unknown chat": (refuse(400, "Bad Request: chat not found"), Undeliverable, "blocked"),
    "refused": (refuse(400, "Bad Request: BUTTON_DATA_INVALID"), Undeliverable, "rejected"),
    "migrated": (MIGRATED, Undeliverable, "not_private"),
    "too large": (refuse(413, "Request Entity Too Large"), Undeliverable, "too_large"),
    "flood": (refuse(429, "Too Many Requests", retry_after=17), RetryLater, "rate_limited"),
    "revoked token": (refuse(401, "Unauthorized"), RetryLater, "bad_token"),
    "mistyped token": (refuse(404, "Not Found"), RetryLater, "bad_token"),
    "conflict": (refuse(409, "Conflict: terminated by other"), RetryLater, "unreachable"),
    "server error": (refuse(500, "Internal Server Error"), RetryLater, "unreachable"),
    "restart": (refuse(500, "Internal: sorry, restart"), RetryLater, "unreachable"),
    "wordless": (refuse(502, None), RetryLater, "unreachable"),
    "gateway page": (GATEWAY, RetryLater, "unreachable"),
    "binary page": (page(502, b"\xff\xfe\x00"), RetryLater, "unreachable"),
    "odd charset": (page(502, b"x", "text/html; charset=x-nope"), RetryLater, "unreachable"),
    "empty": (page(200, b"", "application/json"), RetryLater, "unreachable"),
    "not an answer": (page(200, b"[]", "application/json"), RetryLater, "unreachable"),
    "hangs up": (hang_up, RetryLater, "unreachable"),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_refusals_are_states_and_failures_are_retried(
    name: str, api: FakeBotApi, adapter: TelegramAdapter
) -> None:
    answer, expected, code = FAILURES[name]
    api.will("sendMessage", answer)
    failure = await failure_of(adapter.send(HELLO, context()))
    assert (type(failure), failure.code) == (expected, code)
    if isinstance(failure, RetryLater):
        assert failure.after == (17.0 if name == "flood" else None)
        await adapter.send(HELLO, context())  # and the next attempt gets through


async def test_a_server_that_does_not_answer_is_given_up(api: FakeBotApi) -> None:
    adapter = TelegramAdapter(account(base_url=api.url, timeout=0.05))
    api.will("sendMessage", hang)
    api.will("file", hang)
    failure = await failure_of(adapter.send(HELLO, context()))
    assert (type(failure), failure.code) == (RetryLater, "unreachable")
    failure = await failure_of(adapter.fetch(PHOTO, 1000))
    assert (type(failure), failure.code) == (RetryLater, "unreachable")
    await adapter.close()


async def test_a_server_that_is_not_there_is_tried_later() -> None:
    adapter = TelegramAdapter(account(base_url="http://127.0.0.1:9", timeout=2))
    for attempt in (adapter.send(HELLO, context()), adapter.fetch(PHOTO, 1000), adapter.check()):
        failure = await failure_of(attempt)
        assert (type(failure), failure.code) == (RetryLater, "unreachable")
    await adapter.typing("7")
    await adapter.close()


async def test_goes_on_after_the_part_that_failed(
    api: FakeBotApi, adapter: TelegramAdapter
) -> None:
    message, parts = OutboundMessage(long_text(adapter)), Recorder()
    api.will("sendMessage", ok({"message_id": 5, "date": 1, "chat": {"id": 7, "type": "private"}}))
    api.will("sendMessage", refuse(429, "Too Many Requests", retry_after=3))
    await failure_of(adapter.send(message, context(on_part=parts)))
    assert parts.heard == [(1, "7:5")]
    first, refused = api.sent()
    await adapter.send(message, context(done_parts=1, on_part=parts))
    assert api.sent()[2] == refused
    assert first not in api.sent()[1:]
    assert [number for number, _ in parts.heard] == [1, 2, 3]


@pytest.mark.parametrize(
    ("result", "external_id"),
    [
        ({"message_id": 9, "chat": {"id": 7, "type": "private"}, "date": "soon"}, "7:9"),
        ({"message_id": 9, "chat": {"id": 7}, "date": 1, "text": 1}, "7:9"),
        ("delivered", ""),
    ],
)
async def test_delivered_is_delivered_even_if_the_answer_is_odd(
    result: object, external_id: str, api: FakeBotApi, adapter: TelegramAdapter
) -> None:
    api.will("sendMessage", ok(result))
    parts = Recorder()
    sent = await adapter.send(HELLO, context(on_part=parts))
    assert sent.external_ids == (external_id,)
    assert parts.heard == [(1, external_id)]


async def test_niceties_are_let_go(api: FakeBotApi, adapter: TelegramAdapter) -> None:
    api.will("sendChatAction", GATEWAY)
    await adapter.typing("7")
    assert api.calls == [("sendChatAction", {"chat_id": "7", "action": "typing"})]


# Fetching


async def test_fetches_a_file(api: FakeBotApi, adapter: TelegramAdapter) -> None:
    api.will("file", page(200, b"bytes of it", "image/jpeg"))
    assert await adapter.fetch(PHOTO, 11) == b"bytes of it"
    assert api.paths[-1] == f"/file/bot{TOKEN}/photos/1.jpg"


FILE = {"file_id": "f", "file_unique_id": "u", "file_path": "photos/1.jpg"}
FETCHES: dict[str, tuple[dict[str, Answer], type[ChannelError], str]] = {
    "one byte too many": ({"file": page(200, b"x" * 1001)}, Undeliverable, "too_large"),
    "endless": ({"file": endless}, Undeliverable, "too_large"),
    "declared": ({"getFile": ok(FILE | {"file_size": 1001})}, Undeliverable, "too_large"),
    "beyond 20 MB": (
        {"getFile": refuse(400, "Bad Request: file is too big")},
        Undeliverable,
        "too_large",
    ),
    "unknown": (
        {"getFile": refuse(400, "Bad Request: wrong file_id or the file is unavailable")},
        Undeliverable,
        "unavailable",
    ),
    "no path": ({"getFile": ok(FILE | {"file_path": None})}, Undeliverable, "unavailable"),
    "gone": ({"file": page(404, b"{}")}, Undeliverable, "unavailable"),
    "revoked token": ({"file": page(401, b"{}")}, RetryLater, "bad_token"),
    "flood": ({"file": page(429, b"{}")}, RetryLater, "unreachable"),
    "gateway": ({"file": GATEWAY}, RetryLater, "unreachable"),
    "cut off": ({"file": cut_off}, RetryLater, "unreachable"),
    "hangs up": ({"file": hang_up}, RetryLater, "unreachable"),
    "getFile fails": ({"getFile": GATEWAY}, RetryLater, "unreachable"),
}


@pytest.mark.parametrize("name", FETCHES)
async def test_a_fetch_ends_in_bytes_or_a_reason(
    name: str, api: FakeBotApi, adapter: TelegramAdapter
) -> None:
    answers, expected, code = FETCHES[name]
    for method, answer in answers.items():
        api.will(method, answer)
    async with asyncio.timeout(5):
        failure = await failure_of(adapter.fetch(PHOTO, 1000))
    assert (type(failure), failure.code) == (expected, code)


async def test_no_call_for_a_file_known_to_be_too_large(
    api: FakeBotApi, adapter: TelegramAdapter
) -> None:
    for size, limit in ((1001, 1000), (20_000_001, 50_000_000)):
        photo = Attachment(AttachmentKind.IMAGE, "f", size=size)
        assert (await failure_of(adapter.fetch(photo, limit))).code == "too_large"
    assert api.calls == []


# The token


Attempt = Callable[[TelegramAdapter], Awaitable[object]]
ATTEMPTS: dict[str, Attempt] = {
    "sendMessage": lambda adapter: adapter.send(HELLO, context()),
    "file": lambda adapter: adapter.fetch(PHOTO, 1000),
    "getMe": lambda adapter: adapter.check(),
    "setWebhook": lambda adapter: adapter.set_webhook("https://shop.example/hook"),
}
LEAKS: dict[str, Answer] = {
    "description": refuse(400, f"Bad Request: no such path /bot{TOKEN}/x"),
    "quoted": refuse(400, f"Bad Request: no such path /bot{quote(TOKEN, safe='')}/x"),
    "page": page(502, f"<p>https://api.telegram.org/bot{TOKEN}/x failed".encode()),
    "wordless": refuse(502, None),
    "status": page(404, b"{}"),
    "hang up": hang_up,
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("leak", LEAKS)
async def test_no_error_and_no_log_line_holds_the_token(
    attempt: str,
    leak: str,
    api: FakeBotApi,
    adapter: TelegramAdapter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    for method in ("sendMessage", "file", "getMe", "setWebhook", "sendChatAction"):
        api.will(method, LEAKS[leak])
    failure = await failure_of(ATTEMPTS[attempt](adapter))
    await adapter.typing("7")
    secret = TOKEN.partition(":")[2]
    written = "".join(traceback.format_exception(failure)) + repr(failure) + failure.detail
    assert secret not in written
    assert secret not in caplog.text
    # Error trackers follow the chain even where a traceback does not show it.
    link: BaseException | None = failure
    while link is not None:
        assert secret not in f"{link!r} {link}"
        link = link.__cause__ or link.__context__


async def test_strikes_out_what_looks_like_any_token() -> None:
    other = "123456789:AAEotherTokenOfAnotherBot_00-11"
    assert scrub(f"x {TOKEN} {quote(TOKEN, safe='')} /bot{other}/y", TOKEN) == "x *** *** /bot***/y"
    assert scrub("/bot42:TEST/ /bot42%3ATEST/", "42:TEST") == "/bot***/ /bot***/"


async def failure_of(attempt: Awaitable[object]) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await attempt
    return caught.value
