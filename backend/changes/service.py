"""Changes as the other rooms use them: what there is, what it comes to, and asking for it.

Requests are in `requests`, what people decide in `deciding`, what is done in `effects`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from backend.audit import service as audit
from backend.catalog import service as catalog
from backend.catalog.service import Variant
from backend.changes import cases, repository, rules
from backend.changes.cases import Case
from backend.changes.deciding import (
    approve_change,
    due_transfers,
    receive_goods,
    reject_change,
    settle_transfer,
    withdraw_change,
)
from backend.changes.facts import (
    Cancel,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    Exchange,
    Quote,
    Refusal,
    Return,
    Swap,
    Wanted,
    Wish,
)
from backend.changes.policy import NOTHING, ChangePolicy, read_policy
from backend.changes.repository import Change
from backend.changes.requests import ChangeRequest, owns, request_change
from backend.customers import profile
from backend.customers import service as customers
from backend.customers.repository import Contact, Customer
from backend.kit.actor import Actor, Role, require
from backend.kit.db import Tx
from backend.kit.errors import Conflict, Forbidden
from backend.orders.entities import Order

__all__ = [
    "NOTHING",
    "Cancel",
    "Case",
    "Change",
    "ChangeAddress",
    "ChangeItems",
    "ChangePayment",
    "ChangePolicy",
    "ChangeRequest",
    "Exchange",
    "Quote",
    "Refusal",
    "Return",
    "Swap",
    "Wanted",
    "Wish",
    "approve_change",
    "change_default_address",
    "check_order",
    "due_transfers",
    "identify",
    "load_case",
    "quote",
    "read_policy",
    "receive_goods",
    "reject_change",
    "request_change",
    "settle_transfer",
    "variants_of",
    "withdraw_change",
]


def load_case(tx: Tx, order: Order, contact: Contact) -> Case:
    """What changes of one of the contact's orders depend on; his methods only if he is known."""
    own = contact.customer_id == order.customer_id
    return cases.load_case(tx, order, own_methods=own)


def check_order(
    tx: Tx, case: Case, kind: str, policy: ChangePolicy, timezone: str
) -> Refusal | None:
    """Can this kind of change be asked for on the order at all?"""
    return rules.check_order(case.facts, kind, tx.now, policy, timezone)


def quote(tx: Tx, case: Case, wish: Wish, policy: ChangePolicy, timezone: str) -> Quote | Refusal:
    """What the change would come to, or why it can't be."""
    return cases.quote_case(tx, case, wish, policy, timezone)


def variants_of(tx: Tx, product_id: str) -> Sequence[Variant]:
    """All variants of a product, also those that can't be had now."""
    return catalog.variants_of(tx, product_id)


def change_default_address(
    tx: Tx,
    customer_id: str,
    address: Mapping[str, str],
    key: str,
    actor: Actor,
    policy: ChangePolicy,
    *,
    contact_id: str | None = None,
) -> Change:
    """Where the customer's orders go from now on. `key` names the wish, as in a ChangeRequest.

    Raises: Forbidden unless he is known to be this customer; Conflict (not_offered,
    key_used_otherwise); Invalid for what is no address.
    """
    if actor.kind == "customer":
        if not owns(tx, contact_id, customer_id):
            raise Forbidden("identity_needed")
    else:
        require(actor, Role.AGENT)
    if policy.changes.default_address is None:
        raise Conflict("not_offered", params={"kind": "default_address"})
    told = profile.read_address(address)
    # The address itself is in the profile alone; this tells it from another.
    mark = sha256(told.model_dump_json().encode()).hexdigest()
    wish = {"kind": "default_address", "address_sha256": mark}
    known = repository.by_key(tx, key)
    if known is not None:
        if known.customer_id != customer_id or known.wish != wish:
            raise Conflict("key_used_otherwise", "this key named another change")
        return known
    profile.set_address(tx, customer_id, told)
    change = Change(
        id=tx.ids.new(),
        key=key,
        ticket_id=None,
        order_id=None,
        customer_id=customer_id,
        kind="default_address",
        state="applied",
        wish=wish,
        difference=0,
        currency=None,
        requested_by_kind=actor.kind,
        requested_by_id=actor.id,
        requested_at=tx.now,
        finished_at=tx.now,
    )
    repository.add(tx, change, ())
    external_id = customers.get_customer(tx, customer_id).external_id
    audit.record(
        tx, actor, "customer.address_changed", f"customer:{external_id}", {"change": change.id}
    )
    return change


def identify(tx: Tx, told: Mapping[str, str], policy: ChangePolicy) -> Customer | None:
    """The customer that what he told names, by a way the shop accepts: `email`, or `name` and
    `postal_code`. None if nobody, or more than one. Changes nothing."""
    if "email" in policy.identity and told.get("email"):
        return profile.find_by_email(tx, told["email"])
    if "name_postal_code" in policy.identity and told.get("name") and told.get("postal_code"):
        return profile.find_by_name_and_postal_code(tx, told["name"], told["postal_code"])
    return None
