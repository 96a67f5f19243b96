"""Hashing: argon2id, off the event loop, with one duration for known and unknown people."""

from __future__ import annotations

import asyncio
import time

import pytest
from argon2 import PasswordHasher

from backend.accounts import service
from backend.accounts.logins import log_in
from backend.accounts.passwords import Passwords
from backend.accounts.rules import address_key, compose_key, split_key
from backend.kit.actor import SYSTEM, Role
from backend.kit.db import Database
from backend.kit.errors import Conflict, Invalid
from tests.backend.accounts.api import CHEAP, PASSWORD, add_account


def test_commands_hash_with_the_full_cost() -> None:
    hashed = service.hash_password(PASSWORD)
    assert hashed.startswith("$argon2id$")
    assert not Passwords().is_outdated(hashed)
    with pytest.raises(Invalid):
        service.hash_password("short")


async def test_verification() -> None:
    known = await CHEAP.hash(PASSWORD)
    assert await CHEAP.verify(known, PASSWORD)
    assert not await CHEAP.verify(known, PASSWORD + " ")
    assert not await CHEAP.verify(None, "nobody's password")
    assert not await CHEAP.verify("no hash at all", PASSWORD)


async def test_the_event_loop_goes_on_while_hashing() -> None:
    slow = Passwords(PasswordHasher(time_cost=4, memory_cost=65536, parallelism=1))
    hashing = asyncio.ensure_future(slow.hash(PASSWORD))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 5


async def test_an_unknown_person_costs_as_much_time() -> None:
    passwords = Passwords(PasswordHasher(time_cost=2, memory_cost=16384, parallelism=1))
    known = await passwords.hash(PASSWORD)
    await passwords.verify(None, "warm up")

    async def cpu(of: str | None) -> float:
        start = time.process_time()
        await passwords.verify(of, "wrong")
        return time.process_time() - start

    wrong = min([await cpu(known) for _ in range(5)])
    unknown = min([await cpu(None) for _ in range(5)])
    assert unknown > wrong / 2


async def test_an_outdated_hash_is_renewed_at_login(database: Database) -> None:
    await add_account(database, "a@shop.example", Role.AGENT)
    newer = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    account, _token = await log_in(database, newer, "a@shop.example", PASSWORD, "192.0.2.1")
    stored = await database.read(service.get_account, account.id)
    assert not newer.is_outdated(stored.password_hash)
    await log_in(database, newer, "a@shop.example", PASSWORD, "192.0.2.1")


async def test_one_e_mail_one_account(database: Database) -> None:
    async def create() -> str:
        try:
            return await add_account(database, "A@shop.example", Role.AGENT)
        except Conflict as error:
            return error.code

    results = await asyncio.gather(*(create() for _ in range(5)))
    assert sorted(results)[-4:] == ["email_taken"] * 4
    with pytest.raises(Invalid):
        await database.tx(service.create_account, SYSTEM, "no address", "x", Role.AGENT, "hash")


def test_a_key_reads_back() -> None:
    assert split_key(compose_key("0123456789ab", "a_b-c")) == ("0123456789ab", "a_b-c")
    for other in ("", "aftercare", "aftercare_x", "other_a_b", "aftercare_" + "x" * 17 + "_y"):
        assert split_key(other) is None


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::1", "2001:db8::/64"),
        ("testclient", "unknown"),
        ("", "unknown"),
    ],
)
def test_places_to_log_in_from(address: str, key: str) -> None:
    assert address_key(address) == key
