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


def get_customer(tx: Tx, customer_id: str) -> Customer | None:
    row = tx.conn.execute(sa.select(customer).where(customer.c.id == customer_id)).one_or_none()
    return None if row is None else Customer(**row._mapping)


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
    tx.conn.execute(sa.update(customer).where(customer.c.id == customer_id).values(**values))


def get_contact(tx: Tx, contact_id: str, *, lock: bool = False) -> Contact | None:
    query = sa.select(contact).where(contact.c.id == contact_id)
    row = tx.conn.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Contact(**row._mapping)


def find_contact_locked(tx: Tx, channel_account: str, external_id: str) -> Contact | None:
    query = sa.select(contact).where(
        contact.c.channel_account == channel_account, contact.c.external_id == external_id
    )
    row = tx.conn.execute(query.with_for_update()).one_or_none()
    return None if row is None else Contact(**row._mapping)


def insert_contact(tx: Tx, values: Mapping[str, Any]) -> None:
    """Add a contact unless somebody else just did."""
    insert = postgresql.insert if tx.is_postgres else sqlite.insert
    statement = insert(contact).values(**values)
    tx.conn.execute(
        statement.on_conflict_do_nothing(index_elements=["channel_account", "external_id"])
    )


def update_contact(tx: Tx, contact_id: str, values: Mapping[str, Any]) -> None:
    tx.conn.execute(sa.update(contact).where(contact.c.id == contact_id).values(**values))
