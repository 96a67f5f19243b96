"""The accounts' and orders' endpoints alone, on a test's database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI

from backend import problems
from backend.accounts import endpoints as accounts
from backend.accounts import service
from backend.accounts.passwords import Passwords
from backend.kit.actor import SYSTEM, Role
from backend.kit.db import Database
from backend.orders import endpoints as orders

CSRF = {"X-Aftercare-CSRF": "1"}
PASSWORD = "correct horse battery"
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
"""Real argon2 at a thousandth of the cost."""


@dataclass
class Settings:
    public_url: str = "http://127.0.0.1:8000"


@dataclass
class StubHouse:
    db: Database
    settings: Settings


def app_on(database: Database, settings: Settings | None = None) -> FastAPI:
    app = FastAPI()
    problems.install(app)
    app.include_router(accounts.router, prefix="/api/v1")
    app.include_router(orders.router, prefix="/api/v1")
    app.dependency_overrides[accounts.passwords] = lambda: CHEAP
    app.state.house = StubHouse(database, settings or Settings())
    return app


@asynccontextmanager
async def client_of(app: FastAPI, address: str = "192.0.2.1") -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, client=(address, 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop/api/v1") as client:
        yield client


async def add_account(database: Database, email: str, role: Role) -> str:
    """An account with PASSWORD; returns its id."""
    hashed = await CHEAP.hash(PASSWORD)
    account = await database.tx(service.create_account, SYSTEM, email, "Mei", role, hashed)
    return account.id


async def log_in(client: httpx.AsyncClient, email: str, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/auth/login", json={"email": email, "password": password})
