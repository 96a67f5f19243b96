"""Orders as a contact or another domain may read them.

Nobody hears of an order before it is shown to be his. A contact sees the orders of the customer its
channel vouches for, and those it proved one by one with a second factor; nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

from backend.audit import service as audit
from backend.customers import service as customers
from backend.kit.actor import Actor
from backend.kit.db import Tx
from backend.kit.errors import Forbidden, NotFound
from backend.orders import repository
from backend.orders.entities import Order
from backend.orders.rules import (
    ATTEMPTS_WINDOW,
    CONTACT_ATTEMPTS,
    NUMBER_ATTEMPTS,
    factor_matches,
    number_key,
)


def load_order(tx: Tx, order_id: str, *, lock: bool = False) -> Order:
    """The whole order. `lock` holds its row until the commit: the one lock under which money on
    this order is counted and moved. Raises: NotFound."""
    found = repository.order_by_id(tx, order_id, lock=lock)
    if found is None:
        raise NotFound("order_not_found")
    return found


def orders_of_customer(tx: Tx, customer_id: str, limit: int) -> Sequence[Order]:
    """The customer's latest orders, newest first: for people and programs of the shop."""
    return repository.orders_of_customer(tx, customer_id, limit)


def orders_of_contact(tx: Tx, contact_id: str, limit: int = 5) -> Sequence[Order]:
    """The latest orders this contact may hear of, newest first."""
    return repository.orders_of_contact(tx, contact_id, limit)


def order_of_contact(tx: Tx, contact_id: str, order_id: str) -> Order:
    """One of the contact's orders. Raises: NotFound, also for somebody else's."""
    found = repository.order_of_contact(tx, contact_id, order_id)
    if found is None:
        raise NotFound("order_not_found")
    return found


def require_order_of_contact(tx: Tx, contact_id: str, order_id: str) -> None:
    """That the contact may hear of the order. Raises: NotFound."""
    if not repository.is_of_contact(tx, contact_id, order_id):
        raise NotFound("order_not_found")


def find_of_contact(tx: Tx, contact_id: str, number: str) -> Order | None:
    """One of the contact's orders by the number as he types it."""
    return repository.order_of_contact_by_key(tx, contact_id, number_key(number))


def attempts_left(tx: Tx, contact_id: str) -> int:
    """Tries the contact still has to prove an order; failures count for 24 hours."""
    failed = repository.failures_of_contact(tx, contact_id, tx.now - ATTEMPTS_WINDOW)
    return max(0, CONTACT_ATTEMPTS - failed)


def attempts_left_at(tx: Tx, number: str) -> int:
    """Tries all contacts together still have at a number; failures count for 24 hours."""
    key = _stored_key(number_key(number))
    failed = repository.failures_of_number(tx, key, tx.now - ATTEMPTS_WINDOW)
    return max(0, NUMBER_ATTEMPTS - failed)


def check_second_factor(tx: Tx, contact_id: str, number: str, factor: str) -> str | None:
    """The order's id if `factor` (phone's last four digits, the phone, or the e-mail) proves it.

    None for a wrong factor, an unknown number, a contact without attempts left, or a number that
    was failed at too often by anybody; the same work is done in each case. Changes nothing.
    """
    key = number_key(number)
    proof = repository.proof_of(tx, key)
    has_attempts = attempts_left(tx, contact_id) > 0
    failures = repository.failures_of_number(tx, _stored_key(key), tx.now - ATTEMPTS_WINDOW)
    email, phone = (proof.email, proof.phone) if proof else (None, None)
    matches = factor_matches(factor, email, phone)
    if proof is not None and matches and has_attempts and failures < NUMBER_ATTEMPTS:
        return proof.order_id
    return None


def count_failed_verification(tx: Tx, contact_id: str, number: str) -> None:
    """Take one attempt from the contact and from the number."""
    contact = customers.lock_contact_by_id(tx, contact_id)
    key = _stored_key(number_key(number))
    repository.insert_failure(tx, contact_id, key)
    actor = Actor("customer", contact_id, contact.display_name)
    audit.record(tx, actor, "order.verification_failed", f"contact:{contact_id}", {"number": key})


def grant_order(tx: Tx, contact_id: str, number: str, factor: str) -> str:
    """Let the contact see the order from now on, once the factor is checked again under its lock.

    Returns the order's id. Raises: Forbidden when `check_second_factor` says no.
    """
    contact = customers.lock_contact_by_id(tx, contact_id)
    order_id = check_second_factor(tx, contact_id, number, factor)
    if order_id is None:
        raise Forbidden("verification_failed")
    if repository.insert_grant(tx, contact_id, order_id):
        actor = Actor("customer", contact_id, contact.display_name)
        subject = f"order:{load_order(tx, order_id).number}"
        audit.record(tx, actor, "order.granted", subject, {"contact": contact_id})
    return order_id


def _stored_key(key: str) -> str:
    """What is kept of a number that may be a whole essay."""
    return key[:64]
