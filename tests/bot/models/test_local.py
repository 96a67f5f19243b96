"""Understanding by rules and likeness together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest

from bot.dialogs import commands as c
from bot.dialogs.slots import COMMENT, FACTOR, ITEMS, ORDER, REASON
from bot.messages import InboundKind, InboundMessage, Option, Sender
from bot.understanding.base import DialogView, Understood
from bot.understanding.intents import commands_for
from bot.understanding.local import LocalUnderstanding
from bot.understanding.models.shipped import shipped_model
from bot.understanding.reading import Reading
from bot.understanding.rules import RulesUnderstanding
from knowledge.embedding import Vectors

LOCAL = LocalUnderstanding.shipped("en")


class Unused:
    """An encoder nobody should need."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError(f"encoded {texts}")

    def embed_now(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError(f"encoded {texts}")


def message(text: str, **changes: object) -> InboundMessage:
    given: dict[str, object] = {
        "external_id": "m1",
        "sender": Sender("contact"),
        "kind": InboundKind.TEXT,
        "sent_at": datetime(2026, 5, 20, tzinfo=UTC),
        "order": 1,
        "text": text,
        **changes,
    }
    return InboundMessage(**given)  # type: ignore[arg-type]


def read(text: str, **view: object) -> Understood:
    return LOCAL.read(message(text), DialogView(**view))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "flow", "slots"),
    [
        ("vorrei indietro i miei soldi", "refund", {}),
        ("la taza vino hecha trizas", "refund", {REASON: "damaged"}),
        ("ボタンを押しても全然反応してくれない", "refund", {REASON: "quality"}),
        ("wann trifft meine Lieferung ein", "order_status", {}),
    ],
)
def test_what_no_rule_reads_is_known_by_likeness(
    text: str, flow: str, slots: dict[str, str]
) -> None:
    understood = read(text)
    (command,) = understood.commands
    assert isinstance(command, c.StartFlow)
    assert command.flow == flow
    assert slots.items() <= dict(command.slots).items()
    assert understood.source == "local"
    assert understood.intents[0].score == pytest.approx(understood.confidence)


@pytest.mark.parametrize(
    "text", ["quelle est la capitale du pérou", "mi gato se llama luna", "lorem ipsum dolor"]
)
def test_what_is_out_of_scope_is_asked_back(text: str) -> None:
    understood = read(text)
    assert all(isinstance(one, c.Clarify | c.Answer) for one in understood.commands)


@pytest.mark.parametrize(
    ("given", "view"),
    [
        (message("", kind=InboundKind.CHOICE, choice="yes"), DialogView()),
        (message("yes please"), DialogView(flow="refund", awaited="confirmed")),
        (message("2"), DialogView(awaited=ORDER, options=(Option("a", "A"), Option("b", "B")))),
        (message("LL20260518-0042"), DialogView(flow="verify_identity", awaited=FACTOR)),
        (message("English please"), DialogView()),
        (message("a human please"), DialogView()),
        (message("👍"), DialogView()),
    ],
)
async def test_what_is_certain_is_never_encoded(given: InboundMessage, view: DialogView) -> None:
    rules = RulesUnderstanding("en")
    local = LocalUnderstanding(
        rules, Unused(), lambda: shipped_model("nlu"), lambda: shipped_model("sentiment")
    )
    assert await local.understand(given, view) == rules.read(given, view)


async def test_waiting_or_blocking_gives_the_same() -> None:
    given = message("mon colis n'avance plus")
    assert await LOCAL.understand(given, DialogView()) == LOCAL.read(given, DialogView())


def test_words_that_may_name_an_item_answer_the_question() -> None:
    understood = read("la bouilloire bleue", locale="fr", flow="refund", awaited=ITEMS)
    assert understood.commands == (c.SetSlot(ITEMS, "la bouilloire bleue"),)


def test_a_comment_is_taken_as_it_is() -> None:
    understood = read("es kam kaputt an", locale="de", flow="refund", awaited=COMMENT)
    assert understood.commands == (c.SetSlot(COMMENT, "es kam kaputt an"),)


def test_two_wishes_in_one_message_are_both_kept() -> None:
    understood = read("la tetera llegó rota, necesito también una factura para mi empresa")
    kinds = [type(one) for one in understood.commands]
    assert kinds == [c.StartFlow, c.HumanHandoff]


@pytest.mark.parametrize("text", ["\ud800", "a\ud800b\u202e", "?" * 5000, "退款" * 3000, "\x00"])
def test_nothing_a_message_holds_raises(text: str) -> None:
    understood = read(text)
    assert isinstance(understood, Understood)
    assert all(np.isfinite(one.score) for one in understood.intents)


def test_one_flow_is_started_once_with_all_that_was_told() -> None:
    view = DialogView()
    first = Reading("it is broken", view, LOCAL.rules.lexicon)
    second = Reading("order 20260518-0042", view, LOCAL.rules.lexicon)
    (command,) = commands_for([("damaged_item", first), ("refund_request", second)])
    assert isinstance(command, c.StartFlow)
    assert command.slots[REASON] == "damaged"
    assert command.slots[ORDER] == "20260518-0042"


def test_an_intent_of_the_shops_own_goes_to_a_person() -> None:
    reading = Reading("anything", DialogView(), LOCAL.rules.lexicon)
    assert commands_for([("loyalty_club", reading)]) == [c.HumanHandoff("other_service")]
