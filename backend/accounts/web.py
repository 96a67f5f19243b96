"""Who is asking: FastAPI dependencies that every endpoint for people and programs uses.

A browser has a session cookie, a program an API key in `Authorization: Bearer …`. A request that
changes something by cookie needs the header `X-Aftercare-CSRF: 1`, which no foreign form can send.
"""

from __future__ import annotations

from typing import Annotated, Protocol, cast

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from backend.accounts import service
from backend.kit.actor import Actor
from backend.kit.db import Database
from backend.kit.errors import Forbidden, Unauthorized

COOKIE = "aftercare_session"
CSRF_HEADER = "X-Aftercare-CSRF"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_cookie = APIKeyCookie(name=COOKIE, scheme_name="Session", auto_error=False)
_bearer = HTTPBearer(scheme_name="API key", auto_error=False)


class Settings(Protocol):
    """The setting that says by which scheme people come."""

    @property
    def public_url(self) -> str: ...


class House(Protocol):
    """What the application keeps in `app.state.house`, as far as it is needed here."""

    @property
    def db(self) -> Database: ...

    @property
    def settings(self) -> Settings: ...


async def db_of(request: Request) -> Database:
    """The house's database."""
    return cast(House, request.app.state.house).db


def is_https(request: Request) -> bool:
    """Whether the browser came by https, if only as far as a proxy before us."""
    told = cast(House, request.app.state.house).settings.public_url
    return request.url.scheme == "https" or told.startswith("https:")


Db = Annotated[Database, Depends(db_of)]


async def current_actor(
    request: Request,
    db: Db,
    token: Annotated[str | None, Depends(_cookie)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Actor:
    """Who is asking. Raises: Unauthorized; Forbidden for a change by cookie without the header."""
    if request.headers.get("authorization"):
        # A wrong key is refused, even if there is a good cookie beside it.
        by_key = await db.read(service.find_key, bearer.credentials) if bearer else None
        if by_key is None:
            raise Unauthorized("wrong_key", "that API key opens nothing")
        return by_key
    signed_in = await db.read(service.find_session, token) if token else None
    if signed_in is None or token is None:
        raise Unauthorized("not_signed_in", "log in first")
    if request.method not in SAFE_METHODS and request.headers.get(CSRF_HEADER) != "1":
        raise Forbidden("csrf", f"send the header {CSRF_HEADER}: 1")
    if signed_in.slides:
        await db.tx(service.slide_session, token)
    return signed_in.actor


CurrentActor = Annotated[Actor, Depends(current_actor)]
