"""A scenario's instruction as what its customer would say: who he is, and his wishes one by one.

Most instructions are written in a few fixed forms; those are read exactly. Of the freely written
ones the customer says the sentences that ask for something as they stand, and answers with what
stands in them. What only directs him ("if the agent …") he does not say: a wish that hangs on it
stays unfulfilled.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bench.retail.data import Scenario

_WHO = re.compile(
    r"(?:Your name is|You are|You name is) (?P<name>[A-Z][a-z]+ [A-Z][a-z]+)"
    r"|You are (?P<id>[a-z]+_[a-z]+)_\d+"
    r"|(?:zip(?: ?code)?|zipcode) (?:is |of )?(?P<zip>\d{5})"
    r"|(?:, | in )(?P<code>\d{5})\b"
    r"|(?P<email>[a-z0-9._]+@[a-z.]+[a-z])"
)
_FORMS = re.compile(
    r"Cancel order (?P<cancel>#W\d+) because (?P<why>[a-z ]+)\."
    r"|Return (?P<back>#W\d+) via (?P<to>\w+): (?P<goods>(?:[A-Z][\w'& -]*(?: \{[^}]*\})?; ?)+)"
    r"|For (?P<swap>#W\d+), (?P<how>exchange|modify) (?P<pairs>.+?); via (?P<by>\w+)\."
    r"|For (?P<pay>#W\d+), change payment to (?P<method>\w+)\."
    r"|For (?P<move>#W\d+), change address to (?P<address>\{.+?\})(?: \(same as [^)]*\))?\."
)
_PAIR = re.compile(r"([A-Z][\w'& -]*?) (\{.*?\}) to (\{.*?\})(?=;|$)")
_GOODS = re.compile(r"([A-Z][\w'& -]*?) ?(\{[^}]*\})?;")
_DIRECTION = re.compile(
    r"\b(?:agent|customer service|representative|confirm\w*|not possible)\b"
    r"|^(?:but )?if\b|^make sure\b",
    re.IGNORECASE,
)
_ASKING = re.compile(r"\b(?:cancel|return|exchange|modify|change|swap|refund)\b", re.IGNORECASE)
_REASON = re.compile(r"mistake|accident|no longer|n't need", re.IGNORECASE)
_ABOUT_MONEY = re.compile(r"pay ?pal|gift ?card|credit|original payment|\bcard\b", re.IGNORECASE)
_OWN_WORDS = (
    (r"\b[Yy]ou(?:'re| are)\b", "I am"),
    (r"\b[Yy]ou've\b", "I've"),
    (r"\b[Yy]ou(?:'d| would)\b", "I would"),
    (r"\b[Yy]our\b", "my"),
    (r"\b[Yy]ou\b", "I"),
)
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
    """All a customer knows. `who`: the ways he can say who he is, in the order he tries them."""

    who: tuple[str, ...]
    wishes: tuple[Wish, ...]
    exact: bool
    words: str = field(repr=False, default="")


def read(scenario: Scenario) -> Told:
    """What the scenario's customer would say."""
    wishes = tuple(_exact(scenario.words))
    if not wishes:
        return Told(who(scenario.words), tuple(_free(scenario.words)), False, scenario.words)
    return Told(who(scenario.words), wishes, True, scenario.words)


def who(words: str) -> tuple[str, ...]:
    """How he says who he is, each of his e-mails first; empty if the instruction does not tell."""
    found: dict[str, str] = {}
    emails: list[str] = []
    for match in _WHO.finditer(words):
        for kind, value in match.groupdict().items():
            if value and kind == "email":
                emails.append(value)
            elif value:
                found.setdefault(kind, value)
    name = found.get("name") or found.get("id", "").replace("_", " ").title()
    code = found.get("zip") or found.get("code")
    ways = [f"my email is {email}" for email in dict.fromkeys(emails)]
    if name and code:
        ways.append(f"my name is {name} and my zip code is {code}")
    elif name:
        ways.append(f"my name is {name}")
    return tuple(ways)


def _exact(words: str) -> Iterator[Wish]:
    for match in _FORMS.finditer(words):
        told = match.groupdict()
        if told["cancel"]:
            says = f"I want to cancel order {told['cancel']}"
            yield Wish(says, "cancel", told["cancel"], reason=told["why"])
        elif told["back"]:
            goods = tuple(_GOODS.findall(told["goods"]))
            now = tuple((name, ast.literal_eval(one or "{}")) for name, one in goods)
            items = tuple(name for name, _ in goods)
            says = f"I want to return {_listed(items)} from order {told['back']}"
            yield Wish(says, "return", told["back"], items, method=told["to"], now=now)
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
    text = words.casefold()
    sentences = re.split(r"(?<=[.!?])\s+", words)
    reason = next((one for one in sentences if _REASON.search(one)), "")
    methods = sorted((text.find(key), key) for key in METHODS if key in text)
    for sentence in sentences:
        verb = _ASKING.search(sentence)
        if verb is None or _DIRECTION.search(sentence):
            continue
        does = _DOES[verb.group().casefold()]
        if verb.group().casefold() == "refund" and _ABOUT_MONEY.search(sentence):
            continue  # where the money shall go is his answer, no wish
        here = re.findall(r"#W\d+", sentence) or (orders if len(set(orders)) == 1 else [])
        own = sentence
        for words_to_him, words_of_his in _OWN_WORDS:
            own = re.sub(words_to_him, words_of_his, own)
        method = methods[0][1] if methods else ""
        yield Wish(own, does, here[0] if here else "", (own,), (), method, reason or own, own)


def _address(text: str) -> str:
    one = ast.literal_eval(text)
    lines = [one["address1"], one["address2"], one["city"], f"{one['state']} {one['zip']}", "USA"]
    return ", ".join(line for line in lines if line.strip())


def _listed(items: tuple[str, ...]) -> str:
    return " and ".join(f"the {one}" for one in items)
