"""What is counted, in Prometheus's terms; docs/guides/monitoring.md lists it for its readers.

Labels have few values each: never an id of a message, a conversation or a person. What the database
knows (the queue, channels, workers) is set when somebody asks (`backend.health`).
"""

from __future__ import annotations

import time
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

# A second series for each, that says when the process began to count.
disable_created_metrics()  # type: ignore[no-untyped-call]
M = TypeVar("M", Counter, Histogram)
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

# Seconds. A turn by rules takes a millisecond, one with a language model some seconds.
_SHORT = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


def _counter(name: str, told: str, *labels: str) -> Counter:
    return Counter(f"aftercare_{name}", told, labels, registry=REGISTRY)


def _gauge(name: str, told: str, *labels: str) -> Gauge:
    return Gauge(f"aftercare_{name}", told, labels, registry=REGISTRY)


def _histogram(name: str, told: str, *labels: str) -> Histogram:
    return Histogram(f"aftercare_{name}", told, labels, buckets=_SHORT, registry=REGISTRY)


BUILD = Info("aftercare_build", "The running version", registry=REGISTRY)
ACCEPTED = _counter("messages_accepted", "Customers' messages stored", "channel", "outcome")
TURNS = _counter("turns", "Turns taken", "outcome")
TURN_SECONDS = _histogram("turn_seconds", "A turn, from its message loaded to the reply stored")
PART_SECONDS = _histogram("turn_part_seconds", "Parts of a turn", "part")
JOBS = _counter("jobs", "Jobs worked, by how they ended", "kind", "outcome")
JOB_SECONDS = _histogram("job_seconds", "One try of a job", "kind")
DELIVERIES = _counter("deliveries", "Tries to deliver a message", "channel", "outcome")
CHANNEL_ERRORS = _counter("channel_errors", "What vendors complained about", "account", "code")
PUSH_CLIENTS = _gauge("push_clients", "Open WebSockets of this process")
REQUESTS = _counter("http_requests", "HTTP requests", "method", "route", "status")
REQUEST_SECONDS = _histogram("http_request_seconds", "HTTP requests by route", "route")
TRANSACTIONS = _counter("db_transactions", "Ended; a group commit is one", "outcome")
TRANSACTION_SECONDS = _histogram("db_transaction_seconds", "From BEGIN to the end")
LLM_CALLS = _counter("llm_calls", "Questions to the language model", "outcome")
LLM_SECONDS = _histogram("llm_seconds", "From the question to the answer", "outcome")
LLM_TOKENS = _counter("llm_tokens", "Tokens used, some of them estimated", "direction")
LLM_PROPOSALS = _counter("llm_proposals", "What became of the answers", "outcome")

QUEUE_JOBS = _gauge("queue_jobs", "Jobs of the whole installation", "kind", "state")
QUEUE_AGE = _gauge("queue_oldest_seconds", "How long the oldest due job has waited", "kind")
CHANNEL_STATE = _gauge("channel_state", "0 ok, 1 degraded, 2 down", "account")
CHANNEL_PENDING = _gauge("channel_pending", "Messages waiting for delivery", "account")
WORKERS = _gauge("workers_alive", "Worker processes seen lately")


def render() -> bytes:
    """Everything, in Prometheus's text format."""
    return generate_latest(REGISTRY)


@cache
def child(metric: M, *labels: str) -> M:
    """`metric.labels(…)`, remembered: looking one up costs more than counting. Labels are few."""
    found: M = metric.labels(*labels)
    return found


def count_llm_call(outcome: str, seconds: float, tokens_in: int, tokens_out: int) -> None:
    """Count one question to the language model; one that was not sent took no time."""
    child(LLM_CALLS, outcome).inc()
    if seconds:
        child(LLM_SECONDS, outcome).observe(seconds)
    child(LLM_TOKENS, "in").inc(tokens_in)
    child(LLM_TOKENS, "out").inc(tokens_out)


def count_llm_proposal(outcome: str) -> None:
    """Count what became of an answer of the language model."""
    child(LLM_PROPOSALS, outcome).inc()


CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_watching = False
_BEGAN = "aftercare_began"


def watch_transactions() -> None:
    """Count and time the transactions of every engine of this process. Repeating it is harmless."""
    global _watching
    if _watching:
        return
    _watching = True
    committed, rolled_back = TRANSACTIONS.labels("commit"), TRANSACTIONS.labels("rollback")

    def began(conn: sa.Connection) -> None:
        conn.info[_BEGAN] = time.perf_counter()

    def ended(conn: sa.Connection, counter: Any) -> None:
        counter.inc()
        # One whose task was cancelled has lost its connection, and its notes with it.
        since = None if conn.invalidated else conn.info.pop(_BEGAN, None)
        if since is not None:
            TRANSACTION_SECONDS.observe(time.perf_counter() - since)

    sa.event.listen(sa.Engine, "begin", began)
    sa.event.listen(sa.Engine, "commit", lambda conn: ended(conn, committed))
    sa.event.listen(sa.Engine, "rollback", lambda conn: ended(conn, rolled_back))
