"""OpenTelemetry traces, where a collector is configured; else a check of one variable.

A trace is a customer's message: the trace id is its id (UUIDv7, 128 bits), so processes that know
the message need to hand one another nothing. `accept` is the root; `turn` and `deliver` hang below
it, the parts of a turn below that. Spans hold ids and numbers, no words of customers.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import SpanContext

SENDING = 2.0
"""Seconds that what is left of the traces may hold up the end of a process."""
Attributes = Mapping[str, str | int | float | bool]


class TracingNotInstalled(Exception):
    """An endpoint is set, the packages of the extra `tracing` are missing."""


def trace_id_of(correlation: str) -> int:
    """The trace of a message: its id as a number; of another kind of id, its hash."""
    try:
        number = int(correlation, 16) if len(correlation) == 32 else 0
    except ValueError:
        number = 0
    return number or int.from_bytes(hashlib.sha256(correlation.encode()).digest()[:16], "big")


def root_span_id_of(correlation: str) -> int:
    """The span `accept` of a message, known without asking who made it."""
    digest = hashlib.sha256(f"accept:{correlation}".encode()).digest()
    return int.from_bytes(digest[:8], "big") or 1


class _Tracing:
    """The configured exporter. Made once a process."""

    def __init__(self, endpoint: str, service: str, version: str) -> None:
        try:
            from opentelemetry import trace as api
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
        except ImportError as error:
            raise TracingNotInstalled("pip install 'aftercare[tracing]'") from error

        chosen: ContextVar[tuple[int, int] | None] = ContextVar("chosen_ids", default=None)

        class Ids(RandomIdGenerator):
            """Random ones, but the root's are those that its message gives."""

            def generate_span_id(self) -> int:
                given = chosen.get()
                return given[1] if given else super().generate_span_id()

            def generate_trace_id(self) -> int:
                given = chosen.get()
                return given[0] if given else super().generate_trace_id()

        resource = Resource.create({"service.name": service, "service.version": version})
        self.provider: TracerProvider = TracerProvider(
            resource=resource, id_generator=Ids(), shutdown_on_exit=False
        )
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        self.provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self.provider.get_tracer("aftercare", version)
        self._api = api
        self._chosen = chosen

    def below(
        self, parent: SpanContext | None, correlation: str, name: str, started: int, fields: Any
    ) -> Any:
        """Start a span below `parent`, or below the message's root."""
        api = self._api
        if parent is None:
            parent = api.SpanContext(
                trace_id_of(correlation),
                root_span_id_of(correlation),
                is_remote=True,
                trace_flags=api.TraceFlags(api.TraceFlags.SAMPLED),
            )
        context = api.set_span_in_context(api.NonRecordingSpan(parent))
        return self._tracer.start_span(name, context, start_time=started, attributes=fields)

    def root(self, correlation: str, name: str, started: int, fields: Any) -> None:
        token = self._chosen.set((trace_id_of(correlation), root_span_id_of(correlation)))
        try:
            # An empty context: whatever else is being traced here is not this message's parent.
            context = self._api.set_span_in_context(self._api.INVALID_SPAN)
            span = self._tracer.start_span(name, context, start_time=started, attributes=fields)
        finally:
            self._chosen.reset(token)
        span.end()


_tracing: _Tracing | None = None
_current: ContextVar[SpanContext | None] = ContextVar("span", default=None)


def configure(endpoint: str, service: str, version: str) -> None:
    """Send traces to an OTLP/HTTP collector (http://host:4318) from now on; empty: to nobody.

    Raises: TracingNotInstalled.
    """
    global _tracing
    shut_down()
    _tracing = _Tracing(endpoint, service, version) if endpoint else None


def shut_down(within: float = SENDING) -> None:
    """Send what is left and stop; a collector that does not answer is left after `within` seconds.
    Blocks."""
    global _tracing
    if _tracing is not None:
        # A daemon: neither we nor the interpreter's end wait for it any longer.
        last = threading.Thread(target=_tracing.provider.shutdown, daemon=True)
        last.start()
        last.join(within)
        _tracing = None


def is_on() -> bool:
    """Whether spans go anywhere."""
    return _tracing is not None


def record_root(correlation: str, started_ns: int, **fields: str | int) -> None:
    """The span `accept` of a message, begun at `started_ns` (time.time_ns), ended now."""
    if _tracing is not None:
        _tracing.root(correlation, "accept", started_ns, fields)


class span:  # noqa: N801 (a context manager, named like contextlib's)
    """A span of the message `correlation`, below the enclosing one. Does nothing when off."""

    __slots__ = ("_correlation", "_fields", "_name", "_span", "_token")

    def __init__(self, name: str, correlation: str, **fields: str | int) -> None:
        self._name = name
        self._correlation = correlation
        self._fields = fields
        self._span: Any = None
        self._token: Token[SpanContext | None] | None = None

    def __enter__(self) -> None:
        if _tracing is None or not self._correlation:
            return
        self._span = _tracing.below(
            _current.get(), self._correlation, self._name, time.time_ns(), self._fields
        )
        self._token = _current.set(self._span.get_span_context())

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if self._token is None:
            return
        _current.reset(self._token)
        if error is not None:
            # The class alone: the words of an error may quote a customer.
            self._span.set_attribute("error.type", type(error).__name__)
        self._span.end()
