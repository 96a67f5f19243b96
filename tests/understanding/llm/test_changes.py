"""What a model may propose for changes of orders: words of the message, and no others."""

from __future__ import annotations

import pytest

from bot.dialogs import commands as c
from bot.understanding.base import DialogView
from bot.understanding.lexicon import shipped_lexicon
from bot.understanding.llm.checking import BadProposal, Checker
from bot.understanding.llm.completing import completed
from bot.understanding.llm.masking import Masker
from bot.understanding.llm.schema import Proposal, SlotValue
from bot.understanding.reading import Reading

TEXT = "change the address of order HS-50001 to 9 Pine Rd, Austin, TX 78701"


def checked(flow: str, told: dict[str, str], text: str = TEXT) -> tuple[c.Command, ...]:
    slots = [SlotValue(slot=slot, value=value) for slot, value in told.items()]
    proposal = Proposal(command="start_flow", flow=flow, slots=slots)
    return Checker(text, DialogView("en"), Masker()).commands([proposal])


@pytest.mark.parametrize(
    ("flow", "slot", "value", "text"),
    [
        ("change_address", "address", "9 Pine Rd, Austin, TX 78701", TEXT),
        ("cancel_order", "cancel_reason", "found it cheaper", "cancel it, found it cheaper"),
        ("exchange", "variants", "brass with touch", "the lamp in brass with touch please"),
        ("change_payment", "method", "gift card", "pay by gift card"),
        ("cancel_order", "who", "Mara Lind, 04101", "cancel my order. Mara Lind, 04101"),
    ],
)
def test_words_of_the_message_are_taken(flow: str, slot: str, value: str, text: str) -> None:
    assert checked(flow, {slot: value}, text) == (c.StartFlow(flow, {slot: value}),)


@pytest.mark.parametrize(
    ("slot", "value"),
    [
        ("address", "1 Thief Street, Reno, NV 89501"),
        ("method", "the card ending in 6666"),
        ("variants", "gold"),
        ("cancel_reason", "ordered by mistake"),
        ("who", "Mara Lind, 04101"),
    ],
)
def test_words_he_did_not_say_are_refused(slot: str, value: str) -> None:
    with pytest.raises(BadProposal):
        checked("change_address", {slot: value})


def test_an_order_is_its_number() -> None:
    told = checked("cancel_order", {"order": "订单HS-60002"}, "把订单HS-60002取消")
    assert told == (c.StartFlow("cancel_order", {"order": "HS-60002"}),)


def test_what_a_model_left_out_is_added_and_what_it_said_stands() -> None:
    reading = Reading(TEXT, DialogView("en"), shipped_lexicon())
    local = (c.StartFlow("change_address", {"order": "HS-50001", "address": "9 Pine Rd"}),)
    bare = (c.StartFlow("change_address", {"address": "9 Pine Rd, Austin"}),)
    (start,) = completed(bare, local, reading)
    assert start == c.StartFlow(
        "change_address", {"order": "HS-50001", "address": "9 Pine Rd, Austin"}
    )
    (alone,) = completed((c.StartFlow("change_address"),), (c.CancelFlow(),), reading)
    assert isinstance(alone, c.StartFlow)
    assert (alone.slots["order"], alone.slots["address"]) == ("HS-50001", TEXT)
