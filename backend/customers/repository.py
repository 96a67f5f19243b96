"""Rows of customers and contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.customers.models import contact, customer
from backend.kit.db import Tx
from backend.kit.sql import Upsert, row, run, update_by_id


@dataclass(frozen=True, slots=True)
class Customer:
    """A person. `external_id` is the shop's id, `tier` one of rules.TIERS."""

    id: str
    external_id: str
    name: str
    email: str | None
    phone: str | None
    locale: str | None
    tier: str
    blacklisted: bool
    note: str
    address: Mapping[str, str] | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """A customer's identity on a channel account; `customer_id` only once the channel proved it."""

    id: str
    channel_account: str
    external_id: str
    display_name: str
    locale: str | None
    customer_id: str | None
    created_at: datetime


# Built once: these run at every message.
_id: sa.BindParameter[str] = sa.bindparam("id")
_contacts = sa.select(*[contact.c[name] for name in Contact.__dataclass_fields__])
_CUSTOMER = sa.select(*[customer.c[name] for name in Customer.__dataclass_fields__]).where(
    customer.c.id == _id
)
_CUSTOMER_BY_EXTERNAL_ID = sa.select(
    *[customer.c[name] for name in Customer.__dataclass_fields__]
).where(customer.c.external_id == sa.bindparam("external_id"))
_CONTACT = _contacts.where(contact.c.id == _id)
_CONTACT_LOCKED = _CONTACT.with_for_update()
_FIND_CONTACT = _contacts.where(
    contact.c.channel_account == sa.bindparam("channel_account"),
    contact.c.external_id == sa.bindparam("external_id"),
)
_FIND_CONTACT_LOCKED = _FIND_CONTACT.with_for_update()
_INSERT_CONTACT = Upsert(
    contact,
    ["id", "channel_account", "external_id", "display_name", "locale", "created_at"],
    lambda insert: insert.on_conflict_do_nothing(index_elements=["channel_account", "external_id"]),
)


def get_customer(tx: Tx, customer_id: str) -> Customer | None:
    found = row(tx, _CUSTOMER, {"id": customer_id})
    return Customer(*found) if found else None


def customer_by_external_id(tx: Tx, external_id: str) -> Customer | None:
    found = row(tx, _CUSTOMER_BY_EXTERNAL_ID, {"external_id": external_id})
    return Customer(*found) if found else None


def customers_by_external_id(tx: Tx, external_ids: Sequence[str]) -> Mapping[str, Customer]:
    """The known ones of these."""
    rows = tx.conn.execute(sa.select(customer).where(customer.c.external_id.in_(external_ids)))
    return {row.external_id: Customer(**row._mapping) for row in rows}


def insert_customers(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add customers; one that another transaction added meanwhile is left as it is."""
    insert = postgresql.insert if tx.is_postgres else sqlite.insert
    tx.conn.execute(
        insert(customer).on_conflict_do_nothing(index_elements=["external_id"]), list(rows)
    )


def update_customer(tx: Tx, customer_id: str, values: Mapping[str, Any]) -> None:
    run(tx, update_by_id(customer), {"row_id": customer_id, **values})


def get_contact(tx: Tx, contact_id: str, *, lock: bool = False) -> Contact | None:
    found = row(tx, _CONTACT_LOCKED if lock else _CONTACT, {"id": contact_id})
    return Contact(*found) if found else None


def find_contact(
    tx: Tx, channel_account: str, external_id: str, *, lock: bool = False
) -> Contact | None:
    names = {"channel_account": channel_account, "external_id": external_id}
    found = row(tx, _FIND_CONTACT_LOCKED if lock else _FIND_CONTACT, names)
    return Contact(*found) if found else None


def insert_contact(tx: Tx, values: Mapping[str, Any]) -> None:
    """Add a contact unless somebody else just did."""
    run(tx, _INSERT_CONTACT, values)


def update_contact(tx: Tx, contact_id: str, values: Mapping[str, Any]) -> None:
    run(tx, update_by_id(contact), {"row_id": contact_id, **values})
