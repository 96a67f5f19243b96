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
from bot.dialogs.slots import FACTOR, ITEMS, ORDER, QUANTITIES, REASON, TICKET
from bot.understanding import entities
from bot.understanding.reading import Reading

MAX_QUESTION: Final = 400

Lead = Callable[[Reading], c.Command]
"""From a clause to the command it means."""


@dataclass(frozen=True, slots=True)
class Refund:
    """Starts the refund flow, with a reason if the intent names one."""

    reason: str = ""

    def __call__(self, reading: Reading) -> c.Command:
        told = {ITEMS: reading.text, **_proofs(reading)}
        if self.reason:
            told[REASON] = self.reason
        if quantity := reading.quantity:
            told[QUANTITIES] = quantity
        return c.StartFlow("refund", told)


@dataclass(frozen=True, slots=True)
class Order:
    """Starts the order's status."""

    def __call__(self, reading: Reading) -> c.Command:
        return c.StartFlow("order_status", {ITEMS: reading.text, **_proofs(reading)})


@dataclass(frozen=True, slots=True)
class Request:
    """Starts a flow about a request he made earlier."""

    flow: str

    def __call__(self, reading: Reading) -> c.Command:
        if self.flow == "withdraw" and reading.view.flow in ("refund", "verify_identity"):
            return c.CancelFlow()  # it has not been made yet: what is under way is meant
        tickets = reading.values(entities.TICKET)
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
    "exchange_request": OTHER_SERVICE,
    "replacement_request": OTHER_SERVICE,
    "repair_request": OTHER_SERVICE,
    "order_status": Order(),
    "tracking_number": Order(),
    "delivery_stuck": Order(),
    "cancel_order": Refund("no_longer_wanted"),
    "change_address": OTHER_SERVICE,
    "change_items": OTHER_SERVICE,
    "change_payment": OTHER_SERVICE,
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
