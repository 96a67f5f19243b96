"""A scenario's instruction as what its customer would say: who he is, and his wishes one by one.

Most instructions are written in a few fixed forms; those are read exactly. Of the freely written
ones the customer says the sentences as they stand, and answers with what stands in them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bench.retail.data import Scenario

_WHO = re.compile(
    r"(?:Your name is|You are|You name is) (?P<name>[A-Z][a-z]+ [A-Z][a-z]+)"
    r"|(?:zip(?: ?code)?|zipcode) (?:is |of )?(?P<zip>\d{5})"
    r"|(?P<email>[a-z0-9._]+@[a-z.]+[a-z])"
)
_FORMS = re.compile(
    r"Cancel order (?P<cancel>#W\d+) because (?P<why>[a-z ]+)\."
    r"|Return (?P<back>#W\d+) via (?P<to>\w+): (?P<goods>(?:[A-Z][\w'& -]*; ?)+)"
    r"|For (?P<swap>#W\d+), (?P<how>exchange|modify) (?P<pairs>.+?); via (?P<by>\w+)\."
    r"|For (?P<pay>#W\d+), change payment to (?P<method>\w+)\."
    r"|For (?P<move>#W\d+), change address to (?P<address>\{.+?\})(?: \(same as [^)]*\))?\."
)
_PAIR = re.compile(r"([A-Z][\w'& -]*?) (\{.*?\}) to (\{.*?\})(?=;|$)")
_DOES = {
    "cancel": "cancel",
    "return": "return",
    "refund": "return",
    "exchange": "exchange",
    "swap": "exchange",
    "modify": "items",
    "change": "items",
}
METHODS = {"gift": "my gift card", "credit": "my credit card", "paypal": "my paypal account"}


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing he wants. `says` opens it, `does` is the option he would pick for it; the rest is
    what he answers when he is asked. `wants` and `now`: an item's options then and now."""

    says: str
    does: str = ""
    order: str = ""
    items: tuple[str, ...] = ()
    wants: tuple[tuple[str, Mapping[str, str]], ...] = ()
    method: str = ""
    reason: str = ""
    address: str = ""
    now: tuple[tuple[str, Mapping[str, str]], ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """All a customer knows."""

    who: str
    wishes: tuple[Wish, ...]
    exact: bool
    words: str = field(repr=False, default="")


def read(scenario: Scenario) -> Told:
    """What the scenario's customer would say."""
    wishes = tuple(_exact(scenario.words))
    if not wishes:
        return Told(who(scenario.words), tuple(_free(scenario.words)), False, scenario.words)
    return Told(who(scenario.words), wishes, True, scenario.words)


def who(words: str) -> str:
    """How he says who he is; empty if the instruction does not tell."""
    found: dict[str, str] = {}
    for match in _WHO.finditer(words):
        for name, value in match.groupdict().items():
            if value:
                found.setdefault(name, value)
    if "email" in found:
        return f"my email is {found['email']}"
    if "name" in found and "zip" in found:
        return f"my name is {found['name']} and my zip code is {found['zip']}"
    return f"my name is {found['name']}" if "name" in found else ""


def _exact(words: str) -> Iterator[Wish]:
    for match in _FORMS.finditer(words):
        told = match.groupdict()
        if told["cancel"]:
            says = f"I want to cancel order {told['cancel']}"
            yield Wish(says, "cancel", told["cancel"], reason=told["why"])
        elif told["back"]:
            items = tuple(one.strip() for one in told["goods"].split(";") if one.strip())
            says = f"I want to return {_listed(items)} from order {told['back']}"
            yield Wish(says, "return", told["back"], items, method=told["to"])
        elif told["swap"]:
            yield _swap(told["swap"], told["how"], told["pairs"], told["by"])
        elif told["pay"]:
            says = f"I want to change the payment method of order {told['pay']}"
            yield Wish(says, "payment", told["pay"], method=told["method"])
        elif told["move"]:
            says = f"I want to change the delivery address of order {told['move']}"
            yield Wish(says, "address", told["move"], address=_address(told["address"]))


def _swap(order: str, how: str, pairs: str, by: str) -> Wish:
    wants, before = [], []
    for name, now, new in _PAIR.findall(pairs):
        options = ast.literal_eval(now)
        before.append((name.strip(), options))
        wants.append((name.strip(), {**options, **ast.literal_eval(new)}))
    items = tuple(name for name, _ in wants)
    verb = "exchange" if how == "exchange" else "change"
    says = f"I want to {verb} {_listed(items)} in order {order}"
    if verb == "change":
        says = f"I want to change items in order {order}: {_listed(items)}"
    does = "exchange" if how == "exchange" else "items"
    return Wish(says, does, order, items, tuple(wants), by, now=tuple(before))


def _free(words: str) -> Iterator[Wish]:
    """The sentences that ask for something, as he would say them himself."""
    orders = re.findall(r"#W\d+", words)
    asking = re.compile(r"\b(?:cancel|return|exchange|modify|change|swap|refund)\b", re.IGNORECASE)
    for sentence in re.split(r"(?<=[.!?])\s+", words):
        if not asking.search(sentence):
            continue
        own = re.sub(r"\b[Yy]our\b", "my", re.sub(r"\b[Yy]ou(?:'d| would)? (?=\w)", "I ", sentence))
        here = re.findall(r"#W\d+", sentence) or orders
        named = next((key for key in METHODS if key in words.casefold()), "")
        verb = asking.search(sentence)
        does = _DOES.get(verb.group().casefold() if verb else "", "")
        yield Wish(own, does, here[0] if here else "", (own,), (), named, sentence, sentence)


def _address(text: str) -> str:
    one = ast.literal_eval(text)
    lines = [one["address1"], one["address2"], one["city"], f"{one['state']} {one['zip']}", "USA"]
    return ", ".join(line for line in lines if line.strip())


def _listed(items: tuple[str, ...]) -> str:
    return " and ".join(f"the {one}" for one in items)
