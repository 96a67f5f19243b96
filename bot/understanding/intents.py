"""What each intent of `seeds/intents.yml` leads to today: one table from intent to commands.

Intents without a flow of their own go to a person or to the articles; none is a dead end. Where
money would move in another way than the refund flow knows (part of a price, a double charge), a
person decides: the flow would refund whole items.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.dialogs import commands as c
from bot.dialogs.slots import (
    ADDRESS,
    CANCEL_REASON,
    FACTOR,
    ITEMS,
    METHOD,
    ORDER,
    QUANTITIES,
    REASON,
    RECEIVED,
    TICKET,
    VARIANTS,
    WHO,
    YES,
)
from bot.understanding import entities
from bot.understanding.reading import Reading
from bot.understanding.swapping import swapped

MAX_QUESTION: Final = 400

Lead = Callable[[Reading], c.Command]
"""From a clause to the command it means."""


@dataclass(frozen=True, slots=True)
class Refund:
    """Starts the refund flow, with a reason if the intent names one."""

    reason: str = ""

    def __call__(self, reading: Reading) -> c.Command:
        told = {ITEMS: reading.text, **_proofs(reading)}
        if reason := self._reason(reading):
            told[REASON] = reason
        if reading.has("received") and "not_received" not in reading.reasons:
            told[RECEIVED] = YES
        if quantity := reading.quantity:
            told[QUANTITIES] = quantity
        return c.StartFlow("refund", told)

    def _reason(self, reading: Reading) -> str:
        """The intent's; his own words are more exact where likeness hardly tells: what leaks or
        has a crack is near to both faulty and damaged."""
        named = reading.reasons[0] if reading.reasons else ""
        return named if named and self.reason in ("", "damaged", "quality") else self.reason


@dataclass(frozen=True, slots=True)
class Order:
    """Starts the order's status."""

    def __call__(self, reading: Reading) -> c.Command:
        return c.StartFlow("order_status", {ITEMS: reading.text, **_proofs(reading)})


@dataclass(frozen=True, slots=True)
class Change:
    """Starts a flow that changes an order. A shop that has it not sends the wish another way
    (`bot.dialogs.offered`). `words`: the slot in which the wish itself may stand."""

    flow: str
    words: str = ""

    def __call__(self, reading: Reading) -> c.Command:
        things = swapped(reading.text) if self.words == VARIANTS else reading.text
        told = {ITEMS: things, WHO: reading.text, **_proofs(reading)}
        if self.words:
            told[self.words] = reading.text
        if quantity := reading.quantity:
            told[QUANTITIES] = quantity
        return c.StartFlow(self.flow, told)


@dataclass(frozen=True, slots=True)
class Request:
    """Starts a flow about a request he made earlier."""

    flow: str

    def __call__(self, reading: Reading) -> c.Command:
        tickets = reading.values(entities.TICKET)
        making = reading.view.flow in ("refund", "verify_identity")
        if self.flow == "withdraw" and making and not tickets:
            return c.CancelFlow()  # it has not been made yet: what is under way is meant
        return c.StartFlow(self.flow, {TICKET: tickets[0]} if tickets else {})


@dataclass(frozen=True, slots=True)
class Say:
    """Always the same command."""

    command: c.Command

    def __call__(self, reading: Reading) -> c.Command:
        return self.command


def answer(reading: Reading) -> c.Command:
    """Looks the question up in the articles."""
    return c.Answer(reading.text[:MAX_QUESTION])


OTHER_SERVICE: Final = Say(c.HumanHandoff("other_service"))

LEADS: Final[Mapping[str, Lead]] = {
    "refund_request": Refund(),
    "return_request": Refund(),
    "damaged_item": Refund("damaged"),
    "faulty_item": Refund("quality"),
    "wrong_item": Refund("wrong_item"),
    "missing_parts": Refund("missing_parts"),
    "not_as_described": Refund("not_as_described"),
    "no_longer_wanted": Refund("no_longer_wanted"),
    "late_delivery": Refund("late"),
    "parcel_lost": Refund("not_received"),
    "partial_refund": OTHER_SERVICE,
    "price_difference": OTHER_SERVICE,
    "charged_twice": OTHER_SERVICE,
    "exchange_request": Change("exchange", VARIANTS),
    "replacement_request": OTHER_SERVICE,
    "repair_request": OTHER_SERVICE,
    "order_status": Order(),
    "tracking_number": Order(),
    "delivery_stuck": Order(),
    "cancel_order": Change("cancel_order", CANCEL_REASON),
    "change_address": Change("change_address", ADDRESS),
    "change_items": Change("change_items", VARIANTS),
    "change_payment": Change("change_payment", METHOD),
    "delivery_date": OTHER_SERVICE,
    "request_status": Request("request_status"),
    "refund_status": Request("request_status"),
    "withdraw_request": Request("withdraw"),
    "return_address": answer,
    "return_cost": answer,
    "return_pickup": answer,
    "return_sent": Request("request_status"),
    "return_policy": answer,
    "refund_time": answer,
    "refund_method": answer,
    "shipping_cost": answer,
    "delivery_time": answer,
    "warranty": answer,
    "customs": answer,
    "invoice": OTHER_SERVICE,
    "coupon": OTHER_SERVICE,
    "gift_card": OTHER_SERVICE,
    "product_use": answer,
    "product_safety": OTHER_SERVICE,
    "product_stock": answer,
    "payment_failed": OTHER_SERVICE,
    "account_problem": OTHER_SERVICE,
    "data_request": OTHER_SERVICE,
    "human": Say(c.HumanHandoff("asked")),
    "complaint": Say(c.HumanHandoff("upset")),
    "greeting": Say(c.SmallTalk("greeting")),
    "thanks": Say(c.SmallTalk("thanks")),
    "goodbye": Say(c.SmallTalk("bye")),
    "help": Say(c.SmallTalk("help")),
    "about_bot": Say(c.SmallTalk("help")),
    "stop": Say(c.CancelFlow()),
}


def commands_for(intents: Sequence[tuple[str, Reading]]) -> list[c.Command]:
    """The commands of a message's intents, each with the clause it was seen in, in their order.

    One flow is started once, with all that was told for it. An intent a shop named itself, which
    we have no lead for, goes to a person.
    """
    found: list[c.Command] = []
    for intent, reading in intents:
        command = LEADS.get(intent, OTHER_SERVICE)(reading)
        same = next((at for at, one in enumerate(found) if _is_same(one, command)), None)
        if same is None:
            found.append(command)
        else:
            found[same] = _merged(found[same], command)
    return found


COMPLAINTS: Final = frozenset(
    {
        "damaged_item",
        "faulty_item",
        "wrong_item",
        "missing_parts",
        "not_as_described",
        "late_delivery",
        "parcel_lost",
        "no_longer_wanted",
    }
)
"""Intents that say what is wrong, and not what is wished for."""

FAMILY: Final[Mapping[str, str]] = {"return_items": "refund"}
"""Flows that serve one wish; which of them does is the shop's setting."""


def shares_of(ranked: Sequence[tuple[str, float]], reading: Reading) -> dict[str, float]:
    """How likely each flow is to be meant: intents close to one another often lead to the same.
    Flows of one family count together, under the name of the likeliest."""
    shares: dict[str, float] = {}
    names: dict[str, str] = {}
    for intent, score in ranked:
        lead = LEADS[intent](reading) if intent in LEADS else None
        if isinstance(lead, c.StartFlow):
            name = names.setdefault(FAMILY.get(lead.flow, lead.flow), lead.flow)
            shares[name] = shares.get(name, 0.0) + score
    return shares


def flows_of(intents: Sequence[str], reading: Reading) -> tuple[str, ...]:
    """The flows that intents would start, each once: what to ask about when in doubt."""
    leads = [LEADS[intent](reading) for intent in intents if intent in LEADS]
    return tuple(dict.fromkeys(one.flow for one in leads if isinstance(one, c.StartFlow)))


def _is_same(one: c.Command, other: c.Command) -> bool:
    if isinstance(one, c.StartFlow) and isinstance(other, c.StartFlow):
        return one.flow == other.flow
    return type(one) is type(other)


def _merged(one: c.Command, other: c.Command) -> c.Command:
    if isinstance(one, c.StartFlow) and isinstance(other, c.StartFlow):
        return c.StartFlow(one.flow, {**other.slots, **one.slots})
    return one


def _proofs(reading: Reading) -> dict[str, str]:
    told: dict[str, str] = {}
    if numbers := reading.values(entities.ORDER_NUMBER):
        told[ORDER] = numbers[0]
    for kind in (entities.EMAIL, entities.TAIL, entities.PHONE):
        if values := reading.values(kind):
            told.setdefault(FACTOR, values[0])
    return told
