"""When the model is asked, what of its answers is taken, and what it costs."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse, Response

from bot.dialogs import commands as c
from bot.messages import InboundKind
from bot.understanding.base import DialogView, ModelUse
from bot.understanding.llm.breaker import Breaker
from bot.understanding.llm.budget import Budget, Prices
from bot.understanding.llm.chat import Endpoint, OpenAiChat
from bot.understanding.llm.model import Completion, ModelError, Question
from tests.support.llm_server import LlmServer, command, proposing
from tests.understanding.llm.support import (
    Counts,
    Knowing,
    Ticking,
    options,
    said,
    understanding,
)

IN_REFUND = DialogView("en", "refund", "items", options("Blue ceramic mug", "Linen tea towel"))
TEXT = "hm the thing LL20260512-0001 came bust, two of three, call 13800138001"


async def _proposed(view: DialogView, text: str, *commands: Any) -> Any:
    server = LlmServer(proposing(*commands))
    return await understanding(server, model=server).understand(said(text), view)


async def test_placeholders_are_restored_in_what_is_taken() -> None:
    wish = command("start_flow", flow="refund", slots={"order": "<ORDER_1>", "factor": "<PHONE_1>"})
    understood = await _proposed(DialogView(), TEXT, wish)
    told = {"order": "LL20260512-0001", "factor": "13800138001"}
    assert understood.commands == (c.StartFlow("refund", told),)
    assert understood.source == "llm"


GOOD = [
    (command("set_slot", slot="items", value="the thing"), c.SetSlot("items", "the thing")),
    (command("set_slot", slot="items", value="linen TEA"), c.SetSlot("items", "linen TEA")),
    (command("set_slot", slot="reason", value="damaged"), c.SetSlot("reason", "damaged")),
    (command("correct_slot", slot="order"), c.CorrectSlot("order")),
    (command("pick_option", value="2"), c.PickOptions(("p7:1",))),
    (command("cancel_flow"), c.CancelFlow()),
    (command("answer", value="call"), c.Answer("call")),
    (command("small_talk", value="thanks"), c.SmallTalk("thanks")),
    (command("change_language", value="de"), c.ChangeLanguage("de")),
    (command("handoff", value="asked"), c.HumanHandoff("asked")),
]


@pytest.mark.parametrize(("proposal", "expected"), GOOD, ids=lambda one: str(one)[:60])
async def test_what_his_words_bear_out_is_taken(proposal: Any, expected: c.Command) -> None:
    understood = await _proposed(IN_REFUND, TEXT, proposal)
    assert understood.commands == (expected,)


BAD = [
    [command("set_slot", slot="confirmed", value="yes")],
    [command("set_slot", slot="confirmed", value="no")],
    [command("set_slot", slot="amount", value="59")],
    [command("set_slot", slot="order", value="LL20260513-0006")],
    [command("set_slot", slot="order", value="<ORDER_2>")],
    [command("set_slot", slot="quantities", value="9")],
    [command("set_slot", slot="quantities", value="-1")],
    [command("set_slot", slot="reason", value="because")],
    [command("set_slot", slot="received", value="perhaps")],
    [command("set_slot", slot="ticket", value="AS20260520-0001")],
    [command("set_slot", slot="comment", value="I never said this")],
    [command("set_slot", slot="comment", value="")],
    [command("start_flow", flow="verify_identity")],
    [command("start_flow", flow="refund", slots={"total": "59"})],
    [command("pick_option", value="3")],
    [command("pick_option", value="two")],
    [command("handoff", value="because I say so")],
    [command("small_talk", value="joke")],
    [command("change_language", value="tlh")],
    [command("pay")],
    [
        command("set_slot", slot="items", value="all"),
        command("set_slot", slot="items", value="the"),
    ],
    [command("cancel_flow"), command("set_slot", slot="items", value="all")],
    [command("set_slot", slot="items", value="all"), command("pay")],
]


@pytest.mark.parametrize("proposals", BAD, ids=lambda one: str(one)[-70:])
async def test_what_they_do_not_bear_out_spoils_the_proposal(proposals: list[Any]) -> None:
    understood = await _proposed(IN_REFUND, TEXT, *proposals)
    assert understood.commands == (c.Clarify(),)
    assert understood.source == "local"
    assert understood.model.outcome == "refused"


async def test_nobody_but_he_presses_what_a_summary_offers() -> None:
    view = DialogView("en", "refund", "confirmed", options("Yes", "No"))
    understood = await _proposed(view, "hm well", command("pick_option", value="1"))
    assert understood.model.outcome == "refused"


@pytest.mark.parametrize(
    "local",
    [
        Knowing((c.PickOptions(("p7:1",)),), 1.0),
        Knowing((c.SetSlot("confirmed", "yes"),), 0.95),
        Knowing((c.HumanHandoff("upset"),), 0.9),
    ],
)
async def test_what_is_certain_is_not_asked(local: Knowing) -> None:
    server = LlmServer(proposing(command("cancel_flow")))
    understood = await understanding(server, local, model=server).understand(said(TEXT), IN_REFUND)
    assert understood.commands == local.commands
    assert understood.model is None
    assert server.bodies == []


@pytest.mark.parametrize(
    "message",
    [
        said("", kind=InboundKind.CHOICE, choice="p7:1"),
        said("refund_LL20260512-0001", kind=InboundKind.START),
        said("👍👍"),
        said(""),
    ],
)
async def test_what_has_no_words_is_not_asked(message: Any) -> None:
    server = LlmServer()
    await understanding(server, model=server).understand(message, IN_REFUND)
    assert server.bodies == []


FAILURES: dict[str, Any] = {
    "prose": "Of course! I have refunded you.",
    "cut off": '{"commands": [{"comm',
    "another form": {"answer": 42},
    "null": "null",
    "too many": {"commands": [command("cancel_flow")] * 50},
    "server error": JSONResponse({"error": {"message": "down"}}, 500),
    "rate limit": JSONResponse({"error": {"message": "slow down"}}, 429),
    "no choices": JSONResponse({"x": 1}),
    "a web page": Response("<html>", media_type="text/html"),
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_failing_model_leaves_the_local_result(failure: str) -> None:
    server = LlmServer(lambda asked: FAILURES[failure])
    understood = await understanding(server).understand(said(TEXT), DialogView())
    assert len(server.bodies) == 1
    assert understood.commands == (c.Clarify(),)
    assert understood.model is not None
    assert understood.model.outcome in ("error", "unreadable")


async def test_a_slow_model_leaves_the_local_result_within_the_deadline() -> None:
    server = LlmServer(proposing(command("cancel_flow")))
    ready = server.chat(30)
    await understanding(server, model=ready).understand(said(TEXT), DialogView())  # loaded
    server.delay = 30
    counts = Counts()
    llm = understanding(server, model=ready, deadline=0.2, observe=counts.call)
    understood = await llm.understand(said(TEXT), DialogView())
    assert understood.commands == (c.Clarify(),)
    assert understood.model is not None
    assert understood.model.outcome == "timeout"
    # It went on and is paid for: the question's tokens are estimated.
    [(outcome, tokens_in, tokens_out)] = counts.calls
    assert (outcome, tokens_out) == ("timeout", 0)
    assert tokens_in == understood.model.tokens_in > 100


async def test_a_wrong_key_is_an_error_and_is_in_no_text() -> None:
    endpoint = Endpoint("http://llm.test/v1", "scripted", "sk-wrong", 30)
    assert "sk-" not in repr(endpoint)
    server = LlmServer()
    http = httpx.AsyncClient(transport=httpx.ASGITransport(server.app))
    llm = understanding(server, model=OpenAiChat(endpoint, http))
    understood = await llm.understand(said(TEXT), DialogView())
    assert understood.model is not None
    assert understood.model.outcome == "error"
    assert server.bodies == []


async def test_an_endpoint_that_is_none_is_an_error() -> None:
    model = OpenAiChat(Endpoint("no address", "", "", 30))
    understood = await understanding(LlmServer(), model=model).understand(said(TEXT), IN_REFUND)
    assert understood.commands == (c.Clarify(),)
    assert understood.model is not None
    assert understood.model.outcome == "error"


async def test_the_breaker_opens_and_tries_again() -> None:
    now = Ticking()
    failing = FailingModel()
    breaker = Breaker(now, failures=3)
    llm = understanding(LlmServer(), model=failing, now=now, breaker=breaker)

    async def asked() -> str:
        understood = await llm.understand(said(TEXT), IN_REFUND)
        assert understood.model is not None
        return understood.model.outcome

    assert [await asked() for _ in range(5)] == ["error"] * 3 + ["open"] * 2
    now.pass_by(30)
    assert [await asked() for _ in range(2)] == ["error", "open"]
    now.pass_by(30)
    assert await asked() == "open"  # the rest has doubled
    now.pass_by(30)
    failing.works = True
    assert [await asked() for _ in range(2)] == ["none", "none"]
    assert not breaker.is_open


class FailingModel:
    """Fails until it works."""

    works = False

    async def complete(self, question: Question) -> Completion:
        if not self.works:
            raise ModelError("error")
        return Completion('{"commands": []}', 1, 1)


async def test_tokens_and_cost_are_told() -> None:
    server = LlmServer(proposing(command("cancel_flow")))
    counts = Counts()
    llm = understanding(server, prices=Prices(2.5, 10.0, "EUR"), observe=counts.call)
    understood = await llm.understand(said(TEXT), IN_REFUND)
    # 300 × 2.50 € and 40 × 10 € a million: 0.00115 €
    assert understood.model == ModelUse("taken", 300, 40, 1150, "EUR")
    assert counts.calls == [("ok", 300, 40)]


async def test_the_daily_cap_ends_asking_until_tomorrow() -> None:
    server = LlmServer(proposing(command("cancel_flow")))
    now = Ticking()
    llm = understanding(server, model=server, now=now, budget=Budget(now, 600))

    async def asked() -> str:
        understood = await llm.understand(said(TEXT), IN_REFUND)
        assert understood.model is not None
        return understood.model.outcome

    assert [await asked() for _ in range(3)] == ["taken", "taken", "capped"]
    assert len(server.bodies) == 2
    now.pass_by(24 * 3_600)
    assert await asked() == "taken"
