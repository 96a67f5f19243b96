"""What the shop keeps of a customer beside his name: saved payment methods and his address.

Balances of gift cards are money: whoever moves some holds the card's row, and no balance can go
below nothing whatever a check missed.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from backend.customers import profile_rows
from backend.customers.profile_rows import PaymentMethod
from backend.customers.repository import Customer, update_customer
from backend.customers.schemas import AddressIn, PaymentMethodIn
from backend.kit.db import Tx
from backend.kit.errors import Conflict, FieldError, Invalid
from backend.kit.fields import normalise_email

__all__ = ["PaymentMethod"]

GIFT_CARD = "gift_card"


def methods_of(tx: Tx, customer_id: str, *, lock: bool = False) -> Sequence[PaymentMethod]:
    """His saved methods by id. `lock` holds their rows until the commit."""
    return profile_rows.of_customer(tx, customer_id, lock=lock)


def keep_methods(tx: Tx, customer_id: str, told: Sequence[PaymentMethodIn]) -> bool:
    """Make these all the methods he has; whether that changed anything.

    Raises: Invalid when a method is another customer's, or is told twice.
    """
    wanted = {one.id: _row(customer_id, one) for one in told}
    if len(wanted) < len(told):
        raise Invalid("bad_customer", errors=[FieldError("payment_methods", "an id twice")])
    if taken := profile_rows.of_others(tx, customer_id, list(wanted)):
        reason = f"{taken[0]} belongs to another customer"
        raise Invalid("bad_customer", errors=[FieldError("payment_methods", reason)])
    known = {one.id: one for one in methods_of(tx, customer_id, lock=True)}
    if known == wanted:
        return False
    profile_rows.replace_all(tx, customer_id, list(wanted.values()))
    return True


def move_balance(tx: Tx, method_id: str, amount: int) -> None:
    """Put `amount` on a gift card (or take it, below 0). Raises: Conflict when it holds less."""
    if not profile_rows.add_to_balance(tx, method_id, amount):
        raise Conflict("balance_too_small")


def read_address(told: Mapping[str, str]) -> AddressIn:
    """A postal address as somebody told it. Raises: Invalid naming the faulty fields."""
    try:
        return AddressIn.model_validate(dict(told))
    except ValidationError as error:
        faults = [
            FieldError(".".join(map(str, one["loc"])), one["msg"])
            for one in error.errors(include_url=False, include_input=False)
        ]
        raise Invalid("bad_address", errors=faults) from error


def set_address(tx: Tx, customer_id: str, address: AddressIn) -> None:
    """Where his orders go from now on, unless told."""
    update_customer(tx, customer_id, {"address": address.model_dump()})


def find_by_email(tx: Tx, email: str) -> Customer | None:
    """The one customer with this e-mail; None when there is none, or more than one."""
    found = profile_rows.by_email(tx, normalise_email(email))
    return found[0] if len(found) == 1 else None


def find_by_name_and_postal_code(tx: Tx, name: str, postal_code: str) -> Customer | None:
    """The one customer of this name whose address has this postal code; None if not exactly one."""
    wanted = _compared(postal_code)
    found = [
        one
        for one in profile_rows.by_name(tx, _compared(name))
        if hmac.compare_digest(_postal_code(one.address).encode(), wanted.encode())
    ]
    return found[0] if wanted and len(found) == 1 else None


def _postal_code(address: Mapping[str, str] | None) -> str:
    return _compared((address or {}).get("postal_code", ""))


def _compared(text: str) -> str:
    """Without case, width and doubled spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _row(customer_id: str, one: PaymentMethodIn) -> PaymentMethod:
    return PaymentMethod(
        one.id, customer_id, one.kind, one.last_four, one.balance_minor, one.currency
    )
