"""Spans of one message join in one trace, as a collector sees them over OTLP/HTTP."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from backend.conversations import repository as conversations
from backend.kit import tracing
from bot.channels.base import RetryLater
from tests.support.vendor import Line


class Collector:
    """The smallest OTLP receiver: keeps the spans it is sent."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.paths: set[str] = set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.paths.add(self.path)
                request = ExportTraceServiceRequest.FromString(body)
                for resource in request.resource_spans:
                    for scope in resource.scope_spans:
                        collector.spans.extend(scope.spans)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    # The exporter's HTTP client would ask a proxy of the machine for this very machine.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    opened = Collector()
    thread = threading.Thread(target=opened.server.serve_forever, daemon=True)
    thread.start()
    tracing.configure(opened.endpoint, "aftercare-test", "1")
    yield opened
    tracing.shut_down()
    opened.server.shutdown()
    opened.server.server_close()
    thread.join()


async def test_the_spans_of_a_message_are_one_trace(line: Line, collector: Collector) -> None:
    await line.says(1, "hello there 13800001234")
    await line.house.worker().run_until_idle()
    await asyncio.to_thread(tracing.shut_down)
    assert collector.paths == {"/v1/traces"}

    (accept,) = collector.named("accept")
    assert not accept.parent_span_id
    (turn,) = collector.named("turn")
    parts = [collector.named(name)[0] for name in ("understanding", "commit")]
    (compute,) = collector.named("compute")
    deliveries = collector.named("deliver")
    assert len(deliveries) == len(line.vendor.sent)
    for span in (turn, *deliveries):
        assert (span.trace_id, span.parent_span_id) == (accept.trace_id, accept.span_id)
    for part in parts:
        assert (part.trace_id, part.parent_span_id) == (accept.trace_id, turn.span_id)
    assert compute.trace_id == accept.trace_id
    found = await line.house.db.read(conversations.by_external_id, "shop-line", "m1")
    assert found is not None
    assert accept.trace_id.hex() == found.id
    assert accept.start_time_unix_nano <= turn.start_time_unix_nano
    assert all(b"13800001234" not in span.SerializeToString() for span in collector.spans)


async def test_a_failed_delivery_says_why(line: Line, collector: Collector) -> None:
    await line.says(1)
    line.vendor.failure = RetryLater("unreachable", "no route")
    await line.house.worker().run_until_idle()
    await asyncio.to_thread(tracing.shut_down)
    attributes = {
        item.key: item.value.string_value
        for span in collector.named("deliver")
        for item in span.attributes
    }
    assert attributes["error.type"] == "Retry"


def test_nothing_is_imported_or_done_without_an_endpoint() -> None:
    tracing.configure("", "aftercare-test", "1")
    assert not tracing.is_on()
    with tracing.span("turn", "a" * 32):
        tracing.record_root("a" * 32, 0)


def test_ids_that_are_no_uuid_have_a_trace_too() -> None:
    ids = {tracing.trace_id_of(one) for one in ("", "id000001", "z" * 32, "0" * 32, "f" * 32)}
    assert len(ids) == 5
    assert all(0 < one < 2**128 for one in ids)


async def test_a_collector_that_never_answers_holds_no_end_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tracing.configure(f"http://127.0.0.1:{silent.getsockname()[1]}", "aftercare-test", "1")
        tracing.record_root("a" * 32, time.time_ns())
        began = time.monotonic()
        await asyncio.to_thread(tracing.shut_down, 0.1)
        assert time.monotonic() - began < 3
        assert not tracing.is_on()
