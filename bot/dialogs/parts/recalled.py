"""Which order he means by what he remembers of it: what it cost, the day it was bought or came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.dialogs.flow import Talk
from bot.ports import OrderView
from bot.understanding.normalise import normalise
from bot.understanding.slots.amounts import find_amounts, money_of
from bot.understanding.slots.dates import DATE, find_dates


def orders_recalled(talk: Talk, words: str, orders: Sequence[OrderView]) -> list[OrderView]:
    """The orders that an amount (paid, or the price of an item) or a day of the words fits, days
    in the shop's zone."""
    text = normalise(words).text
    amounts = {money_of(span) for span in find_amounts(text, yen=talk.locale == "ja")}
    costs = {(amount.minor, amount.currency) for amount in amounts}
    zone = ZoneInfo(talk.ports.shop.timezone)
    today = talk.ports.now.astimezone(zone).date()
    days = {span.value for span in find_dates(text, today, talk.locale) if span.kind == DATE}

    def fits(order: OrderView) -> bool:
        prices = (order.paid, *(item.unit_price for item in order.items))
        moments = (order.placed_at, order.delivered_at)
        return any((price.minor, price.currency) in costs for price in prices) or any(
            moment is not None and _day(moment, zone) in days for moment in moments
        )

    return [order for order in orders if fits(order)] if costs or days else []


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).date().isoformat()
