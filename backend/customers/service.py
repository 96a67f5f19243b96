"""Customers come with the shop's orders; contacts come with messages.

A contact's row is the lock of its conversation: whoever handles a message takes it first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.audit import service as audit
from backend.customers import profile, repository
from backend.customers.repository import Contact, Customer
from backend.customers.rules import clean
from backend.customers.schemas import CustomerIn
from backend.kit.actor import Actor
from backend.kit.db import Tx
from backend.kit.errors import Conflict, NotFound

_KEPT_IF_MISSING = ("email", "phone", "locale", "tier", "blacklisted", "note", "address")


def upsert_customers(
    tx: Tx, actor: Actor, customers: Sequence[CustomerIn]
) -> Mapping[str, Customer]:
    """Add or update them; the last of several with one external id wins.

    Returns those customers by external id. What a `CustomerIn` leaves out stays as it was.
    """
    wanted = {one.external_id: one for one in customers}
    known = repository.customers_by_external_id(tx, list(wanted))
    # In one order, so that two imports never wait for each other.
    missing = [wanted[key] for key in sorted(wanted.keys() - known.keys())]
    if missing:
        repository.insert_customers(tx, [_new_row(tx, one) for one in missing])
        known = repository.customers_by_external_id(tx, list(wanted))
    notes: list[audit.Note] = []
    for key in sorted(wanted):
        values = _changes(known[key], wanted[key])
        if values:
            repository.update_customer(tx, known[key].id, values)
            notes.append(_note(known[key], values))
        methods = wanted[key].payment_methods
        if methods is not None and profile.keep_methods(tx, known[key].id, methods):
            notes.append(
                audit.Note("customer.payment_methods", f"customer:{key}", {"count": len(methods)})
            )
    audit.record_many(tx, actor, notes)
    return repository.customers_by_external_id(tx, list(wanted)) if notes else known


def get_customer(tx: Tx, customer_id: str) -> Customer:
    """Raises: NotFound."""
    found = repository.get_customer(tx, customer_id)
    if found is None:
        raise NotFound("customer_not_found")
    return found


def find_customer(tx: Tx, external_id: str) -> Customer | None:
    """The customer with the shop's id."""
    return repository.customer_by_external_id(tx, external_id)


def lock_contact(
    tx: Tx, channel_account: str, external_id: str, display_name: str, locale: str | None
) -> Contact:
    """Find or make the contact and hold its row until the commit; name and locale are refreshed
    when the channel tells new ones."""
    name = clean(display_name, 120)
    found = repository.find_contact(tx, channel_account, external_id, lock=True)
    if found is None:
        repository.insert_contact(
            tx,
            {
                "id": tx.ids.new(),
                "channel_account": channel_account,
                "external_id": external_id,
                "display_name": name,
                "locale": locale,
                "created_at": tx.now,
            },
        )
        found = repository.find_contact(tx, channel_account, external_id, lock=True)
        if found is None:
            raise RuntimeError("a contact vanished between its insert and its lock")
    fresh = {"display_name": name or found.display_name, "locale": locale or found.locale}
    if (found.display_name, found.locale) != (fresh["display_name"], fresh["locale"]):
        repository.update_contact(tx, found.id, fresh)
        return get_contact(tx, found.id)
    return found


def find_contact(tx: Tx, channel_account: str, external_id: str) -> Contact | None:
    """The contact with the channel's id, if it ever wrote."""
    return repository.find_contact(tx, channel_account, external_id)


def lock_contact_by_id(tx: Tx, contact_id: str) -> Contact:
    """Hold a known contact's row until the commit. Raises: NotFound."""
    found = repository.get_contact(tx, contact_id, lock=True)
    if found is None:
        raise NotFound("contact_not_found")
    return found


def get_contact(tx: Tx, contact_id: str) -> Contact:
    """Raises: NotFound."""
    found = repository.get_contact(tx, contact_id)
    if found is None:
        raise NotFound("contact_not_found")
    return found


def customer_of(tx: Tx, contact: Contact) -> Customer | None:
    """Who the channel proved this contact to be; None while nobody knows."""
    return None if contact.customer_id is None else get_customer(tx, contact.customer_id)


def bind_contact(tx: Tx, contact_id: str, customer_external_id: str) -> Contact:
    """`bind_locked` for a contact that is not held yet. Raises: NotFound, Conflict."""
    return bind_locked(tx, lock_contact_by_id(tx, contact_id), customer_external_id)


def bind_locked(tx: Tx, contact: Contact, customer_external_id: str) -> Contact:
    """Tie a contact, held by the caller, to the customer its channel vouches for; unbound if the
    shop knows none such.

    Raises: Conflict when it is tied to another customer: two people would share one conversation,
    and one would hear of the other's orders.
    """
    person = find_customer(tx, customer_external_id)
    if contact.customer_id is not None:
        if person is None or contact.customer_id != person.id:
            raise Conflict("contact_bound_to_another", "this contact is another customer's")
        return contact
    if person is None:
        return contact
    repository.update_contact(tx, contact.id, {"customer_id": person.id})
    actor = Actor("customer", contact.id, contact.display_name)
    audit.record(tx, actor, "contact.bound", f"contact:{contact.id}", {"customer": person.id})
    return get_contact(tx, contact.id)


def _new_row(tx: Tx, one: CustomerIn) -> dict[str, Any]:
    return {
        "id": tx.ids.new(),
        "external_id": one.external_id,
        "name": one.name,
        "email": one.email,
        "phone": one.phone,
        "locale": one.locale,
        "tier": one.tier or "standard",
        "blacklisted": bool(one.blacklisted),
        "note": one.note or "",
        "address": one.address.model_dump() if one.address else None,
        "created_at": tx.now,
    }


def _changes(known: Customer, one: CustomerIn) -> dict[str, Any]:
    given = {name: getattr(one, name) for name in _KEPT_IF_MISSING}
    given["address"] = one.address.model_dump() if one.address else None
    told = {"name": one.name} | {name: value for name, value in given.items() if value is not None}
    return {name: value for name, value in told.items() if getattr(known, name) != value}


def _note(known: Customer, values: Mapping[str, Any]) -> audit.Note:
    """What changed; a log nobody can erase from holds no names, addresses or numbers."""
    decisive = {
        name: [getattr(known, name), values[name]]
        for name in ("tier", "blacklisted")
        if name in values
    }
    data = {"fields": sorted(values), **decisive}
    return audit.Note("customer.updated", f"customer:{known.external_id}", data)
