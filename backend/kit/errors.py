"""Errors a caller can act on. The API shows them as problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with which field of the input."""

    field: str
    reason: str


class DomainError(Exception):
    """Something asked for can't be done. `code` is stable, `detail` for people, `params` data."""

    status = 400

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        params: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail or code.replace("_", " ")
        self.errors = tuple(errors)
        self.params = dict(params or {})


class Unauthorized(DomainError):
    """Nobody we know."""

    status = 401


class Forbidden(DomainError):
    """Known, but not allowed."""

    status = 403


class NotFound(DomainError):
    """Not there, or not for this caller: the two are never told apart."""

    status = 404


class Conflict(DomainError):
    """Not possible in the present state."""

    status = 409


class TooLarge(DomainError):
    """More than the cap."""

    status = 413


class Invalid(DomainError):
    """The input is wrong; `errors` names fields and reasons."""

    status = 422


class RateLimited(DomainError):
    """Too often. `params["retry_after"]` is in seconds."""

    status = 429


class Overloaded(DomainError):
    """More work waits than can be done: nothing was stored. `params["retry_after"]`: seconds."""

    status = 503


class Unusable(DomainError):
    """Something on our side is not set up as it has to be: whoever asks may come again later."""

    status = 503


class DatabaseAway(ConnectionError):
    """The database can't be reached, or went away in the middle: nothing is wrong with what was
    asked, and it may be asked again. Whether a commit under way held is not known."""


def is_database_away(error: BaseException) -> bool:
    """Whether that, and nothing else, is what went wrong; in a group of tasks, in each of them."""
    if isinstance(error, BaseExceptionGroup):
        return all(is_database_away(one) for one in error.exceptions)
    return isinstance(error, DatabaseAway)
