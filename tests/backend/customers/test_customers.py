"""Customers by the shop's id, contacts by their channel, and the tie between them."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from backend.audit import service as audit
from backend.customers import service
from backend.customers.models import contact
from backend.customers.repository import Contact, Customer
from backend.customers.rules import clean, digits_of, mask_email, mask_phone
from backend.customers.schemas import CustomerIn
from backend.kit.actor import SYSTEM
from backend.kit.db import Database, Tx
from backend.kit.errors import Conflict, NotFound


@pytest.mark.parametrize(
    ("email", "masked"),
    [
        ("linxiao@example.com", "l***o@example.com"),
        ("ab@example.com", "a***@example.com"),
        ("a@b@example.com", "a***b@example.com"),
        ("nonsense", "***"),
        ("", None),
        (None, None),
    ],
)
def test_masked_emails(email: str | None, masked: str | None) -> None:
    assert mask_email(email) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("+86 138 0013 8001", "***8001"), ("138****8001", "***8001"), ("12345", "***"), (None, None)],
)
def test_masked_phones(phone: str | None, masked: str | None) -> None:
    assert mask_phone(phone) == masked


def test_digits_of_any_script() -> None:
    assert digits_of("１３８-٠٠١٣ x ²") == "1380013"


def test_names_from_channels_are_cleaned() -> None:
    assert clean("  Emma\n\x00\ud800 Clarke " + "x" * 200, 20) == "Emma Clarke xxxxxxxx"


def customer_in(**changes: object) -> CustomerIn:
    known = {
        "external_id": "C1",
        "name": "林晓",
        "email": "Lin@Example.com",
        "phone": "13800138001",
    }
    return CustomerIn.model_validate({**known, **changes})


async def upsert(database: Database, *customers: CustomerIn) -> Customer:
    found = await database.tx(service.upsert_customers, SYSTEM, customers)
    return found[customers[0].external_id]


async def test_a_new_customer_is_standard_and_welcome(database: Database) -> None:
    customer = await upsert(database, customer_in())
    assert (customer.tier, customer.blacklisted, customer.email) == (
        "standard",
        False,
        "lin@example.com",
    )


async def test_what_an_update_leaves_out_stays(database: Database) -> None:
    first = await upsert(database, customer_in(tier="vip", blacklisted=True, note="calls often"))
    second = await upsert(database, CustomerIn(external_id="C1", name="林晓晓"))
    assert second.name == "林晓晓"
    assert (second.id, second.tier, second.blacklisted, second.phone, second.note) == (
        first.id,
        "vip",
        True,
        "13800138001",
        "calls often",
    )


async def test_the_log_holds_what_decides_but_no_addresses(database: Database) -> None:
    await upsert(database, customer_in())
    await upsert(database, customer_in(tier="gold", email="new@example.com"))
    (entry,) = await database.read(audit.history_of, "customer:C1")
    assert entry.data == {"fields": ["email", "tier"], "tier": ["standard", "gold"]}


async def test_an_upsert_that_says_nothing_new_logs_nothing(database: Database) -> None:
    await upsert(database, customer_in())
    await upsert(database, customer_in())
    assert await database.read(audit.history_of, "customer:C1") == []


async def test_the_same_new_customer_from_two_sides_is_one(database: Database) -> None:
    found = await asyncio.gather(*(upsert(database, customer_in()) for _ in range(8)))
    assert len({customer.id for customer in found}) == 1


async def lock(database: Database, name: str = "Lin", locale: str | None = "zh-CN") -> Contact:
    return await database.tx(service.lock_contact, "web", "visitor-1", name, locale)


async def test_a_contact_is_made_once(database: Database) -> None:
    found = await asyncio.gather(*(lock(database) for _ in range(8)))
    assert len({one.id for one in found}) == 1
    other = await database.tx(service.lock_contact, "tg", "visitor-1", "Lin", None)
    assert other.id != found[0].id


async def test_a_contacts_name_and_locale_follow_the_channel(database: Database) -> None:
    await lock(database)
    assert (await lock(database, name="晓", locale="en")).locale == "en"
    kept = await lock(database, name="", locale=None)
    assert (kept.display_name, kept.locale) == ("晓", "en")


async def test_a_contact_is_bound_to_a_known_customer_only(database: Database) -> None:
    visitor = await lock(database)
    assert (await database.tx(service.bind_contact, visitor.id, "C1")).customer_id is None
    customer = await upsert(database, customer_in())
    bound = await database.tx(service.bind_contact, visitor.id, "C1")
    assert bound.customer_id == customer.id
    assert await database.read(service.customer_of, bound) == customer
    assert await database.tx(service.bind_contact, visitor.id, "C1") == bound


async def test_a_bound_contact_is_never_moved_to_another_customer(database: Database) -> None:
    await upsert(database, customer_in(), customer_in(external_id="C2"))
    visitor = await lock(database)
    bound = await database.tx(service.bind_contact, visitor.id, "C1")
    with pytest.raises(Conflict):
        await database.tx(service.bind_contact, visitor.id, "C2")
    assert await database.read(service.get_contact, visitor.id) == bound


async def test_unknown_contacts_are_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        await database.tx(service.lock_contact_by_id, "nobody")
    with pytest.raises(NotFound):
        await database.read(service.get_contact, "nobody")


async def test_the_contacts_row_makes_others_wait(database: Database) -> None:
    visitor = await lock(database)

    def count_up(tx: Tx) -> None:
        found = service.lock_contact_by_id(tx, visitor.id)
        number = int(found.display_name or 0)
        values = {"display_name": str(number + 1)}
        tx.conn.execute(sa.update(contact).where(contact.c.id == visitor.id).values(**values))

    await database.tx(service.lock_contact, "web", "visitor-1", "0", None)
    await asyncio.gather(*(database.tx(count_up) for _ in range(20)))
    assert (await database.read(service.get_contact, visitor.id)).display_name == "20"
