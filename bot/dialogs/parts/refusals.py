"""Why a refund can't be: the reason in the customer's words, and a way on from there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.dialogs.flow import Ask, Offer, Talk
from bot.dialogs.menu import LEAVE_IT, PERSON, REQUEST_STATUS
from bot.dialogs.parts.orders import known_order
from bot.dialogs.parts.wording import title
from bot.dialogs.slots import EVIDENCE, ITEMS, ORDER, QUANTITIES
from bot.dialogs.state import Effect
from bot.ports import OrderView, Refusal
from bot.replies import Reply

OTHER_ORDER: Final = Offer(Effect.CORRECT, ORDER, label_key="choice.other_order")
OTHER_ITEMS: Final = Offer(Effect.CORRECT, ITEMS, label_key="choice.other_items")
OTHER_QUANTITY: Final = Offer(Effect.CORRECT, QUANTITIES, label_key="choice.other_quantity")
SEND_PHOTOS: Final = Offer(Effect.CORRECT, EVIDENCE, label_key="choice.send_photo")


@dataclass(frozen=True, slots=True)
class _Way:
    """How one refusal goes on: its template, the params it needs, the slot that is void by it
    (and answered next), and what is offered."""

    key: str
    needs: tuple[str, ...] = ()
    slot: str = ORDER
    offers: tuple[Offer, ...] = (OTHER_ORDER, PERSON, LEAVE_IT)


_ITEM_WAYS: Final = (OTHER_ITEMS, OTHER_ORDER, PERSON, LEAVE_IT)

_WAYS: Final[Mapping[str, _Way]] = {
    "window_expired": _Way("refund.refused_window_expired", ("days", "since")),
    "nothing_left": _Way(
        "refund.refused_nothing_left", offers=(REQUEST_STATUS, OTHER_ORDER, PERSON, LEAVE_IT)
    ),
    "order_cancelled": _Way("refund.refused_order_cancelled"),
    "not_paid": _Way("refund.refused_not_paid"),
    "not_shipped": _Way("refund.refused_not_shipped"),
    "already_requested": _Way(
        "refund.refused_already_requested",
        ("ticket",),
        ITEMS,
        (REQUEST_STATUS, OTHER_ITEMS, OTHER_ORDER, PERSON, LEAVE_IT),
    ),
    "quantity_too_high": _Way(
        "refund.refused_quantity_too_high",
        ("open",),
        QUANTITIES,
        (OTHER_QUANTITY, OTHER_ITEMS, PERSON, LEAVE_IT),
    ),
    "over_remaining": _Way("refund.refused_over_remaining", ("remaining",), ITEMS, _ITEM_WAYS),
    "not_returnable": _Way("refund.refused_not_returnable", ("title",), ITEMS, _ITEM_WAYS),
    "photos_missing": _Way(
        "refund.refused_photos_missing", slot=EVIDENCE, offers=(SEND_PHOTOS, PERSON, LEAVE_IT)
    ),
}
_UNKNOWN: Final = _Way("refund.refused_other")


def refusal(talk: Talk, refused: Refusal) -> Ask:
    """Say why it can't be, and ask how to go on. A code unknown here is told in general words."""
    order = known_order(talk)
    params: dict[str, object] = {**refused.params, "order_number": order.number if order else ""}
    if named := _title(talk, refused.params.get("item")):
        params["title"] = named
    way = _WAYS.get(refused.code, _UNKNOWN)
    if any(name not in params for name in way.needs):
        way = _UNKNOWN
    shown = {name: params[name] for name in ("order_number", *way.needs)}
    return Ask(way.slot, way.key, shown, _leading_on(way.offers, order), clears=(way.slot,))


def _leading_on(offers: Sequence[Offer], order: OrderView | None) -> tuple[Offer, ...]:
    """Without "other items" where there are none: it would come back to the same answer."""
    if order is not None and sum(item.claimed < item.quantity for item in order.items) < 2:
        return tuple(offer for offer in offers if offer is not OTHER_ITEMS)
    return tuple(offers)


def note_of(talk: Talk, refused: Refusal) -> Reply:
    """The reason alone."""
    asked = refusal(talk, refused)
    return Reply(asked.key, asked.params)


def _title(talk: Talk, item: object) -> str:
    """A refusal names an item by its id or article number; anything else stands as it is."""
    if not isinstance(item, str):
        return ""
    order = known_order(talk)
    for one in order.items if order else ():
        if item in (one.id, one.sku):
            return title(one, talk.locale)
    return item
