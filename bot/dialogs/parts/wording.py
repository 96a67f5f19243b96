"""Small helpers to put facts into replies."""

from __future__ import annotations

from collections.abc import Mapping

from bot.ports import ItemView, OrderView


def title(item: ItemView, locale: str) -> str:
    """An item's title in the customer's language, or the nearest there is."""
    return nearest(item.titles, locale) or item.sku


def titles(order: OrderView, locale: str) -> list[str]:
    """Titles of all items of an order."""
    return [title(item, locale) for item in order.items]


def nearest(by_locale: Mapping[str, str], locale: str) -> str:
    """The text for a locale, or the nearest there is; empty if there is none."""
    language = locale.partition("-")[0]
    # Who reads zh-TW reads zh-CN sooner than English.
    alike = [tag for tag in sorted(by_locale) if tag.partition("-")[0] == language]
    for candidate in (locale, language, *alike, "en", "zh-CN"):
        if found := by_locale.get(candidate):
            return found
    return next(iter(by_locale.values()), "")
