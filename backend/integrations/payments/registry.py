"""The one table of payment providers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from backend.integrations.payments.demo import DemoBehaviour, DemoProvider
from backend.integrations.payments.port import PaymentProvider

DEMO_BOOKS = "demo_payments.db"
"""The demo provider's file within the data folder."""

Settings = Mapping[str, str]
"""A provider's own settings, as docs/guides/payments.md lists them."""


def _demo(settings: Settings, data: Path) -> PaymentProvider:
    return DemoProvider(data / DEMO_BOOKS, DemoBehaviour.from_settings(settings))


def _stripe(settings: Settings, _data: Path) -> PaymentProvider:
    from backend.integrations.payments.stripe import StripeProvider

    if unknown := settings.keys() - {"api_key", "base_url"}:
        raise ValueError(f"unknown settings of stripe: {', '.join(sorted(unknown))}")
    if not settings.get("api_key"):
        raise ValueError("stripe needs its api_key")
    return StripeProvider(settings["api_key"], base_url=settings.get("base_url", ""))


PROVIDERS: Mapping[str, Callable[[Settings, Path], PaymentProvider]] = {
    "demo": _demo,
    "stripe": _stripe,
}
"""Provider name, as payments of orders carry it -> factory."""


def open_providers(configured: Mapping[str, Settings], data: Path) -> dict[str, PaymentProvider]:
    """The configured providers by name. `data` is the shop's data folder.

    Raises: ValueError for unknown providers and settings.
    """
    if unknown := configured.keys() - PROVIDERS.keys():
        raise ValueError(f"unknown payment providers: {', '.join(sorted(unknown))}")
    return {name: PROVIDERS[name](settings, data) for name, settings in configured.items()}
