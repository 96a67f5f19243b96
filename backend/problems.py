"""Errors as problem+json (RFC 9457): what is wrong, in which field, and why."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, DBAPIError
from starlette.exceptions import HTTPException

from backend.kit.errors import DatabaseAway, DomainError

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
FORESEEN = (DomainError, DBAPIError, DatabaseAway)
"""What `answer` knows an answer to."""


def problem_of(error: DomainError) -> dict[str, Any]:
    """The problem document of a domain error."""
    return {
        "type": f"urn:aftercare:{error.code}",
        "title": error.code.replace("_", " "),
        "status": error.status,
        "detail": error.detail,
        "errors": [{"field": item.field, "reason": item.reason} for item in error.errors],
    }


def install(app: FastAPI) -> None:
    """Make every error of the API a problem document."""

    for kind in FORESEEN:
        app.add_exception_handler(kind, _answered)

    @app.exception_handler(RequestValidationError)
    async def _validation(_request: Request, error: RequestValidationError) -> JSONResponse:
        return _response(
            {
                "type": "urn:aftercare:invalid_request",
                "title": "invalid request",
                "status": 422,
                "detail": "the request does not fit its schema",
                "errors": _fields(error.errors()),
            }
        )

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: HTTPException) -> JSONResponse:
        return _response(
            {
                "type": "about:blank",
                "title": str(error.detail),
                "status": error.status_code,
                "detail": str(error.detail),
                "errors": [],
            },
            dict(error.headers or {}),
        )


def answer(error: Exception) -> JSONResponse:
    """What a request is answered that one of `FORESEEN` ended."""
    if isinstance(error, DomainError):
        headers = {}
        if "retry_after" in error.params:
            headers["Retry-After"] = str(error.params["retry_after"])
        return _response(problem_of(error), headers)
    if isinstance(error, DBAPIError) and _is_bad_value(error):
        return _response(_INVALID_TEXT)
    told = type(error.orig).__name__ if isinstance(error, DBAPIError) else error
    log.error("database: %s", told)
    return _response(_UNAVAILABLE, {"Retry-After": "2"})


async def _answered(_request: Request, error: Exception) -> JSONResponse:
    return answer(error)


def _is_bad_value(error: DBAPIError) -> bool:
    return isinstance(error, DataError) or _sqlstate(error).startswith("22")


_INVALID_TEXT = {
    "type": "urn:aftercare:invalid_text",
    "title": "invalid text",
    "status": 422,
    "detail": "a value holds what can't be stored, such as a NUL",
    "errors": [],
}
_UNAVAILABLE = {
    "type": "urn:aftercare:unavailable",
    "title": "unavailable",
    "status": 503,
    "detail": "the database did not answer; try again",
    "errors": [],
}


def _sqlstate(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")


def _fields(errors: Sequence[Any]) -> list[dict[str, str]]:
    return [{"field": _field(item), "reason": item["msg"]} for item in errors]


def _field(item: Mapping[str, Any]) -> str:
    if item["type"] == "json_invalid":  # its place is one in the text
        return "body"
    return ".".join(str(part) for part in item["loc"] if part != "body") or "body"


class _Problem(JSONResponse):
    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:
        # What was sent is quoted, and may hold what is no text: a lone surrogate, say.
        return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def _response(problem: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    return _Problem(dict(problem), status_code=problem["status"], headers=headers)
