"""Reply windows: the rules, and how held messages are joined."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend.conversations.windows import rules
from backend.conversations.windows.repository import Held
from backend.conversations.windows.rules import CLOSED, FULL, NOT_OURS, Limits, Window
from backend.pipeline.windows import bundles, joined

NOW = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)
LIMITS = Limits(hours=48, messages=5)


def refusal(**window: object) -> str | None:
    return rules.refusal(Window(**window), LIMITS, NOW)  # type: ignore[arg-type]


def test_a_message_of_his_opens_it_for_five() -> None:
    assert refusal(opened_at=NOW, used=0) is None
    assert refusal(opened_at=NOW, used=4) is None
    assert refusal(opened_at=NOW, used=5) == FULL


def test_it_closes_after_48_hours() -> None:
    almost, over = timedelta(hours=47, minutes=59), timedelta(hours=48)
    assert refusal(opened_at=NOW - almost) is None
    assert refusal(opened_at=NOW - over) == CLOSED
    assert refusal(opened_at=None) == CLOSED


def test_whose_session_it_is_comes_first() -> None:
    for session in (rules.QUEUED, rules.SERVICER):
        assert refusal(opened_at=NOW, session=session) == NOT_OURS
    assert refusal(opened_at=NOW, session=rules.ENDED) == CLOSED


def test_nothing_known_leaves_it_to_the_vendor() -> None:
    assert rules.refusal(None, LIMITS, NOW) is None
    assert rules.room(None, LIMITS, NOW) == 5


def test_a_code_lets_one_out_within_twenty_seconds() -> None:
    fresh = NOW - timedelta(seconds=19)
    assert refusal(event_code="code", event_code_at=fresh) is None
    assert refusal(event_code="code", event_code_at=NOW - timedelta(seconds=20)) == CLOSED


def test_messages_out_of_order_open_it_once() -> None:
    newer = rules.customer_wrote(None, NOW, LIMITS)
    used = rules.refused_by_vendor(newer, FULL, LIMITS)
    assert used.used == 5
    late = rules.customer_wrote(used, NOW - timedelta(minutes=1), LIMITS)
    assert late == used
    assert rules.customer_wrote(used, NOW + timedelta(seconds=1), LIMITS).used == 0


def test_a_session_ends_with_its_event_or_with_the_window() -> None:
    taken = Window(opened_at=NOW, session=rules.SERVICER, servicer="zhangsan")
    soon = rules.customer_wrote(taken, NOW + timedelta(hours=1), LIMITS)
    assert (soon.session, soon.servicer) == (rules.SERVICER, "zhangsan")
    for known in (
        Window(opened_at=NOW, session=rules.ENDED),
        Window(opened_at=NOW - timedelta(hours=60), session=rules.SERVICER),
    ):
        assert rules.customer_wrote(known, NOW, LIMITS).session == rules.OURS


held = st.builds(
    lambda talk, text, options, attachments, parts: Held(
        "", talk, 0, {"text": text, "options": options, "attachments": attachments}, parts
    ),
    st.sampled_from(["c1", "c2"]),
    st.text(max_size=300),
    st.lists(st.just({"value": "v", "label": "l"}), max_size=1),
    st.lists(st.just({"ref": "a"}), max_size=1),
    st.sampled_from([0, 0, 0, 1]),
)


@given(st.lists(held, max_size=12))
def test_joined_messages_keep_their_words_order_and_options(drawn: list[Held]) -> None:
    messages = [replace(each, id=f"m{seq}", seq=seq) for seq, each in enumerate(drawn)]
    groups = bundles(messages, 2048)
    assert [each for group in groups for each in group] == messages
    for group in groups:
        first, *others = [each.body for each in group]
        whole = joined(first, others)
        assert len({each.conversation_id for each in group}) == 1
        texts = [str(each.body["text"]) for each in group if each.body["text"]]
        assert whole["text"] == "\n\n".join(texts)
        assert not any(each.body["options"] for each in group[:-1])
        if others:
            assert len(str(whole["text"]).encode()) <= 2048
            assert not any(each.body["attachments"] or each.parts for each in group)
