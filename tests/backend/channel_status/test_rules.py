"""From answers to a state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend.channel_status.rules import DOWN_AFTER, WORKED, Condition, Outcome, State, after

NOON = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)
NO_ROUTE = Outcome("unreachable", "no route")
DEAD_TOKEN = Outcome("bad_token", "Unauthorized")


def test_a_dead_token_is_down_at_once_and_since_then() -> None:
    well = after(None, WORKED, NOON)
    dead = after(well, DEAD_TOKEN, NOON + timedelta(minutes=1))
    assert (dead.state, dead.code, dead.detail) == (State.DOWN, "bad_token", "Unauthorized")
    later = after(dead, DEAD_TOKEN, NOON + timedelta(hours=1))
    assert later.since == NOON + timedelta(minutes=1)


def test_a_hiccup_is_degraded_and_a_lasting_one_down() -> None:
    first = after(None, NO_ROUTE, NOON)
    assert first.state is State.DEGRADED
    still = after(first, NO_ROUTE, NOON + DOWN_AFTER - timedelta(seconds=1))
    assert still == first
    lasting = after(still, NO_ROUTE, NOON + DOWN_AFTER)
    assert (lasting.state, lasting.since) == (State.DOWN, NOON + DOWN_AFTER)


def test_one_success_makes_it_well() -> None:
    dead = after(None, DEAD_TOKEN, NOON)
    well = after(dead, WORKED, NOON + timedelta(minutes=3))
    assert well == Condition(State.OK, NOON + timedelta(minutes=3))
    assert after(well, WORKED, NOON + timedelta(hours=9)) is well


@given(
    st.lists(
        st.tuples(st.sampled_from([WORKED, NO_ROUTE, DEAD_TOKEN]), st.integers(0, 900)),
        min_size=1,
    )
)
def test_since_moves_only_with_the_state(steps: list[tuple[Outcome, int]]) -> None:
    now, known = NOON, None
    for outcome, seconds in steps:
        now += timedelta(seconds=seconds)
        before, known = known, after(known, outcome, now)
        assert (known.state is State.OK) == (outcome is WORKED)
        if before is not None and before.state is known.state:
            assert known.since == before.since
        else:
            assert known.since == now
