"""Reads what a message wishes for by itself: the flows to start, in his order."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from bot.dialogs import commands as c
from bot.dialogs.slots import (
    CANCEL_REASON,
    ITEMS,
    ORDER,
    QUANTITIES,
    REASON,
    TICKET,
)
from bot.understanding import entities
from bot.understanding.base import DialogView, Span
from bot.understanding.denials import turned
from bot.understanding.intents import LEADS
from bot.understanding.merging import is_another, is_same, merged
from bot.understanding.numbered import numbered_pieces, numbers_joined, numbers_meant
from bot.understanding.reading import EDGE, NAME_LIKE, SWAP, Reading
from bot.understanding.remarks import MAX_QUESTION
from bot.understanding.several import is_told_of_news, parts_of, told_apart
from bot.understanding.told import THE_ORDER, about_order, order_and_proof, told_with

_NOT_YET = re.compile(
    r"[还還][没沒不]|迟迟"
    r"|(?:still|yet|has ?n[o']t|have ?n[o']t) (?:not )?(?:been )?(?:sent|shipped)",
    re.IGNORECASE,
)
_ONE_OR_OTHER = re.compile(
    r"\bif\b[^.!?]{0,40}?(?:n['’]?t\b|\bnot\b|\bcannot\b|\bimpossible\b)|\botherwise\b|\bor else\b"
    r"|\bsonst\b|\bandernfalls\b|\bde lo contrario\b|\bsi no\b|\bsinon\b"
    r"|(?:如果|要是|若|假如)[^，。,.!?！？]{0,8}(?:不|没法|沒法)|否则|否則|不然|(?:不行|不能)的?话?就",
    re.IGNORECASE,
)
"""The second of two wishes is for the case that the first can't be done."""
_GOODS = re.compile(
    r"(?:want to |like to )?(?:return|send)\b|devolver|r(?:etourn|envoy)er", re.IGNORECASE
)
"""How one asks for goods to be taken back, and not for money alone."""
_SHOWING: Final = ("verify_identity", "identify")
"""Flows in which he shows who he is, for another that waits for it."""
Commands = list[c.Command]


def read_requests(reading: Reading) -> Commands:
    """Flows he wants started, in his order; giving up; questions of policy."""
    reading = reading.without_denied()
    kinds = {span.kind for span in reading.intents}
    if kinds == {"order_status"} and "no_longer_wanted" in reading.reasons:
        # "It has still not been sent, I don't want it any more" asks for no news.
        return [c.StartFlow("refund", told_with(reading))]
    for read in (_orders_called_off, _things_of_each_order, _things_with_reasons):
        if of_each := read(reading, kinds):
            return of_each
    commands: Commands = []
    wishes = _meant(reading)
    parts = parts_of(reading, wishes)
    for at, (span, part) in enumerate(zip(wishes, parts, strict=True)):
        command = _completed(_request(part, span), reading, parts, at, wishes)
        same = next(
            (
                place
                for place, one in enumerate(commands)
                if is_same(command, one) and not is_another(command, one, part)
            ),
            None,
        )
        if command is not None and same is None:
            commands.append(command)
        elif command is not None and same is not None:
            commands[same] = merged(commands[same], command)
    return _one_or_the_other(reading, commands)


def _one_or_the_other(reading: Reading, commands: Commands) -> Commands:
    """ "Change the address, otherwise cancel": not both, nor the second if the first can be done.
    Which of them, he is asked."""
    flows = dict.fromkeys(one.flow for one in commands if isinstance(one, c.StartFlow))
    if len(flows) < 2 or reading.view.flow is not None or not _ONE_OR_OTHER.search(reading.text):
        return commands
    facts = [c.SetSlot(slot, value) for slot, value in order_and_proof(reading).items()]
    return [*facts, c.Clarify(tuple(flows))]


def read_wishes_besides(reading: Reading) -> Commands:
    """What he wishes for besides showing who he is: "0142, and I want a refund for the mugs"."""
    if reading.view.flow not in _SHOWING or not reading.intents:
        return []
    kinds = (c.StartFlow, c.HumanHandoff, c.Answer)
    by_itself = replace(reading, view=DialogView(reading.view.locale))
    return [command for command in read_requests(by_itself) if isinstance(command, kinds)]


def _things_with_reasons(reading: Reading, kinds: Collection[str]) -> Commands:
    """ "Refund the mugs, they're chipped, and also the towel, I don't like it": the one wish, for
    each thing with its own reason."""
    if set(kinds) != {"refund"} or reading.view.flow is not None or len(reading.intents) > 1:
        return []
    for start, _ in reading.lexicon.spans("also", reading.text):
        cut = reading.clause_of(start)[0]
        parts = [replace(reading, text=part) for part in (reading.text[:cut], reading.text[cut:])]
        told = [told_with(part) for part in parts]
        another = cut and parts[1].thing_besides("also")
        if not another or not all(REASON in one and ITEMS in one for one in told):
            continue
        if told[0][REASON] != told[1][REASON]:
            shared = order_and_proof(reading)
            return [c.StartFlow("refund", {**shared, **one}) for one in told]
    return []


def _orders_called_off(reading: Reading, kinds: Collection[str]) -> Commands:
    """ "Cancel HS-1001 and HS-1002": no more than the word and orders' numbers, each an order to
    cancel. In the middle of something it may well be that which he wants to leave."""
    if reading.view.flow is not None or not {"cancel", "cancel_order"} >= set(kinds):
        return []
    meant = [
        start
        for start, end in reading.lexicon.spans("calls_off", reading.text)
        if turned(reading.text, start, end) is None
    ]
    numbers = numbers_joined(reading, reading.clause_of(meant[0])) if meant else []
    if meant and not numbers and len(set(numbers_meant(reading))) == 1:
        numbers = numbers_meant(reading)[:1]  # "I ordered HS-1001 by mistake, please cancel it"
    if "cancel_order" in kinds and len(reading.values(entities.ORDER_NUMBER)) == 1:
        return []  # said in full: read with all the rest of it
    told = {REASON: "no_longer_wanted", **told_with(reading), CANCEL_REASON: reading.text}
    return [c.StartFlow("cancel_order", {**told, ORDER: number}) for number in numbers]


def _things_of_each_order(reading: Reading, kinds: Collection[str]) -> Commands:
    """ "Return the lamp from HS-1001 and the tee from HS-1002": the one wish, for each order."""
    if set(kinds) != {"refund"} or reading.view.flow is not None:
        return []
    told = told_with(reading)
    shared = {slot: words for slot, words in told.items() if slot not in (ITEMS, QUANTITIES)}
    return [
        c.StartFlow("refund", {**shared, **told_with(piece), ORDER: number})
        for number, piece in numbered_pieces(reading)
    ]


def _calls_off(reading: Reading, span: Span) -> bool:
    """Whether it is said beside an order's number: "cancel HS-1001, and return the lamp of …"."""
    if span.kind != "cancel" or reading.view.flow is not None:
        return False
    off = reading.lexicon.has("calls_off", span.value)
    return off and bool(numbers_joined(reading, reading.clause_of(span.start)))


def _meant(reading: Reading) -> list[Span]:
    """The intents, less those that another one explains."""
    spans = [
        replace(span, kind="cancel_order") if _calls_off(reading, span) else span
        for span in reading.intents
    ]
    kinds = {span.kind for span in spans}
    without: set[str] = set()
    if reading.view.flow is None and kinds & {
        "other_service",
        SWAP,
        "order_status",
        "request_status",
    }:
        # "No refund, an exchange": there is nothing to give up. "If it has not left yet, cancel".
        without.add("order_status" if _unless_it_left(reading, spans) else "cancel")
    if kinds & {"refund", "cancel_order"}:
        if reading.view.flow is None or "no_longer_wanted" in reading.reasons:
            without.add("cancel")  # "cancel and refund" asks for the refund
        given_up = "no_longer_wanted" in reading.reasons and _NOT_YET.search(reading.text)
        if given_up or {"not_received", "late"} & set(reading.reasons):
            without.add("order_status")  # "it never came, I want my money back"
    if {"cancel_order", "refund"} <= kinds and not _both(reading, spans):
        without.add("refund")
    return [span for span in spans if span.kind not in without]


def _unless_it_left(reading: Reading, spans: Sequence[Span]) -> bool:
    """Whether an order is called off that has not been sent: no news of it are asked for."""
    off = any(
        span.kind == "cancel" and reading.lexicon.has("calls_off", span.value) for span in spans
    )
    news = [span.value for span in spans if span.kind == "order_status"]
    return off and bool(news) and all(_NOT_YET.search(words) for words in news)


def _completed(
    command: c.Command | None,
    reading: Reading,
    parts: Sequence[Reading],
    at: int,
    wishes: Sequence[Span],
) -> c.Command | None:
    """With what was told once for all wishes: who he is, and the order, unless one of them takes
    all of it ("cancel 1234 and return the lamp"), asks for news of it alone ("a refund for the
    lamp, and where is 1234?") or names it after this one ("refund the towel and the lamp of 1234").
    """
    part = parts[at]
    if part is reading or not isinstance(command, c.StartFlow):
        return command
    told = dict(order_and_proof(reading))
    cancels = any(span.kind == "cancel_order" for span in wishes)
    own_things = command.flow != "order_status" and ITEMS in command.slots
    elsewhere = is_told_of_news(reading, wishes) or _is_named_later(told.get(ORDER), parts, at)
    if cancels or (own_things and elsewhere) or len(set(reading.values(entities.ORDER_NUMBER))) > 1:
        told.pop(ORDER, None)
    return c.StartFlow(command.flow, {**told, **command.slots})


def _is_named_later(number: str | None, parts: Sequence[Reading], at: int) -> bool:
    """Whether the order's number is first named in the part of a later wish."""
    holding = [
        place
        for place, part in enumerate(parts)
        if number is not None and number in part.values(entities.ORDER_NUMBER)
    ]
    return bool(holding) and min(holding) > at


def _both(reading: Reading, spans: Sequence[Span]) -> bool:
    """Whether one order is to be cancelled and another sent back, not one both."""
    cancels = next(span for span in spans if span.kind == "cancel_order")
    refunds = [span for span in spans if span.kind == "refund"]
    return any(told_apart(reading, cancels, one) for one in refunds) or (
        bool(reading.values(entities.ORDER_NUMBER))
        and any(_sends_a_thing(reading, one) for one in refunds)
    )


def _sends_a_thing(reading: Reading, span: Span) -> bool:
    """ "Cancel 1234 and return the lamp": what was not sent yet can't be sent back."""
    rest = reading.text[span.end : reading.clause_of(span.start)[1]]
    named = _GOODS.match(span.value) and NAME_LIKE.search(THE_ORDER.sub(" ", rest))
    return bool(named) and not reading.lexicon.is_only("filler", rest)


def _request(reading: Reading, span: Span) -> c.Command | None:
    match span.kind:
        case "refund":
            return c.StartFlow("refund", told_with(reading))
        case "cancel_order":
            told = {REASON: "no_longer_wanted", **told_with(reading)}
            return c.StartFlow("cancel_order", {**told, CANCEL_REASON: reading.text})
        case "order_status":
            return c.StartFlow("order_status", about_order(reading, span))
        case "request_status":
            tickets = reading.values(entities.TICKET)
            return c.StartFlow("request_status", {TICKET: tickets[0]} if tickets else {})
        case "withdraw" if _is_under_way(reading):
            return c.CancelFlow()
        case "withdraw":
            tickets = reading.values(entities.TICKET)
            return c.StartFlow("withdraw", {TICKET: tickets[0]} if tickets else {})
        case "cancel" if reading.view.flow is None and (ticket := reading.values(entities.TICKET)):
            return c.StartFlow("withdraw", {TICKET: ticket[0]})
        case "cancel":
            return c.CancelFlow()
        case "policy":
            start, end = reading.clause_of(span.start)
            return c.Answer(reading.text[start : max(end, span.end)].strip(EDGE)[:MAX_QUESTION])
        case kind if kind == SWAP:
            return LEADS["exchange_request"](reading)
        case "other_service":
            lead = next((lead for words, lead in _CHANGES if words.search(span.value)), None)
            return LEADS[lead](reading) if lead else c.HumanHandoff("other_service")
        case _:
            return None


_CHANGES: Final = (
    (
        re.compile(r"\bpay|\bpaid|^use .*card|付款|支付", re.IGNORECASE),
        "change_payment",
    ),
    (
        re.compile(r"^(?:change|swap|switch|modify) (?!.*address)", re.IGNORECASE),
        "change_items",
    ),
    (
        re.compile(r"exchang|换货|換貨|umtausch|échang|交換|troca|cambi", re.IGNORECASE),
        "exchange_request",
    ),
    (
        re.compile(r"address|地址|adress|direcci|住所|indirizzo|endere", re.IGNORECASE),
        "change_address",
    ),
)
"""Services that a shop may let customers do by themselves, by their words -> intent."""


def _is_under_way(reading: Reading) -> bool:
    """Whether what he takes back is the request that is being made: it has no number yet."""
    making = reading.view.flow in ("refund", "verify_identity")
    return making and not reading.values(entities.TICKET)
