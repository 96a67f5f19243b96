"""Reads a message as the answer to the question just asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from bot.dialogs import commands as c
from bot.dialogs.slots import (
    ADDRESS,
    ALL,
    CANCEL_REASON,
    COMMENT,
    CONFIRMED,
    EVIDENCE,
    FACTOR,
    ITEMS,
    LATEST,
    METHOD,
    NO,
    NONE,
    ORDER,
    OTHER,
    PICTURED,
    QUANTITIES,
    REASON,
    RECEIVED,
    TICKET,
    VARIANTS,
    WHO,
    YES,
)
from bot.understanding import entities
from bot.understanding.denials import Turned
from bot.understanding.reading import Reading

SHORT: Final = 24
LONG_ANSWER: Final = 160
POSTAL_CODE: Final = 8
"""Digits that may be one, and no order's number, where he is asked who he is."""
COMMENTED: Final = 14
"""An answer this long says more than the bare reason, so its words are kept."""

_OPEN = re.compile(r"[?？]|不是不|并非不|不會不|不会不|没有不|沒有不")
"""A yes that asks, a no that is denied: neither a yes nor a no."""

_FURTHER = re.compile(
    r"\W*(?:(?:and|und|y|et|e) )?(?:(?:then|after that|next)\b|(?:dann|danach)\b"
    r"|(?:luego|despu[eé]s)\b|(?:ensuite|puis)\b|(?:poi|dopo)\b|然后|然後|接着|另外|还有|還有|それから|その後|あと)",
    re.IGNORECASE,
)
"""How one begins to tell the next wish, and no answer in one's own words."""

_ASKS_BACK: Final = ("?", "？", "吗", "嗎", "么", "吧")

Commands = list[c.Command]


def read_answer(reading: Reading) -> Commands:
    """Commands, if the message answers what was asked; none if it says something else."""
    awaited = reading.view.awaited
    if awaited not in (QUANTITIES, FACTOR, COMMENT, WHO, ADDRESS) and (
        picked := reading.numbers_picked()
    ):
        return [c.PickOptions(tuple(picked))]
    if value := reading.label_typed():
        return [c.PickOptions((value,))]
    if reading.view.flow in reading.turned(Turned.DENIED) and not reading.intents:
        return [c.CancelFlow()]  # what is under way is what he doesn't want
    if awaited in _OWN_WORDS and _FURTHER.match(reading.text):
        return []
    read = _READERS.get(awaited or "")
    if read is not None and (commands := read(reading)):
        return commands
    fuzzy = reading.view.flow is not None and awaited not in (CONFIRMED, COMMENT)
    plain = not (reading.intents or reading.is_question or reading.corrects)
    if fuzzy and plain and (value := reading.label_meant()):
        return [c.PickOptions((value,))]
    return []


def read_leftover(reading: Reading) -> Commands:
    """What a message is when nothing else was found in it: free words for the question, if it
    takes any, or nothing understood."""
    awaited, text = reading.view.awaited, reading.text
    if awaited in (ORDER, ITEMS) and len(text) <= LONG_ANSWER:
        return [c.SetSlot(awaited, text)]
    if awaited == REASON and reading.is_wordy:
        return [c.SetSlot(REASON, "other"), c.SetSlot(COMMENT, text)]
    if awaited == EVIDENCE and reading.is_wordy:
        return [c.SetSlot(EVIDENCE, text)]
    if awaited == CONFIRMED and (reading.has("agree") or reading.has("deny")):
        return [c.SetSlot(CONFIRMED, "unclear")]
    return [c.Clarify()]


def _confirmed(reading: Reading) -> Commands:
    if _OPEN.search(reading.text) and (reading.is_only("agree") or reading.is_only("deny")):
        return [c.SetSlot(CONFIRMED, "unclear")]
    if reading.is_only("agree"):
        return [c.SetSlot(CONFIRMED, YES)]
    if reading.is_only("deny"):
        return [c.SetSlot(CONFIRMED, NO)]
    wanted = {span.kind for span in reading.intents}
    asks_back = len(reading.text) <= SHORT and reading.text.endswith(_ASKS_BACK)
    if asks_back and wanted == {"refund"} and not reading.corrects:
        return [c.SetSlot(CONFIRMED, "unclear")]  # "do I get all of it back?"
    return []


def _pictured(reading: Reading) -> Commands:
    if reading.values(entities.ORDER_NUMBER):
        return _order(reading)
    if reading.is_only("agree") or reading.starts_with("agree"):
        return [c.SetSlot(PICTURED, YES)]
    if reading.is_only("deny") or reading.starts_with("deny"):
        return [c.SetSlot(PICTURED, NO)]
    return []


def _received(reading: Reading) -> Commands:
    plain = not (reading.intents or reading.is_question or reading.corrects)
    found: Commands = []
    came = reading.is_only("agree") or (reading.has("received") and not reading.is_question)
    if reading.has("reasons.not_received"):
        found.append(c.SetSlot(RECEIVED, NO))
    elif came or (plain and reading.starts_with("agree")):
        found.append(c.SetSlot(RECEIVED, YES))
    elif reading.is_only("deny") or (
        plain and reading.starts_with("deny") and not reading.begins_with_reason()
    ):
        found.append(c.SetSlot(RECEIVED, NO))
    return [*found, *_reason_named(reading)] if found or plain else []


def _reason(reading: Reading) -> Commands:
    if any(span.kind == "cancel" for span in reading.intents) and not reading.reasons:
        return []
    found = _reason_named(reading)
    if found and len(reading.text) >= COMMENTED:
        found.append(c.SetSlot(COMMENT, reading.text))
    return found


def _reason_named(reading: Reading) -> Commands:
    named = [reason for reason in reading.reasons if reason != "not_received"]
    if reading.view.awaited == REASON:
        named = reading.reasons
    return [c.SetSlot(REASON, named[0])] if named else []


def _order(reading: Reading) -> Commands:
    proof = _proof(reading)
    if reading.view.flow != "order_status" and _asks_for_news(reading):
        return []
    if numbers := reading.values(entities.ORDER_NUMBER):
        return [c.SetSlot(ORDER, numbers[0]), *proof]
    if proof and reading.view.flow == "verify_identity":
        return proof
    short = len(reading.text) <= SHORT
    if short and reading.has("other_order"):
        thing = reading.thing_besides("other_order")
        return [c.SetSlot(ORDER, OTHER), *([c.SetSlot(ITEMS, thing)] if thing else [])]
    if short and reading.has("latest"):
        return [c.SetSlot(ORDER, LATEST)]
    return []


def _asks_for_news(reading: Reading) -> bool:
    """ "And where is order …?" names an order for another matter."""
    kinds = {span.kind for span in reading.intents}
    return bool(kinds) and kinds <= {"order_status", "request_status"}


def _factor(reading: Reading) -> Commands:
    orders = [c.SetSlot(ORDER, number) for number in reading.values(entities.ORDER_NUMBER)[:1]]
    proof = _proof(reading)
    if orders or proof:
        return [*orders, *proof]
    if reading.text.replace(" ", "").isdecimal():
        return [c.SetSlot(FACTOR, reading.text)]
    return []


def _proof(reading: Reading) -> Commands:
    for kind in (entities.EMAIL, entities.TAIL, entities.PHONE):
        if values := reading.values(kind):
            return [c.SetSlot(FACTOR, values[0])]
    return []


def _items(reading: Reading) -> Commands:
    if len(reading.text) <= SHORT and reading.has("all"):
        return [c.SetSlot(ITEMS, ALL)]
    if len(reading.text) <= SHORT and reading.has("other_item"):
        return [c.SetSlot(ITEMS, OTHER)]
    if not reading.intents and (quantity := reading.quantity):
        return [c.SetSlot(ITEMS, reading.text), c.SetSlot(QUANTITIES, quantity)]
    return []


def _quantities(reading: Reading) -> Commands:
    number = entities.number_of(reading.text)
    if number is not None:
        return [c.SetSlot(QUANTITIES, str(number))]
    if quantity := reading.quantity:
        return [c.SetSlot(QUANTITIES, quantity)]
    if len(reading.text) <= SHORT and reading.has("all"):
        return [c.SetSlot(QUANTITIES, ALL)]
    number = entities.number_in(reading.text) if len(reading.text) <= SHORT else None
    plain = not (reading.intents or reading.is_question or reading.corrects)
    if number is not None and plain:
        return [c.SetSlot(QUANTITIES, str(number))]
    return []


def _evidence(reading: Reading) -> Commands:
    return [c.SetSlot(EVIDENCE, NONE)] if reading.has("no_photo") else []


def _comment(reading: Reading) -> Commands:
    return [] if reading.is_only("cancel") else [c.SetSlot(COMMENT, reading.text)]


def _ticket(reading: Reading) -> Commands:
    return [c.SetSlot(TICKET, number) for number in reading.values(entities.TICKET)[:1]]


def _own_words(slot: str) -> Callable[[Reading], Commands]:
    """The words as they are, unless they ask for something else."""

    def read(reading: Reading) -> Commands:
        elsewhere = {span.kind for span in reading.intents} & _ELSEWHERE
        if elsewhere or reading.is_only("cancel") or reading.is_question:
            return []
        return [c.SetSlot(slot, reading.text)]

    return read


def _who(reading: Reading) -> Commands:
    """Who he is; an order's number, sent in its place, is kept for its own question."""
    found = reading.values(entities.ORDER_NUMBER)
    numbers = [one for one in found if len(one) > POSTAL_CODE or not one.isdecimal()]
    rest = reading.text
    for number in numbers:
        rest = rest.replace(number, " ")
    named = len(re.findall(r"[^\W\d_]{2,}", rest)) > 1  # as a name has it, and "order" has not
    if numbers and not named and not reading.intents and not reading.values(entities.EMAIL):
        return [c.SetSlot(ORDER, numbers[0])]
    return _own_words(WHO)(reading)


_ELSEWHERE: Final = {"order_status", "request_status", "withdraw", "policy", "cancel_order"}


def _cancel_reason(reading: Reading) -> Commands:
    return [] if reading.is_question else [c.SetSlot(CANCEL_REASON, reading.text)]


_OWN_WORDS: Final = (WHO, VARIANTS, METHOD, ADDRESS, CANCEL_REASON)

_READERS: Final[Mapping[str, Callable[[Reading], Commands]]] = {
    CONFIRMED: _confirmed,
    RECEIVED: _received,
    REASON: _reason,
    ORDER: _order,
    PICTURED: _pictured,
    FACTOR: _factor,
    ITEMS: _items,
    QUANTITIES: _quantities,
    EVIDENCE: _evidence,
    COMMENT: _comment,
    TICKET: _ticket,
    WHO: _who,
    VARIANTS: _own_words(VARIANTS),
    METHOD: _own_words(METHOD),
    ADDRESS: _own_words(ADDRESS),
    CANCEL_REASON: _cancel_reason,
}
