"""From what a vendor answered to how the account does. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """How a channel account does."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


DOWN_AFTER = timedelta(minutes=5)
"""Of failures without a success between them: then it is more than a hiccup."""

OURS = frozenset({"bad_settings", "not_installed"})
"""Codes of what is wrong on our side, before any vendor is asked."""

CREDENTIALS = frozenset({"bad_token", "bad_account", "no_secret"}) | OURS
"""Codes that no waiting mends: down at once."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer of a vendor; `code` is empty when it took what we asked."""

    code: str = ""
    detail: str = ""


WORKED = Outcome()


@dataclass(frozen=True, slots=True)
class Condition:
    """What is known of an account. `failing_since` is the first failure after the last success."""

    state: State
    since: datetime
    code: str = ""
    detail: str = ""
    failing_since: datetime | None = None


def after(known: Condition | None, outcome: Outcome, now: datetime) -> Condition:
    """The condition after one more answer. `since` moves only when the state does."""
    if not outcome.code:
        if known is not None and known.state is State.OK and known.failing_since is None:
            return known
        return Condition(State.OK, _since(known, State.OK, now))
    failing_since = (known.failing_since if known else None) or now
    lasting = now - failing_since >= DOWN_AFTER
    state = State.DOWN if lasting or outcome.code in CREDENTIALS else State.DEGRADED
    detail = outcome.detail[:300]
    if known is not None and (known.state, known.code, known.detail) == (
        state,
        outcome.code,
        detail,
    ):
        return replace(known, failing_since=failing_since)
    return Condition(state, _since(known, state, now), outcome.code, detail, failing_since)


def _since(known: Condition | None, state: State, now: datetime) -> datetime:
    return known.since if known is not None and known.state is state else now
