"""Twenty at a time on both databases: no unit, no coin and no verdict counts twice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from backend.audit import service as audit
from backend.integrations.payments.demo import DemoBehaviour, DemoProvider
from backend.kit.actor import Role
from backend.kit.clock import FixedClock
from backend.kit.db import Database, Tx
from backend.kit.errors import DomainError
from backend.kit.jobs import listing
from backend.kit.jobs.kinds import JobKind
from backend.kit.jobs.worker import Worker
from backend.orders.entities import Order
from backend.refunds import repository
from backend.refunds import service as refunds
from backend.refunds.effects import EXECUTE
from backend.refunds.execute import RefundExecutor
from backend.refunds.repository import Refund
from backend.tickets import service as tickets
from tests.backend.refunds.support import Chat, ask, order_document, person, prepare, put
from tests.support.databases import open_at

MANY = 20
T = TypeVar("T")


async def together(calls: Iterable[Awaitable[T]]) -> tuple[list[T], Counter[str]]:
    """Run them at once; what came of them, and how often which domain error."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    errors: Counter[str] = Counter()
    values: list[T] = []
    for result in results:
        if isinstance(result, DomainError):
            errors[result.code] += 1
        elif isinstance(result, BaseException):
            raise result
        else:
            values.append(result)
    return values, errors


async def test_one_unit_is_claimed_once(database: Database) -> None:
    order, chat = await database.tx(prepare, order_document(prices=((30_000, 1),)))
    done, errors = await together(database.tx(ask, order, chat) for _ in range(MANY))
    assert len(done) == 1
    assert errors == {"already_requested": MANY - 1}


async def test_ten_units_are_claimed_ten_times(database: Database) -> None:
    document = order_document(prices=((1_000, 10),), shipping=700)
    order, chat = await database.tx(prepare, document)
    done, errors = await together(
        database.tx(ask, order, chat, 1, reason="late") for _ in range(MANY)
    )
    # The last unit brings the shipping fee with it: who was quoted without it is told so, and who
    # asks again gets it.
    while errors.pop("amount_changed", 0):
        more, again = await together([database.tx(ask, order, chat, 1, reason="late")])
        done += more
        errors += again
    assert len(done) == 10
    assert sum(refund.amount for refund in done) == order.paid == 10_700
    assert (await database.read(repository.held, order.id)).amount == order.paid


async def test_requests_and_withdrawals_never_promise_too_much(database: Database) -> None:
    order, chat = await database.tx(prepare, order_document(prices=((25_000, 3),)))

    async def ask_and_withdraw(round_number: int) -> None:
        refund = await database.tx(ask, order, chat, 1)
        held = (await database.read(repository.held, order.id)).amount
        assert held <= order.paid
        if round_number % 2:
            number = (await database.read(tickets.get_ticket, refund.ticket_id)).number
            await database.tx(refunds.withdraw_request, number, chat.contact_id, chat.actor)

    await together(ask_and_withdraw(number) for number in range(MANY))
    claims = await database.read(tickets.claims_of_order, order.id)
    held = (await database.read(repository.held, order.id)).amount
    assert held == 25_000 * len(claims) <= order.paid


async def test_two_of_twenty_approvers_decide(database: Database) -> None:
    order, chat = await database.tx(prepare, order_document(prices=((400_000, 1),)))
    refund = await database.tx(ask, order, chat)
    crowd = [person(f"p{number}", Role.MANAGER) for number in range(MANY)]
    done, errors = await together(
        database.tx(refunds.approve_refund, refund.id, one, "fine") for one in crowd
    )
    assert len(done) == 2
    assert errors == {"already_decided": MANY - 2}
    verdicts = await database.read(repository.verdicts_of, [refund.id])
    assert len({one.account_id for one in verdicts}) == 2
    assert await database.read(listing.count_by_state) == {"new": 1}


async def test_one_person_clicking_twenty_times_is_one_person(database: Database) -> None:
    order, chat = await database.tx(prepare, order_document(prices=((400_000, 1),)))
    refund = await database.tx(ask, order, chat)
    mia = person("Mia", Role.MANAGER)
    done, errors = await together(
        database.tx(refunds.approve_refund, refund.id, mia, "fine") for _ in range(MANY)
    )
    assert len(done) == 1
    assert errors == {"second_person_needed": MANY - 1}


async def test_yes_and_no_at_once_is_one_of_them(database: Database) -> None:
    order, chat = await database.tx(prepare, order_document(prices=((30_000, 1),)))
    refund = await database.tx(ask, order, chat)
    crowd = [person(f"p{number}") for number in range(MANY)]
    done, errors = await together(
        database.tx(
            refunds.approve_refund if number % 2 else refunds.reject_refund,
            refund.id,
            one,
            "decided",
        )
        for number, one in enumerate(crowd)
    )
    assert len(done) == 1
    assert errors == {"already_decided": MANY - 1}


async def test_ticket_numbers_run_without_doubles(database: Database) -> None:
    def prepare_all(tx: Tx) -> list[tuple[Order, Chat]]:
        first = prepare(tx, order_document("T-0"))
        return [first] + [
            (put(tx, order_document(f"T-{number}")), first[1]) for number in range(1, MANY)
        ]

    cases = await database.tx(prepare_all)
    done, errors = await together(database.tx(ask, *case) for case in cases)
    assert not errors

    def numbers_of(tx: Tx, found: Sequence[Refund]) -> list[str]:
        return sorted(tickets.get_ticket(tx, refund.ticket_id).number for refund in found)

    numbers = await database.read(numbers_of, done)
    assert numbers == [f"AS20260520-{1001 + number}" for number in range(MANY)]
    assert await database.read(audit.verify_chain) is None


@pytest.mark.parametrize("seed", [1, 2])
async def test_two_workers_pay_each_refund_once(
    database_url: str, clock: FixedClock, tmp_path: Path, seed: int
) -> None:
    """Three refunds of each of seven orders, a provider that loses answers, two workers at once."""
    databases = [open_at(database_url, clock) for _ in range(2)]

    def ask_all(tx: Tx) -> list[Order]:
        # From the fourth refund of a customer on people would have to agree.
        cases = [
            prepare(
                tx,
                order_document(
                    f"T-{number}", prices=((1_000, 3),), customer={"external_id": f"C{number}"}
                ),
            )
            for number in range(7)
        ]
        for order, chat in cases * 3:
            ask(tx, order, chat, 1, reason="late")
        return [order for order, _ in cases]

    ordered = await databases[0].tx(ask_all)
    workers = []
    for number, opened in enumerate(databases):
        behaviour = DemoBehaviour(fail_rate=0.2, vanish_rate=0.3)
        chance = random.Random(seed * 10 + number)
        provider = DemoProvider(tmp_path / "books.db", behaviour, chance=chance)
        executor = RefundExecutor(opened, {"demo": provider})
        kind = JobKind(executor.execute, attempts=50, on_dead=executor.give_up)
        workers.append(Worker(opened, clock, {EXECUTE: kind}, owner=f"w{number}"))
    while await databases[0].read(listing.next_due) is not None:
        await asyncio.gather(*(worker.run_until_idle() for worker in workers))
        clock.advance(minutes=5)
    effects = DemoProvider(tmp_path / "books.db").effects()
    assert len(effects) == 21
    for order in ordered:
        back = [one.amount for one in effects if one.payment_ref == order.payments[0].provider_ref]
        assert sum(back) == order.paid
        held = await databases[0].read(repository.held, order.id)
        assert held.amount == order.paid
    for opened in databases:
        await opened.close()
