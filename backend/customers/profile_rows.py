"""Rows of saved payment methods, and customers found by what they say of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from backend.customers.models import customer, payment_method
from backend.customers.repository import Customer
from backend.kit.db import Tx

MANY = 20
"""People of one name that are compared; a name so common proves nothing."""


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A saved method. `kind`: gift_card, paypal, credit_card; `balance` of a gift card, in minor
    units of `currency`."""

    id: str
    customer_id: str
    kind: str
    last_four: str | None
    balance: int | None
    currency: str | None


_columns = [payment_method.c[name] for name in PaymentMethod.__dataclass_fields__]
_customers = [customer.c[name] for name in Customer.__dataclass_fields__]


def of_customer(tx: Tx, customer_id: str, *, lock: bool) -> Sequence[PaymentMethod]:
    query = sa.select(*_columns).where(payment_method.c.customer_id == customer_id)
    query = query.order_by(payment_method.c.id)
    found = tx.conn.execute(query.with_for_update() if lock else query)
    return [PaymentMethod(*row) for row in found]


def of_others(tx: Tx, customer_id: str, ids: Sequence[str]) -> Sequence[str]:
    """Those of these ids that another customer has."""
    query = sa.select(payment_method.c.id).where(
        payment_method.c.id.in_(ids), payment_method.c.customer_id != customer_id
    )
    return list(tx.conn.execute(query).scalars())


def replace_all(tx: Tx, customer_id: str, methods: Sequence[PaymentMethod]) -> None:
    tx.conn.execute(sa.delete(payment_method).where(payment_method.c.customer_id == customer_id))
    if methods:
        tx.conn.execute(sa.insert(payment_method), [asdict(one) for one in methods])


def add_to_balance(tx: Tx, method_id: str, amount: int) -> bool:
    """Whether the card exists and had enough."""
    statement = (
        sa.update(payment_method)
        .where(payment_method.c.id == method_id, payment_method.c.balance + amount >= 0)
        .values(balance=payment_method.c.balance + amount)
    )
    return tx.conn.execute(statement).rowcount == 1


def by_email(tx: Tx, email: str) -> Sequence[Customer]:
    query = sa.select(*_customers).where(customer.c.email == email).limit(2)
    return [Customer(*row) for row in tx.conn.execute(query)]


def by_name(tx: Tx, name: str) -> Sequence[Customer]:
    """People called `name`, given in lower case, as names are mostly written; nobody for a name of
    more than MANY, of whom some would not be compared."""
    as_written = {name, name.title(), name.upper()}
    query = sa.select(*_customers).where(customer.c.name.in_(sorted(as_written))).limit(MANY + 1)
    found = [Customer(*row) for row in tx.conn.execute(query)]
    return found if len(found) <= MANY else []
