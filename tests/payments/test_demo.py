"""The demo provider: books that hold, and misbehaviour on demand."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backend.integrations.payments.demo import DemoBehaviour, DemoProvider, Outcome
from backend.integrations.payments.port import PaymentRefused, PaymentUnknown, RefundOrder
from backend.integrations.payments.registry import DEMO_BOOKS, PROVIDERS, open_providers


def order(
    key: str = "k1", amount: int = 100, payment: str = "pay", captured: int = 250
) -> RefundOrder:
    return RefundOrder(key, payment, amount, "CNY", captured)


@pytest.fixture
def provider(tmp_path: Path) -> DemoProvider:
    return DemoProvider(tmp_path / "books.db")


async def test_a_key_pays_once(provider: DemoProvider) -> None:
    first = await provider.refund(order())
    again = await provider.refund(order())
    assert first == again
    assert [effect.amount for effect in provider.effects()] == [100]


async def test_a_key_pays_once_under_a_crowd(provider: DemoProvider) -> None:
    paid = await asyncio.gather(*(provider.refund(order()) for _ in range(20)))
    assert len(set(paid)) == 1
    assert len(provider.effects()) == 1


async def test_never_more_than_was_captured(provider: DemoProvider) -> None:
    results = await asyncio.gather(
        *(provider.refund(order(f"k{number}")) for number in range(10)), return_exceptions=True
    )
    assert sum(not isinstance(one, Exception) for one in results) == 2
    assert {one.code for one in results if isinstance(one, PaymentRefused)} == {"over_refund"}
    assert (await provider.refund(order("k", payment="another"))).amount == 100


async def test_a_key_is_not_for_two_amounts(provider: DemoProvider) -> None:
    await provider.refund(order())
    with pytest.raises(PaymentRefused, match="idempotency_mismatch"):
        await provider.refund(order(amount=99))


@pytest.mark.parametrize(
    ("outcome", "error", "paid"),
    [("fail", PaymentUnknown, 0), ("refuse", PaymentRefused, 0), ("vanish", PaymentUnknown, 1)],
)
async def test_misbehaviour_on_demand(
    provider: DemoProvider, outcome: Outcome, error: type[Exception], paid: int
) -> None:
    provider.behaviour.next_outcomes.append(outcome)
    with pytest.raises(error):
        await provider.refund(order())
    assert len(provider.effects()) == paid
    known = await provider.look_up(order())
    assert (known is not None) == bool(paid)
    assert (await provider.refund(order())).state == "succeeded", "and well again"
    assert len(provider.effects()) == 1


async def test_rates_are_chances(tmp_path: Path) -> None:
    behaviour = DemoBehaviour(fail_rate=0.3, refuse_rate=0.2, vanish_rate=0.1)
    provider = DemoProvider(tmp_path / "b.db", behaviour, chance=random.Random(5))
    seen: Counter[str] = Counter()
    for number in range(200):
        try:
            await provider.refund(order(f"k{number}", payment=f"p{number}"))
            seen["succeed"] += 1
        except (PaymentRefused, PaymentUnknown) as error:
            seen[type(error).__name__] += 1
    assert 60 < seen["succeed"] < 100
    assert 60 < seen["PaymentUnknown"] < 100
    assert 25 < seen["PaymentRefused"] < 55


async def test_slowness_holds_up_nobody_else(provider: DemoProvider) -> None:
    provider.behaviour.slow_seconds = 0.2
    began = time.monotonic()
    await asyncio.gather(*(provider.look_up(order()) for _ in range(3)))
    assert time.monotonic() - began < 0.5


async def test_the_books_outlive_the_process(provider: DemoProvider) -> None:
    paid = await provider.refund(order())
    reopened = DemoProvider(provider.path)
    assert await reopened.look_up(order()) == paid


def test_behaviour_by_settings() -> None:
    behaviour = DemoBehaviour.from_settings({"slow_seconds": "0.5", "vanish_rate": "0.1"})
    assert (behaviour.slow_seconds, behaviour.vanish_rate, behaviour.fail_rate) == (0.5, 0.1, 0)


@pytest.mark.parametrize(
    "settings",
    [{"speed": "1"}, {"next_outcomes": "fail"}, {"fail_rate": "2"}, {"fail_rate": "often"}],
)
def test_wrong_settings(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each says what is wrong in its own words
        DemoBehaviour.from_settings(settings)


def test_the_registry_opens_what_is_configured(tmp_path: Path) -> None:
    opened = open_providers({"demo": {"slow_seconds": "1"}, "stripe": {"api_key": "k"}}, tmp_path)
    assert opened.keys() == PROVIDERS.keys()
    demo = opened["demo"]
    assert isinstance(demo, DemoProvider)
    assert (demo.path, demo.behaviour.slow_seconds) == (tmp_path / DEMO_BOOKS, 1)


@pytest.mark.parametrize(
    "configured", [{"paypal": {}}, {"stripe": {}}, {"stripe": {"api_key": "k", "speed": "1"}}]
)
def test_the_registry_refuses_the_unknown(
    configured: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"unknown|api_key"):
        open_providers(configured, tmp_path)


def test_many_may_open_new_books_at_once(tmp_path: Path) -> None:
    for turn in range(10):
        path = tmp_path / f"{turn}.db"
        with ThreadPoolExecutor(8) as threads:
            opened = [threads.submit(DemoProvider(path).effects) for _ in range(8)]
        assert [each.result() for each in opened] == [[]] * 8
