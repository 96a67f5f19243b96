"""Reads what wishes for nothing: facts, complaints, questions, small talk."""

from __future__ import annotations

from typing import Final

from bot.dialogs import commands as c
from bot.dialogs.slots import (
    EVIDENCE,
    ITEMS,
    NONE,
    ORDER,
    REASON,
    TICKET,
)
from bot.understanding import entities
from bot.understanding.reading import Reading
from bot.understanding.told import order_and_proof, words_besides

Commands = list[c.Command]
MAX_QUESTION: Final = 400
"""Characters of a question that are looked up."""


MIN_QUESTION: Final = 6


SMALL_TALK_LENGTH: Final = 30


def read_facts(reading: Reading) -> Commands:
    """Numbers or complaints without a wish: kept, and asked what to do about them."""
    if reading.view.flow is not None:
        return []
    if tickets := reading.values(entities.TICKET):
        return [c.StartFlow("request_status", {TICKET: tickets[0]})]
    facts: Commands = [c.SetSlot(slot, value) for slot, value in order_and_proof(reading).items()]
    if reading.reasons and reading.reasons[0] == "not_received":
        told = {ITEMS: reading.text, **order_and_proof(reading)}
        return [c.StartFlow("order_status", told)]
    if reading.reasons:
        named = [c.SetSlot(REASON, reading.reasons[0]), c.SetSlot(ITEMS, reading.text)]
        return [*facts, *named, c.Clarify(("refund",))]
    if any(isinstance(fact, c.SetSlot) and fact.slot == ORDER for fact in facts):
        if besides := words_besides(reading):
            facts.append(c.SetSlot(ITEMS, besides))
        return [*facts, c.Clarify(("order_status", "refund"))]
    if not reading.intents and reading.starts_with("about"):
        words = c.SetSlot(ITEMS, reading.text)
        return [*facts, words, c.Clarify(("order_status", "refund"))]
    return []


def read_no_photo(reading: Reading) -> Commands:
    """ "No photos", said before they are asked for: neither a wish nor what is wrong."""
    if not reading.is_only("no_photo") or reading.is_only("deny"):
        return []
    return [c.SetSlot(EVIDENCE, NONE)] if reading.view.flow else [c.Clarify()]


def read_question(reading: Reading) -> Commands:
    """A question that no flow answers goes to the articles."""
    if reading.is_question and len(reading.text) >= MIN_QUESTION and reading.is_wordy:
        return [c.Answer(reading.text[:MAX_QUESTION])]
    return []


def read_small_talk(reading: Reading) -> Commands:
    """Greetings, thanks, goodbyes, help."""
    if len(reading.text) > SMALL_TALK_LENGTH:
        return []
    for kind in ("help", "thanks", "bye", "greeting"):
        if reading.is_only(kind):
            return [c.SmallTalk(kind)]
    if reading.view.awaited is None and reading.view.flow is None:
        # "All right" and "no, that's it" to what was told end a talk; they answer no question.
        if reading.is_only("agree"):
            return [c.SmallTalk("thanks")]
        if reading.is_only("deny"):
            return [c.SmallTalk("bye")]
    return [c.SmallTalk("help")] if reading.has("help") else []
