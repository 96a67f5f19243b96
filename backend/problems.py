"""Errors as problem+json (RFC 9457): what is wrong, in which field, and why."""

from __future__ import annotations

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

    @app.exception_handler(DomainError)
    async def _domain(_request: Request, error: DomainError) -> JSONResponse:
        headers = {}
        if "retry_after" in error.params:
            headers["Retry-After"] = str(error.params["retry_after"])
        return _response(problem_of(error), headers)

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

    @app.exception_handler(DBAPIError)
    async def _database(_request: Request, error: DBAPIError) -> JSONResponse:
        if isinstance(error, DataError) or _sqlstate(error).startswith("22"):
            return _response(
                {
                    "type": "urn:aftercare:invalid_text",
                    "title": "invalid text",
                    "status": 422,
                    "detail": "a value holds what can't be stored, such as a NUL",
                    "errors": [],
                }
            )
        log.error("database: %s", type(error.orig).__name__)
        return _response(_UNAVAILABLE, {"Retry-After": "2"})

    @app.exception_handler(DatabaseAway)
    async def _away(_request: Request, error: DatabaseAway) -> JSONResponse:
        log.error("database away: %s", error)
        return _response(_UNAVAILABLE, {"Retry-After": "2"})


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
    return [
        {
            "field": ".".join(str(part) for part in item["loc"] if part != "body") or "body",
            "reason": item["msg"],
        }
        for item in errors
    ]


def _response(problem: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(
        dict(problem), status_code=problem["status"], media_type=MEDIA_TYPE, headers=headers
    )
