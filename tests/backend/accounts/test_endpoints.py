"""Signing in and out, and who may do what, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from backend.accounts import service
from backend.accounts.models import account, api_key, session
from backend.accounts.rules import address_key
from backend.audit import service as audit
from backend.kit.actor import Role
from backend.kit.clock import FixedClock
from backend.kit.db import Database
from tests.backend.accounts.api import (
    CSRF,
    PASSWORD,
    Settings,
    add_account,
    app_on,
    client_of,
    log_in,
)

ADMIN, AGENT = "admin@shop.example", "agent@shop.example"
NEW_ADMIN = {"email": "x@y.example", "name": "x", "role": "admin", "password": PASSWORD}


@pytest.fixture
async def app(database: Database) -> FastAPI:
    await add_account(database, ADMIN, Role.ADMIN)
    await add_account(database, AGENT, Role.AGENT)
    return app_on(database)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as opened:
        yield opened


@pytest.fixture
async def admin(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, "192.0.2.9") as opened:
        assert (await log_in(opened, ADMIN)).status_code == 200
        opened.headers.update(CSRF)
        yield opened


async def test_log_in_and_out(client: httpx.AsyncClient) -> None:
    assert (await client.get("/auth/me")).status_code == 401
    answer = await log_in(client, " Agent@Shop.example ")
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie
    me = (await client.get("/auth/me")).json()["account"]
    assert (me["email"], me["role"], me["locale"]) == (AGENT, "agent", "zh-CN")
    assert "password" not in str(me)
    assert (await client.post("/auth/logout")).status_code == 403
    token = client.cookies["aftercare_session"]
    assert (await client.post("/auth/logout", headers=CSRF)).status_code == 204
    client.cookies.set("aftercare_session", token)
    assert (await client.get("/auth/me")).status_code == 401


async def test_cookies_are_secure_behind_https(database: Database, app: FastAPI) -> None:
    async with client_of(app_on(database, Settings("https://care.example"))) as client:
        assert "Secure" in (await log_in(client, AGENT)).headers["set-cookie"]


async def test_wrong_logins_get_one_answer(
    client: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    answers = [
        await log_in(client, AGENT, "wrong password"),
        await log_in(client, "nobody@shop.example", PASSWORD),
    ]
    listed = (await admin.get("/accounts")).json()["items"]
    agent = next(one for one in listed if one["email"] == AGENT)
    await admin.post(f"/accounts/{agent['id']}/deactivate")
    answers.append(await log_in(client, AGENT))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


async def test_what_no_database_takes_is_refused_before(admin: httpx.AsyncClient) -> None:
    assert (await log_in(admin, "\x00")).status_code == 422
    assert (await admin.post("/accounts/%00/deactivate")).status_code == 422
    assert (await admin.delete("/api-keys/%00")).status_code == 422
    admin.cookies.set("aftercare_session", "%00")
    assert (await admin.get("/auth/me")).status_code == 401


async def test_ten_failures_shut_the_e_mail_for_a_quarter_hour(
    app: FastAPI, clock: FixedClock
) -> None:
    for number in range(10):
        async with client_of(app, f"192.0.2.{number}") as client:
            assert (await log_in(client, AGENT, "wrong")).status_code == 401
    async with client_of(app, "198.51.100.1") as client:
        refused = await log_in(client, AGENT)
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "901"
        assert (await log_in(client, ADMIN)).status_code == 200
        clock.advance(minutes=15, seconds=1)
        assert (await log_in(client, AGENT)).status_code == 200


async def test_fifty_failures_shut_the_address(app: FastAPI, database: Database) -> None:
    """Ten do not: a whole office may have one."""
    async with client_of(app, "2001:db8::1") as client:
        for number in range(10):
            assert (await log_in(client, f"x{number}@shop.example")).status_code == 401
        assert (await log_in(client, AGENT)).status_code == 200
        for number in range(40):
            address = address_key("2001:db8::1")
            await database.tx(service.begin_login, f"y{number}@shop.example", address)
        assert (await log_in(client, AGENT)).status_code == 429
    async with client_of(app, "2001:db8::ffff") as neighbour:
        assert (await log_in(neighbour, AGENT)).status_code == 429
    async with client_of(app, "2001:db8:0:1::1") as other:
        assert (await log_in(other, AGENT)).status_code == 200


async def test_successes_are_not_counted(client: httpx.AsyncClient) -> None:
    for _ in range(12):
        assert (await log_in(client, AGENT)).status_code == 200


async def test_a_session_ends_twelve_hours_after_its_last_use(
    client: httpx.AsyncClient, clock: FixedClock, database: Database
) -> None:
    await log_in(client, AGENT)
    for _ in range(3):
        clock.advance(hours=11)
        assert (await client.get("/auth/me")).status_code == 200
    clock.advance(hours=12, seconds=1)
    assert (await client.get("/auth/me")).status_code == 401
    await log_in(client, AGENT)
    left = await database.read(lambda tx: tx.conn.execute(sa.select(session)).all())
    assert len(left) == 1


async def test_nothing_secret_is_stored_in_the_clear(
    client: httpx.AsyncClient, admin: httpx.AsyncClient, database: Database
) -> None:
    await log_in(client, AGENT)
    key = (await admin.post("/api-keys", json={"name": "shop", "role": "manager"})).json()["key"]
    rows = await database.read(
        lambda tx: [
            tx.conn.execute(sa.select(table)).all() for table in (account, session, api_key)
        ]
    )
    stored = str(rows)
    assert "$argon2id$" in stored
    for secret in (PASSWORD, client.cookies["aftercare_session"], key, key.split("_", 2)[2]):
        assert secret not in stored


async def test_an_api_key_opens_what_its_role_may(
    client: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    made = await admin.post("/api-keys", json={"name": "reports", "role": "admin"})
    assert made.status_code == 201
    key_id, key = made.json()["id"], made.json()["key"]
    bearer = {"Authorization": f"Bearer {key}"}
    assert (await client.get("/accounts", headers=bearer)).status_code == 200
    assert (await client.get("/auth/me", headers=bearer)).status_code == 403
    (listed,) = (await client.get("/api-keys", headers=bearer)).json()["items"]
    assert (listed["id"], listed["prefix"], listed["revoked_at"]) == (
        key_id,
        key.split("_")[1],
        None,
    )
    assert "secret" not in str(listed)
    assert (await admin.delete(f"/api-keys/{key_id}")).status_code == 204
    assert (await admin.delete(f"/api-keys/{key_id}")).status_code == 404
    assert (await client.get("/accounts", headers=bearer)).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "Bearer x",
        "Bearer aftercare_0123456789ab_x",
        "Bearer ",
        "Basic YTpi",
        "aftercare_a_b",
        "Bearer é",
    ],
)
async def test_a_wrong_key_is_refused_even_beside_a_cookie(
    admin: httpx.AsyncClient, header: str
) -> None:
    answer = await admin.get("/accounts", headers=[(b"Authorization", header.encode())])
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/accounts", None),
        ("POST", "/accounts", NEW_ADMIN),
        ("POST", "/accounts/x/deactivate", None),
        ("GET", "/api-keys", None),
        ("POST", "/api-keys", {"name": "x", "role": "agent"}),
        ("DELETE", "/api-keys/x", None),
    ],
)
async def test_only_an_admin_manages(
    client: httpx.AsyncClient, method: str, path: str, body: Any
) -> None:
    assert (await client.request(method, path, json=body)).status_code == 401
    await log_in(client, AGENT)
    answer = await client.request(method, path, json=body, headers=CSRF)
    assert answer.status_code == 403


async def test_an_admin_adds_people(admin: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    form = {"email": "New@Shop.example", "name": "新人", "role": "supervisor", "password": PASSWORD}
    made = await admin.post("/accounts", json=form)
    assert (made.status_code, made.json()["email"]) == (201, "new@shop.example")
    assert (await admin.post("/accounts", json=form)).status_code == 409
    assert (await log_in(client, "new@shop.example")).status_code == 200
    assert (await admin.post("/accounts", json={**form, "password": "short"})).status_code == 422
    assert (await admin.post("/accounts", json={**form, "email": "nobody"})).status_code == 422
    without = admin.headers.pop("X-Aftercare-CSRF")
    assert (await admin.post("/accounts", json=form)).status_code == 403
    admin.headers["X-Aftercare-CSRF"] = without


async def test_a_deactivated_person_is_out_at_once(
    admin: httpx.AsyncClient, client: httpx.AsyncClient, database: Database
) -> None:
    await log_in(client, AGENT)
    agent = (await client.get("/auth/me")).json()["account"]["id"]
    assert (await admin.post(f"/accounts/{agent}/deactivate")).status_code == 204
    assert (await client.get("/auth/me")).status_code == 401
    history = await database.read(audit.history_of, f"account:{agent}")
    assert [entry.action for entry in history] == [
        "account.created",
        "account.logged_in",
        "account.deactivated",
    ]


async def test_the_last_admin_stays(admin: httpx.AsyncClient, database: Database) -> None:
    me = (await admin.get("/auth/me")).json()["account"]["id"]
    assert (await admin.post(f"/accounts/{me}/deactivate")).status_code == 409
    second = await add_account(database, "second@shop.example", Role.ADMIN)
    answers = await asyncio.gather(
        *(admin.post(f"/accounts/{one}/deactivate") for one in (me, second))
    )
    assert min(answer.status_code for answer in answers) == 204
    admins = await database.read(
        lambda tx: tx.conn.execute(
            sa.select(account.c.id).where(account.c.role == "admin", account.c.active)
        ).all()
    )
    assert len(admins) == 1


async def test_a_changed_password_ends_the_other_sessions(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    await log_in(client, AGENT)
    async with client_of(app) as elsewhere:
        await log_in(elsewhere, AGENT)
        form = {"old": "wrong", "new": "another long one"}
        assert (await client.post("/auth/password", json=form, headers=CSRF)).status_code == 401
        form["old"] = PASSWORD
        assert (await client.post("/auth/password", json=form, headers=CSRF)).status_code == 204
        assert (await client.get("/auth/me")).status_code == 200
        assert (await elsewhere.get("/auth/me")).status_code == 401
        assert (await log_in(elsewhere, AGENT)).status_code == 401
        assert (await log_in(elsewhere, AGENT, "another long one")).status_code == 200
