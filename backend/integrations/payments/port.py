"""What refunds need of a payment provider.

A provider is called with an idempotency key, so a repeat can't pay twice; and it can be asked what
became of a key, so nobody needs to guess after a time-out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """Pay `amount` minor units of `currency` back on a payment.

    `payment_ref` is the provider's own name of the payment, `captured` what was taken by it.
    """

    idempotency_key: str
    payment_ref: str
    amount: int
    currency: str
    captured: int


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """A refund as the provider knows it. `pending`: accepted, and can still fail."""

    ref: str
    amount: int
    currency: str
    state: Literal["succeeded", "pending"]


class PaymentRefused(Exception):
    """The provider said no and moved nothing; asking again would not help. `code` is its word."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class PaymentUnknown(Exception):
    """No answer, or none that says what happened: look the key up before trying again."""


class PaymentProvider(Protocol):
    """Pays money back. Both calls may raise PaymentUnknown."""

    async def refund(self, order: RefundOrder) -> ProviderRefund:
        """Pay back, once for each idempotency key. Raises: PaymentRefused, PaymentUnknown."""
        ...

    async def look_up(self, order: RefundOrder) -> ProviderRefund | None:
        """What became of the order's key; None when the provider never took it.

        Raises: PaymentRefused when it was taken and has failed since, PaymentUnknown.
        """
        ...
