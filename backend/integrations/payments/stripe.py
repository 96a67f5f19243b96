"""Refunds by Stripe (https://docs.stripe.com/api/refunds).

The library is imported when the provider is first made: it costs memory nobody else should pay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from backend.integrations.payments.port import (
    PaymentRefused,
    PaymentUnknown,
    ProviderRefund,
    RefundOrder,
)

if TYPE_CHECKING:
    from stripe import Refund
    from stripe.params import RefundCreateParams, RefundListParams

OWN_KEY = "aftercare_refund"
"""Metadata under which a refund carries our idempotency key, so that it can be found again."""
TIMEOUT = 30.0
_PENDING = {"pending", "requires_action"}


class StripeProvider:
    """A `PaymentProvider` on a Stripe account.

    `payment_ref` is a PaymentIntent (`pi_…`) or a charge (`ch_…`, `py_…`). `base_url` leads
    elsewhere than api.stripe.com (tests, a proxy).

    Stripe answers a repeated key with the first answer for 24 hours, errors of the server included;
    so a key that met a 500 stays refused until people see to it. That is the safe side.
    """

    def __init__(self, api_key: str, *, base_url: str = "", timeout: float = TIMEOUT) -> None:
        import stripe

        self._stripe = stripe
        self._client = stripe.StripeClient(
            api_key,
            base_addresses={"api": base_url} if base_url else None,
            # Our own job table repeats calls, and looks up first.
            max_network_retries=0,
            http_client=stripe.HTTPXClient(timeout=timeout, allow_sync_methods=False),
        )

    async def refund(self, order: RefundOrder) -> ProviderRefund:
        params = {
            **_payment(order.payment_ref),
            "amount": order.amount,
            "metadata": {OWN_KEY: order.idempotency_key},
        }
        try:
            made = await self._client.v1.refunds.create_async(
                cast("RefundCreateParams", params),
                {"idempotency_key": order.idempotency_key},
            )
        except self._stripe.StripeError as error:
            raise self._translate(error) from error
        return _read(made)

    async def look_up(self, order: RefundOrder) -> ProviderRefund | None:
        params = cast("RefundListParams", {**_payment(order.payment_ref), "limit": 100})
        try:
            page = await self._client.v1.refunds.list_async(params)
            async for known in page.auto_paging_iter():
                own = known.metadata.to_dict() if known.metadata else {}
                if own.get(OWN_KEY) == order.idempotency_key:
                    return _read(known)
        except self._stripe.StripeError as error:
            raise self._translate(error) from error
        return None

    def _translate(self, error: Exception) -> PaymentRefused | PaymentUnknown:
        """Only a 4xx about this very refund is a no; all else leaves it open."""
        stripe = self._stripe
        if isinstance(error, stripe.InvalidRequestError | stripe.CardError):
            return PaymentRefused(str(error.code or "invalid_request"), _brief(error))
        # A wrong key or a rate limit is the shop's to mend: the refund waits for it.
        if isinstance(error, stripe.AuthenticationError):
            return PaymentUnknown("AuthenticationError")  # its message shows parts of the key
        return PaymentUnknown(f"{type(error).__name__}: {_brief(error)}")


def _payment(ref: str) -> dict[str, str]:
    return {"payment_intent": ref} if ref.startswith("pi_") else {"charge": ref}


def _read(refund: Refund) -> ProviderRefund:
    if refund.status in _PENDING:
        return ProviderRefund(refund.id, refund.amount, refund.currency.upper(), "pending")
    if refund.status == "succeeded":
        return ProviderRefund(refund.id, refund.amount, refund.currency.upper(), "succeeded")
    raise PaymentRefused(str(refund.failure_reason or refund.status or "failed"), refund.id)


def _brief(error: Any) -> str:
    """The provider's message without its headers or body."""
    return str(getattr(error, "user_message", None) or error)[:300]
