"""Which of his payment methods pays or gets the money: read, derived where only one can, asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from bot.change_ports import ChangeQuote, ChangeWish, MethodView
from bot.dialogs.flow import Ask, Bad, Collect, End, Given, Known, Offer, Talk
from bot.dialogs.menu import LEAVE_IT, PERSON
from bot.dialogs.parts.orders import order_of
from bot.dialogs.parts.refused_changes import refusal
from bot.dialogs.slots import METHOD
from bot.dialogs.state import Effect
from bot.ports import Refusal
from bot.replies import Reply

AS_PAID: Final = ""
"""The method of whatever the order was paid by."""

_KINDS: Final = {
    "gift_card": r"gift ?-?cards?|vouchers?|礼品卡|购物卡|储值卡",
    "paypal": r"pay ?-?pal|贝宝",
    "credit_card": (
        r"credit|visa|master ?-?card|amex|debit|(?<![品物值])卡|\bcard\b(?<!gift card)"
    ),
}
_LABELS: Final = {
    "gift_card": "change.method_gift_card",
    "paypal": "change.method_paypal",
    "credit_card": "change.method_credit_card",
}
_DENIED: Final = re.compile(
    r"(?:\b(?:not|no|never|without|except|instead of|rather than|nicht|kein\w*|statt|pas|sin|sans)"
    r"\b|n['’]t\b|不要?|别|別|而不是)"
    r"(?:\s|\b(?:use|using|charge|charging|want|like|pay|paying|it|to|on|by|with|via|from|the|my|an?"
    r"|any|auf|mit|von|die|der|meine?r?|de|la|le|ma|mon|mi|con|avec|par)\b|再|想|是|用|退|付|到|回|走|我的)*"
    rf"(?:{'|'.join(_KINDS.values())})(?:\W*(?:ending (?:in|with))?\W*\d{{4}}\b)?",
    re.IGNORECASE,
)
"""A way he names only to say that it shall not be that one: "PayPal, not my card"."""
_DIGITS = re.compile(r"(?<!\d)\d{4}(?!\d)")

WishOf = Callable[[Talk], ChangeWish]

_ALONE: Final = re.compile(
    rf"\W*(?:(?:to|on|onto|by|with|via|the|a|my|please|back|退到|退回|用|我的|到)\W*)*"
    rf"(?:{'|'.join(_KINDS.values())})(?:\W|please|吧|card|\d{{4}})*",
    re.IGNORECASE,
)


def is_method(words: str) -> bool:
    """Whether the words name a way to pay and nothing else."""
    return bool(_ALONE.fullmatch(words))


def collect_method(wish_of: WishOf, question: str) -> Collect:
    """Get the method, asking with the template `question`, where the wish needs one."""

    def ask(talk: Talk) -> Ask | End:
        fitting, why_not = _fitting(talk, wish_of(talk))
        if not talk.ports.changes.methods(order_of(talk).id) and talk.ports.identity.is_verified():
            return Ask("", "change.no_methods", offers=(PERSON, LEAVE_IT))
        if not fitting and why_not is not None:
            return refusal(talk, why_not)
        return ask_among(fitting)

    def ask_among(methods: Sequence[MethodView]) -> Ask:
        return Ask(METHOD, question, {}, _offers(methods))

    def read(talk: Talk, given: Given) -> Known | Bad | Ask | None:
        fitting, _ = _fitting(talk, wish_of(talk))
        if given.picked:
            return Known({METHOD: given.picked[0]})
        every = talk.ports.changes.methods(order_of(talk).id)
        named = named_methods(given.words, every)
        able = [one for one in named if one in fitting]
        if len(able) == 1:
            return Known({METHOD: able[0].id})
        if able:
            return ask_among(able)
        if named and given.asked:
            return _why_not(talk, wish_of(talk), named[0])
        if named and (why := _why_not(talk, wish_of(talk), named[0])) is not None:
            # Named beforehand and impossible: no other one is taken in its place without a word.
            return replace(ask_among(fitting), notes=(why.note,)) if fitting else None
        return Bad(Reply("change.no_such_method")) if given.asked and fitting else None

    def derive(talk: Talk) -> str | None:
        if METHOD in talk.raw or METHOD in talk.taken_back:
            return None
        fitting, _ = _fitting(talk, wish_of(talk))
        return fitting[0].id if len(fitting) == 1 else None

    def complete(talk: Talk) -> bool:
        """What he chose stands while it can be: "and the red one instead" is about no money."""
        if METHOD not in talk.slots:
            return False
        wish = replace(wish_of(talk), method=chosen_method(talk))
        return isinstance(talk.ports.changes.quote(order_of(talk).id, wish), ChangeQuote)

    return Collect(
        METHOD,
        ask=ask,
        read=read,
        derive=derive,
        complete=complete,
        when=lambda talk: _needed(talk, wish_of(talk)),
    )


def named_methods(words: str, methods: Sequence[MethodView]) -> list[MethodView]:
    """Those the words name, and not to deny them: by kind, by a card's last four digits, or by the
    shop's id."""
    text = _DENIED.sub(" ", words.casefold())
    by_id = [one for one in methods if one.id.casefold() in text]
    if by_id:
        return by_id
    tails = set(_DIGITS.findall(text))
    if by_tail := [one for one in methods if one.last_four and one.last_four in tails]:
        return by_tail
    kinds = {kind for kind, pattern in _KINDS.items() if re.search(pattern, text)}
    if "gift_card" in kinds and not re.search(r"credit|visa|master|amex|debit", text):
        kinds.discard("credit_card")
    return [one for one in methods if one.kind in kinds]


def method_params(method: MethodView | None) -> dict[str, object]:
    """A method as templates word it; `kind` original for the way he paid."""
    if method is None:
        return {"kind": "original", "last_four": ""}
    return {"kind": method.kind, "last_four": method.last_four}


def method_named(talk: Talk, method_id: str) -> MethodView | None:
    """One of his methods."""
    methods = talk.ports.changes.methods(order_of(talk).id)
    return next((one for one in methods if one.id == method_id), None)


def chosen_method(talk: Talk) -> str:
    """The method told or derived; AS_PAID where none was needed."""
    return str(talk.slots.get(METHOD) or AS_PAID)


def _offers(methods: Sequence[MethodView]) -> tuple[Offer, ...]:
    """A kind he has once is called by its name; of several each by its last characters."""
    kinds = Counter(method.kind for method in methods)
    return tuple(
        Offer(
            Effect.ANSWER,
            method.id,
            label_key=_LABELS.get(method.kind, "change.method_other")
            if kinds[method.kind] == 1
            else "",
            label="" if kinds[method.kind] == 1 else f"•••• {method.last_four or method.id[-4:]}",
            detail_key="change.method_detail",
            params={
                "kind": method.kind,
                "last_four": method.last_four,
                "balance": method.balance,
            },
        )
        for method in methods
    )


def _needed(talk: Talk, wish: ChangeWish) -> bool:
    """Whether money has to be sent somewhere he may choose."""
    if wish.kind == "payment":
        return True
    if wish.kind == "return":
        return bool(talk.ports.changes.methods(order_of(talk).id))
    quoted = talk.ports.changes.quote(order_of(talk).id, replace(wish, method=AS_PAID))
    return isinstance(quoted, Refusal) and quoted.code == "method_missing"


def _fitting(talk: Talk, wish: ChangeWish) -> tuple[list[MethodView], Refusal | None]:
    """The methods the change can be made with, and why the first other one can't."""
    fitting: list[MethodView] = []
    why_not: Refusal | None = None
    for one in talk.ports.changes.methods(order_of(talk).id):
        quoted = talk.ports.changes.quote(order_of(talk).id, replace(wish, method=one.id))
        if isinstance(quoted, ChangeQuote):
            fitting.append(one)
        else:
            why_not = why_not or quoted
    return fitting, why_not or Refusal("identity_needed")


def _why_not(talk: Talk, wish: ChangeWish, method: MethodView) -> Bad | None:
    quoted = talk.ports.changes.quote(order_of(talk).id, replace(wish, method=method.id))
    if isinstance(quoted, ChangeQuote):
        return None
    asked = refusal(talk, quoted)
    return Bad(Reply(asked.key, asked.params))
