"""Small helpers to put facts into replies."""

from __future__ import annotations

from collections.abc import Mapping

from bot.ports import ItemView, OrderView


def title(item: ItemView, locale: str) -> str:
    """An item's title in the customer's language, or the nearest there is."""
    return _nearest(item.titles, locale) or item.sku


def titles(order: OrderView, locale: str) -> list[str]:
    """Titles of all items of an order."""
    return [title(item, locale) for item in order.items]


def _nearest(by_locale: Mapping[str, str], locale: str) -> str:
    language = locale.partition("-")[0]
    for candidate in (locale, language, "en", "zh-CN"):
        if found := by_locale.get(candidate):
            return found
    same = (text for tag, text in by_locale.items() if tag.partition("-")[0] == language and text)
    return next(same, "") or next(iter(by_locale.values()), "")
