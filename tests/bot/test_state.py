"""Dialog states survive storage, and broken ones stop nobody."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bot.dialogs.state import (
    SCHEMA,
    Choice,
    DialogState,
    Effect,
    Frame,
    LastMessage,
    Mode,
    Photo,
    Prompt,
    Request,
    view_of,
)

FULL = DialogState(
    locale="zh-CN",
    locale_fixed=True,
    stack=(
        Frame("refund", {"order": "o1", "items": ["a"], "quantities": {"a": 2}, "received": True}),
        Frame("verify_identity", raw={"order": "LL1"}, called=True, said=("x",), refusals=1),
    ),
    prompt=Prompt(7, "order", "f", (Choice(Effect.ANSWER, "o1", label="LL1"),), multiple=True),
    prompts=7,
    misses=1,
    queue=(Request("order_status", {"order": "LL2"}),),
    photos=(Photo("ref", datetime(2026, 5, 20, tzinfo=UTC)),),
    carried={"order": "LL3"},
    album="g",
    last=LastMessage("m1", undoable=False, retryable=True),
    before=DialogState(locale="en"),
)


def test_a_full_state_comes_back_equal() -> None:
    assert DialogState.from_json(FULL.to_json()) == FULL
    assert DialogState.from_json(json.dumps(FULL.to_json())) == FULL


def test_no_state_is_a_fresh_one() -> None:
    assert DialogState.from_json(None) == DialogState()


@pytest.mark.parametrize("stored", ["", "{", "[]", "null", b"\xff", 7, [], {}])
def test_damaged_states_are_fresh_ones(stored: object) -> None:
    assert DialogState.from_json(stored) == DialogState()


@pytest.mark.parametrize(
    "damage",
    [{"schema": SCHEMA + 1}, {"schema": None}, {"stack": "nonsense"}, {"prompt": {"id": "x"}}],
)
def test_what_is_safe_is_kept_of_a_state_that_cannot_be_read(damage: dict[str, object]) -> None:
    stored = {**FULL.to_json(), "mode": "human", **damage}

    rescued = DialogState.from_json(stored)

    assert rescued == DialogState(
        locale="zh-CN", locale_fixed=True, mode=Mode.HUMAN, prompts=FULL.prompts
    )


def test_handing_back_starts_fresh_but_keeps_language_and_prompt_numbers() -> None:
    state = DialogState(locale="en", mode=Mode.HUMAN, prompts=9, misses=2)
    assert state.handed_back() == DialogState(locale="en", prompts=9)


def test_the_view_shows_the_open_question_and_no_more() -> None:
    view = view_of(FULL, wording=lambda key, locale: f"{key} in {locale}")

    assert view.flow == "verify_identity"
    assert view.awaited == "order"
    assert [(option.value, option.label) for option in view.options] == [("p7:0", "LL1")]


def test_labels_that_are_templates_are_worded_in_his_language() -> None:
    state = DialogState(
        locale="en",
        prompt=Prompt(1, "", "f", (Choice(Effect.HUMAN, label_key="choice.person"),)),
    )
    view = view_of(state, wording=lambda key, locale: f"{key} in {locale}")
    assert view.options[0].label == "choice.person in en"
