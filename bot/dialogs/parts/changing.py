"""What the flows that change an order share: may it be, what it comes to, his yes, and doing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from bot.change_ports import ChangeQuote, ChangeWish
from bot.dialogs.actions import RequestChange
from bot.dialogs.flow import (
    Act,
    Ask,
    Call,
    Check,
    Confirm,
    Done,
    Found,
    Look,
    Offer,
    Talk,
)
from bot.dialogs.menu import LEAVE_IT, PERSON
from bot.dialogs.parts import refused_changes
from bot.dialogs.parts.orders import order_of
from bot.dialogs.parts.paying import method_params
from bot.dialogs.parts.who import introduces_himself
from bot.dialogs.slots import CONFIRMED, FACTOR, ITEMS, NO, ORDER, WHO, YES
from bot.dialogs.state import Effect
from bot.ports import Money, OrderView, Refusal

QUOTE: Final = "quote"

WishOf = Callable[[Talk], ChangeWish]


def prove_customer() -> Call:
    """Show who he is, where the shop has a way for it and the channel does not vouch for him."""
    return Call("identify", when=_must_identify, give=_what_he_told)


def may_be(kind: str) -> Check:
    """See that this kind of change can be asked for on the order at all."""

    def check(talk: Talk) -> Ask | None:
        order = order_of(talk)
        refused = talk.ports.changes.check_order(order.id, kind)
        if refused is None:
            return None
        asked = refused_changes.refusal(talk, refused)
        if refused.code == "wrong_status" and (instead := _instead(talk, order, kind)):
            return replace(asked, offers=(instead, *asked.offers))
        return asked

    return Check(check)


def _instead(talk: Talk, order: OrderView, kind: str) -> Offer | None:
    """What can be done with the order where it is too late, or too early, for what he asked."""
    flows = {"cancel": ("return", "return_items"), "return": ("cancel", "cancel_order")}
    other, flow = flows.get(kind, ("", ""))
    if not other or talk.ports.changes.check_order(order.id, other) is not None:
        return None
    label = "change.choice_return_this" if other == "return" else "change.choice_cancel_this"
    return Offer(Effect.START, flow, label_key=label, slots={ORDER: order.number})


def look_quote(wish_of: WishOf) -> Look:
    """What the change comes to, for the steps behind."""

    def look(talk: Talk) -> Found | Ask:
        quoted = talk.ports.changes.quote(order_of(talk).id, wish_of(talk))
        if isinstance(quoted, Refusal):
            return refused_changes.refusal(talk, quoted)
        return Found(quoted)

    return Look(QUOTE, look)


def confirm(
    key_of: Callable[[Talk], str],
    params_of: Callable[[Talk], Mapping[str, object]],
    change: tuple[Offer, ...],
) -> Confirm:
    """Show the change by a template and ask for a yes; at a no, offer what to `change`."""

    def ask(talk: Talk) -> Ask:
        offers = (
            Offer(Effect.ANSWER, YES, label_key="change.choice_yes"),
            Offer(Effect.ANSWER, NO, label_key="choice.no_change"),
        )
        return Ask(CONFIRMED, key_of(talk), {**money_params(talk), **params_of(talk)}, offers)

    def no(talk: Talk) -> Ask:
        return Ask("", "change.what_to_change", offers=(*change, LEAVE_IT, PERSON))

    return Confirm(ask, no=no)


def act(wish_of: WishOf) -> Act:
    """Ask the house to make the change; what became of it is told by the house."""

    def request(talk: Talk) -> Done:
        quoted: ChangeQuote = talk.slots[QUOTE]
        wanted = RequestChange(order_of(talk).id, wish_of(talk), quoted.difference)
        return Done((wanted,))

    return Act(request, refused=refused_changes.refused)


def money_params(talk: Talk) -> dict[str, object]:
    """What templates need to tell the consequences in money."""
    quoted: ChangeQuote = talk.slots[QUOTE]
    difference = quoted.difference
    return {
        "order_number": order_of(talk).number,
        "pays": difference.minor > 0,
        "gets": difference.minor < 0,
        "amount": Money(abs(difference.minor), difference.currency),
        "moves": [
            {
                "pays": move.amount.minor > 0,
                "amount": Money(abs(move.amount.minor), move.amount.currency),
                **method_params(move.method),
            }
            for move in quoted.moves
        ],
        "by_person": quoted.decided_by_person,
    }


def orders_fit(kind: str) -> Callable[[OrderView], bool]:
    """Which orders are offered first, by their status."""
    before = ("pending", "paid")
    wanted = ("delivered", "completed") if kind in ("return", "exchange") else before
    return lambda order: order.status in wanted


def _must_identify(talk: Talk) -> bool:
    return bool(talk.ports.changes.identity_ways()) and not talk.ports.identity.is_verified()


def _what_he_told(talk: Talk) -> Mapping[str, str]:
    for words in (talk.raw.get(FACTOR, ""), talk.raw.get(WHO, ""), talk.raw.get(ITEMS, "")):
        if words and introduces_himself(words):
            return {WHO: words}
    return {}
