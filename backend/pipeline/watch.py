"""What the pipeline tells of its work, at the few places where something happened to a message.

One id goes through all of it: the incoming message's. Lines of the log carry it as `correlation`,
it is the trace of the spans; what answers a message knows it by `answers`.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from backend.channel_status.rules import Outcome
from backend.channel_status.service import ChannelWatch
from backend.kit import logs, metrics, tracing
from backend.kit.errors import is_database_away
from backend.kit.jobs import Job, LostLease
from backend.kit.jobs.kinds import Handler, JobKind, Retry
from bot.channels.base import ChannelAccount, ChannelError

log = logging.getLogger(__name__)


def accepted(
    channels: ChannelWatch,
    account: ChannelAccount,
    message_id: str,
    *,
    duplicate: bool,
    started_ns: int = 0,
) -> None:
    """A customer's message is stored; `started_ns` (time.time_ns) is when it began to come in."""
    metrics.child(metrics.ACCEPTED, account.channel, "duplicate" if duplicate else "new").inc()
    channels.received(account.id)
    logs.event(log, "message accepted", correlation=message_id, account=account.id, again=duplicate)
    if not duplicate:
        tracing.record_root(message_id, started_ns or time.time_ns(), account=account.id)


def refused(account: ChannelAccount, code: str) -> None:
    """A call that could not be shown to be the vendor's, or not be read."""
    metrics.child(metrics.CHANNEL_ERRORS, account.id, code).inc()
    logs.event(log, "call refused", logging.WARNING, account=account.id, code=code)


def delivered(channels: ChannelWatch, account: ChannelAccount, message_id: str) -> None:
    """The vendor took a message."""
    metrics.child(metrics.DELIVERIES, account.channel, "sent").inc()
    channels.sent(account.id)
    logs.event(log, "message delivered", account=account.id, message=message_id)


def not_delivered(
    channels: ChannelWatch,
    account: ChannelAccount,
    message_id: str,
    error: ChannelError,
    *,
    final: bool,
) -> None:
    """The vendor refused this message for good (`final`: the account is well), or failed us."""
    metrics.child(metrics.DELIVERIES, account.channel, "failed" if final else "retried").inc()
    metrics.child(metrics.CHANNEL_ERRORS, account.id, error.code).inc()
    channels.answered(account.id, Outcome() if final else Outcome(error.code, error.detail))
    logs.event(
        log,
        "message not delivered",
        logging.INFO if final else logging.WARNING,
        account=account.id,
        message=message_id,
        code=error.code,
    )


class turn:  # noqa: N801 (a context manager, named like contextlib's)
    """Around one turn: its lines and spans carry the message's id."""

    __slots__ = ("_bound", "_span", "_started")

    def __init__(self, message_id: str, conversation_id: str) -> None:
        self._bound = logs.bound(correlation=message_id, conversation=conversation_id)
        self._span = tracing.span("turn", message_id)
        self._started = 0.0

    def __enter__(self) -> None:
        self._bound.__enter__()
        self._span.__enter__()
        self._started = time.perf_counter()

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        took = time.perf_counter() - self._started
        metrics.child(metrics.TURNS, "taken" if error is None else type(error).__name__).inc()
        if error is None:
            metrics.TURN_SECONDS.observe(took)
            logs.event(log, "turn taken", ms=round(1000 * took, 2))
        self._span.__exit__(kind, error, trace)
        self._bound.__exit__()


@contextmanager
def taking_at_once(message_id: str, conversation_id: str) -> Iterator[None]:
    """Around a turn within its message's acceptance: lines and spans as of any other, but nothing
    is counted before it is stored."""
    with (
        logs.bound(correlation=message_id, conversation=conversation_id),
        tracing.span("turn", message_id),
    ):
        yield


def taken_at_once(message_id: str, conversation_id: str, took: float) -> None:
    """A turn was taken, and is stored, with its message; in `took` seconds."""
    metrics.child(metrics.TURNS, "taken").inc()
    metrics.TURN_SECONDS.observe(took)
    logs.event(
        log,
        "turn taken",
        correlation=message_id,
        conversation=conversation_id,
        ms=round(1000 * took, 2),
        at_once=True,
    )


class part:  # noqa: N801 (a context manager, named like contextlib's)
    """Around one part of a turn: load, understanding, compute, commit."""

    __slots__ = ("_name", "_span", "_started")

    def __init__(self, name: str) -> None:
        self._name = name
        self._span = tracing.span(name, logs.bound_field("correlation"))
        self._started = 0.0

    def __enter__(self) -> None:
        self._span.__enter__()
        self._started = time.perf_counter()

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        metrics.child(metrics.PART_SECONDS, self._name).observe(time.perf_counter() - self._started)
        self._span.__exit__(kind, error, trace)


def watched(kinds: Mapping[str, JobKind]) -> dict[str, JobKind]:
    """The same job kinds; how their tries end is counted, and their lines carry the job's id."""
    return {
        name: dataclasses.replace(kind, handler=_Watched(name, kind).run)
        for name, kind in kinds.items()
    }


@dataclass(frozen=True, slots=True)
class _Watched:
    name: str
    kind: JobKind

    @property
    def handler(self) -> Handler:
        return self.kind.handler

    async def run(self, job: Job) -> bool:
        """The handler, within what tells of it."""
        started = time.perf_counter()
        correlation = str(job.payload.get("answers") or "")
        outcome = "done"
        try:
            with (
                logs.bound(job=job.id, kind=job.kind, correlation=correlation),
                tracing.span(job.kind, correlation, job=job.id, attempt=job.attempt),
            ):
                return await self.handler(job)
        except LostLease:
            outcome = "lost"
            raise
        except Retry as again:
            outcome = "retried" if again.free else self._failed(job)
            raise
        except Exception as error:  # counted only; the worker keeps it as the reason
            outcome = "retried" if is_database_away(error) else self._failed(job)
            raise
        finally:
            metrics.child(metrics.JOBS, self.name, outcome).inc()
            metrics.child(metrics.JOB_SECONDS, self.name).observe(time.perf_counter() - started)

    def _failed(self, job: Job) -> str:
        return "dead" if job.failures + 1 >= self.kind.attempts else "retried"
