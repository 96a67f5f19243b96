"""Logging in, accounts and API keys, to be mounted under /api/v1."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Cookie, Depends, Path, Request, Response

from backend.accounts import logins, service
from backend.accounts.passwords import Passwords
from backend.accounts.repository import Account
from backend.accounts.rules import address_key
from backend.accounts.schemas import (
    AccountIn,
    AccountList,
    AccountOut,
    ApiKeyIn,
    ApiKeyList,
    ApiKeyOut,
    LoginIn,
    NewApiKey,
    PasswordIn,
    SignedIn,
)
from backend.accounts.web import COOKIE, CurrentActor, Db, is_https
from backend.kit.errors import Forbidden

router = APIRouter()
_passwords = Passwords()


def passwords() -> Passwords:
    """The hashing; tests put a cheap one in its place."""
    return _passwords


Hashing = Annotated[Passwords, Depends(passwords)]
Id = Annotated[str, Path(pattern="^[0-9a-z]{1,32}$")]
SessionToken = Annotated[str, Cookie(alias=COOKIE, include_in_schema=False)]


@router.post("/auth/login", tags=["auth"], summary="Log in")
async def log_in(
    form: LoginIn, request: Request, response: Response, db: Db, hashing: Hashing
) -> SignedIn:
    account, token = await logins.log_in(db, hashing, form.email, form.password, _address(request))
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=is_https(request))
    return SignedIn(account=_out(account))


@router.post("/auth/logout", tags=["auth"], status_code=204, summary="Log out")
async def log_out(
    response: Response, db: Db, _actor: CurrentActor, session: SessionToken = ""
) -> None:
    await db.tx(service.log_out, session)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


@router.get("/auth/me", tags=["auth"], summary="Who am I")
async def me(db: Db, actor: CurrentActor) -> SignedIn:
    if actor.kind != "account":
        raise Forbidden("not_a_person", "an API key has no account")
    return SignedIn(account=_out(await db.read(service.get_account, actor.id)))


@router.post("/auth/password", tags=["auth"], status_code=204, summary="Change my password")
async def change_password(
    form: PasswordIn,
    request: Request,
    db: Db,
    hashing: Hashing,
    actor: CurrentActor,
    session: SessionToken = "",
) -> None:
    await logins.change_password(db, hashing, actor, form, session, _address(request))


@router.get("/accounts", tags=["accounts"], summary="All accounts (admin)")
async def list_accounts(db: Db, actor: CurrentActor) -> AccountList:
    found = await db.read(service.list_accounts, actor)
    return AccountList(items=[_out(account) for account in found])


@router.post("/accounts", tags=["accounts"], status_code=201, summary="Add an account (admin)")
async def create_account(
    form: AccountIn, db: Db, hashing: Hashing, actor: CurrentActor
) -> AccountOut:
    return _out(await logins.create_account(db, hashing, actor, form))


@router.post(
    "/accounts/{account_id}/deactivate",
    tags=["accounts"],
    status_code=204,
    summary="Let somebody in no more (admin)",
)
async def deactivate_account(account_id: Id, db: Db, actor: CurrentActor) -> None:
    await db.tx(service.deactivate_account, actor, account_id)


@router.get("/api-keys", tags=["accounts"], summary="All API keys (admin)")
async def list_keys(db: Db, actor: CurrentActor) -> ApiKeyList:
    found = await db.read(service.list_keys, actor)
    return ApiKeyList(items=[ApiKeyOut.model_validate(key, from_attributes=True) for key in found])


@router.post("/api-keys", tags=["accounts"], status_code=201, summary="Make an API key (admin)")
async def create_key(form: ApiKeyIn, db: Db, actor: CurrentActor) -> NewApiKey:
    key, text = await db.tx(service.create_key, actor, form.name, form.role)
    return NewApiKey(id=key.id, key=text)


@router.delete(
    "/api-keys/{key_id}", tags=["accounts"], status_code=204, summary="Revoke an API key (admin)"
)
async def revoke_key(key_id: Id, db: Db, actor: CurrentActor) -> None:
    await db.tx(service.revoke_key, actor, key_id)


def _address(request: Request) -> str:
    return address_key(request.client.host if request.client else "")


def _out(account: Account) -> AccountOut:
    return AccountOut.model_validate(account, from_attributes=True)
