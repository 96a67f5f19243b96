"""Why a change can't be: the reason in the customer's words, and a way on from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.dialogs.actions import Refused
from bot.dialogs.flow import Again, Ask, End, Offer, Talk
from bot.dialogs.menu import LEAVE_IT, PERSON, REQUEST_STATUS
from bot.dialogs.parts.orders import known_order
from bot.dialogs.parts.wording import title
from bot.dialogs.slots import CANCEL_REASON, ITEMS, METHOD, ORDER, QUANTITIES, VARIANTS
from bot.dialogs.state import Effect
from bot.ports import Refusal
from bot.replies import Reply

OTHER_ORDER: Final = Offer(Effect.CORRECT, ORDER, label_key="choice.other_order")
OTHER_ITEMS: Final = Offer(Effect.CORRECT, ITEMS, label_key="choice.other_items")
OTHER_QUANTITY: Final = Offer(Effect.CORRECT, QUANTITIES, label_key="choice.other_quantity")
OTHER_VARIANT: Final = Offer(Effect.CORRECT, VARIANTS, label_key="change.choice_other_variant")
OTHER_METHOD: Final = Offer(Effect.CORRECT, METHOD, label_key="change.choice_other_method")
OTHER_REASON: Final = Offer(Effect.CORRECT, CANCEL_REASON, label_key="choice.other_reason")


@dataclass(frozen=True, slots=True)
class _Way:
    """How one refusal goes on: its template, the params it needs, the slot that is void by it
    (and answered next), and what is offered."""

    key: str
    needs: tuple[str, ...] = ()
    slot: str = ORDER
    offers: tuple[Offer, ...] = (OTHER_ORDER, PERSON, LEAVE_IT)


_OTHERWISE: Final = (PERSON, LEAVE_IT)
_ASKED: Final = (REQUEST_STATUS, OTHER_ORDER, PERSON, LEAVE_IT)
_WAYS: Final[Mapping[str, _Way]] = {
    "wrong_status": _Way("change.refused_wrong_status", ("status",)),
    "already_changed": _Way("change.refused_already_changed", ("ticket",)),
    "already_exchanged": _Way("change.refused_already_exchanged", ("ticket",), offers=_ASKED),
    "already_returned": _Way("change.refused_already_returned", ("ticket",), offers=_ASKED),
    "already_requested": _Way("change.refused_already_requested", ("ticket",), offers=_ASKED),
    "window_expired": _Way("change.refused_window_expired", ("days", "since")),
    "reason_not_accepted": _Way(
        "change.refused_reason", slot=CANCEL_REASON, offers=(OTHER_REASON, *_OTHERWISE)
    ),
    "quantity_too_high": _Way(
        "change.refused_quantity",
        ("open",),
        QUANTITIES,
        (OTHER_QUANTITY, OTHER_ITEMS, *_OTHERWISE),
    ),
    "other_product": _Way(
        "change.refused_other_product", ("title",), VARIANTS, (OTHER_VARIANT, *_OTHERWISE)
    ),
    "variant_unavailable": _Way(
        "change.refused_unavailable", ("title",), VARIANTS, (OTHER_VARIANT, *_OTHERWISE)
    ),
    "same_variant": _Way(
        "change.refused_same_variant", ("title",), VARIANTS, (OTHER_VARIANT, *_OTHERWISE)
    ),
    "same_method": _Way(
        "change.refused_same_method", slot=METHOD, offers=(OTHER_METHOD, *_OTHERWISE)
    ),
    "method_not_accepted": _Way(
        "change.refused_method", slot=METHOD, offers=(OTHER_METHOD, *_OTHERWISE)
    ),
    "method_unknown": _Way(
        "change.refused_method", slot=METHOD, offers=(OTHER_METHOD, *_OTHERWISE)
    ),
    "balance_too_small": _Way(
        "change.refused_balance",
        ("balance", "needed"),
        METHOD,
        (OTHER_METHOD, *_OTHERWISE),
    ),
    "several_payments": _Way("change.refused_several_payments"),
    "over_remaining": _Way("change.refused_over_remaining", ("remaining",)),
    "nothing_left": _Way("change.refused_nothing_left"),
    "identity_needed": _Way("change.refused_identity", offers=_OTHERWISE),
    "method_missing": _Way("change.refused_identity", offers=_OTHERWISE),
}
_UNKNOWN: Final = _Way("change.refused_other")


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
    return Ask(way.slot, way.key, shown, way.offers, clears=(way.slot,))


def refused(talk: Talk, refused: Refused) -> Ask | End | Again:
    """The house refused the change itself: what it comes to has moved since, or it was made."""
    if refused.code == "amount_changed":
        return Again((Reply("change.amount_changed"),))
    return refusal(talk, Refusal(refused.code, refused.params))


def _title(talk: Talk, item: object) -> str:
    order = known_order(talk)
    for one in order.items if order else ():
        if item in (one.id, one.sku):
            return title(one, talk.locale)
    return ""
