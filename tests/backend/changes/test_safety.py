"""What must not happen, whatever comes together: money twice, another's account, bad input."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.audit import service as audit
from backend.changes import repository
from backend.changes import service as changes
from backend.changes.policy import ChangePolicy, read_policy
from backend.changes.service import (
    Cancel,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    Exchange,
    Return,
    Swap,
    Wanted,
)
from backend.customers import service as customers
from backend.customers.schemas import CustomerIn
from backend.kit.actor import SYSTEM
from backend.kit.db import Database, Tx
from backend.kit.errors import Conflict, Forbidden, Invalid
from backend.kit.money import Money
from backend.orders import service as orders
from backend.orders.saving import put_order
from backend.orders.schemas import OrderIn
from backend.pipeline.change_ports import BoundChanges, ChangeRules, prove_identity
from backend.refunds import service as refunds
from backend.refunds.requests import RefundRequest, request_refund
from bot.dialogs.actions import ProveIdentity
from bot.dialogs.parts.who import mark_of
from tests.backend.changes.support import (
    HOME,
    POLICY,
    SUE,
    Shop,
    ask,
    balance,
    build,
    by_person,
    item,
    order_document,
    order_of,
    ticket_number,
)


def _refund(tx: Tx, shop: Shop, number: str, total: int, *skus: str) -> None:
    """One unit of each article is to be paid back by the refund flow."""
    request_refund(
        tx,
        RefundRequest(
            order_of(tx, number).id,
            tuple(refunds.RequestLine(item(tx, number, sku), 1) for sku in skus),
            "quality",
            True,
            Money(total, "CNY"),
            contact_id=shop.contact_id,
        ),
        shop.actor,
    )


def _order(tx: Tx, number: str, status: str, **more: Any) -> None:
    put_order(tx, SYSTEM, OrderIn.model_validate(order_document(tx, number, status, **more)))


def _paid(tx: Tx, number: str, *amounts: int, method: str = "card-1") -> list[dict[str, Any]]:
    placed = tx.now.replace(microsecond=0)
    return [
        {
            "provider": "demo",
            "ref": f"pay-{number}-{place}",
            "method": "card",
            "method_id": method,
            "amount_minor": amount,
            "paid_at": (placed - timedelta(minutes=len(amounts) - place)).isoformat(),
        }
        for place, amount in enumerate(amounts)
    ]


async def test_an_exchange_and_a_refund_give_no_more_than_was_paid(
    sqlite_database: Database,
) -> None:
    def run(tx: Tx) -> None:
        shop = build(tx)
        _order(tx, "S-1", "delivered", discount_minor=20_000, payments=_paid(tx, "S-1", 5_000))
        swap = Swap(item(tx, "S-1", "COAT-RED"), "COAT-GREY", 1)
        change = ask(tx, shop, "S-1", Exchange((swap,), "gift-1"))
        assert change.difference == -3_000
        _refund(tx, shop, "S-1", 3_000, "COAT-RED", "CAP-S")
        with pytest.raises(Conflict, match="over_remaining"):
            changes.receive_goods(tx, ticket_number(tx, change), SUE)

    await sqlite_database.tx(run)


async def test_a_refund_and_a_return_share_the_payments(sqlite_database: Database) -> None:
    def run(tx: Tx) -> None:
        shop = build(tx)
        _order(tx, "S-1", "delivered", payments=_paid(tx, "S-1", 5_000, 20_000))
        change = ask(tx, shop, "S-1", Return((Wanted(item(tx, "S-1", "COAT-RED")),), "gift-1"))
        _refund(tx, shop, "S-1", 5_000, "CAP-S")  # holds all of the first payment
        changes.receive_goods(tx, ticket_number(tx, change), SUE)
        assert sorted(one.returned for one in order_of(tx, "S-1").payments) == [0, 10_000]
        assert balance(tx, shop) == 14_000
        states = [one.state for one in repository.moves_of(tx, change.id)]
        assert sorted(states) == ["dropped", "dropped", "settled"]

    await sqlite_database.tx(run)


async def test_money_of_an_order_is_not_lost_between_two_changes(
    sqlite_database: Database,
) -> None:
    def run(tx: Tx) -> None:
        shop = build(tx)
        first = ask(tx, shop, "C-1", ChangePayment("paypal-1"), policy=by_person("payment"))
        with pytest.raises(Conflict) as refused:
            ask(tx, shop, "C-1", Cancel("by_mistake"), "second")
        assert refused.value.code == "already_requested"
        assert refused.value.params["ticket"] == ticket_number(tx, first)
        changes.withdraw_change(tx, ticket_number(tx, first), shop.contact_id, shop.actor)
        assert ask(tx, shop, "C-1", Cancel("by_mistake"), "third").difference == -25_000

    await sqlite_database.tx(run)


async def test_a_gift_card_takes_no_other_currency(sqlite_database: Database) -> None:
    def run(tx: Tx) -> None:
        shop = build(tx)
        document = order_document(tx, "S-1", "paid", currency="USD")
        document["payments"] = _paid(tx, "S-1", 25_000, method="gift-1")
        put_order(tx, SYSTEM, OrderIn.model_validate(document))
        change = ask(tx, shop, "S-1", Cancel("by_mistake"))
        assert balance(tx, shop) == 4_000
        assert [one.state for one in repository.moves_of(tx, change.id)] == ["due"]

    await sqlite_database.tx(run)


async def test_a_transfer_is_settled_by_one_of_two(sqlite_database: Database) -> None:
    def run(tx: Tx) -> None:
        change = ask(tx, build(tx), "C-1", Cancel("by_mistake"))
        (move,) = repository.moves_of(tx, change.id)
        assert [repository.settle_due(tx, move.id) for _ in range(2)] == [True, False]

    await sqlite_database.tx(run)


async def test_an_import_counts_what_a_change_gave_back(sqlite_database: Database) -> None:
    def run(tx: Tx) -> None:
        ask(tx, build(tx), "C-1", Cancel("by_mistake"))
        _order(tx, "C-1", "shipped")  # the shop's system has not heard of it
        order = order_of(tx, "C-1")
        assert order.paid == sum(one.kept for one in order.payments) == 0

    await sqlite_database.tx(run)


async def test_two_at_once_spend_a_gift_card_once(database: Database) -> None:
    def prepare(tx: Tx) -> Shop:
        shop = build(tx)
        _order(tx, "S-1", "paid")
        return shop

    shop = await database.tx(prepare)

    def swap(tx: Tx, number: str) -> str:
        wish = ChangeItems((Swap(item(tx, number, "COAT-RED"), "COAT-BLUE", 2),), "gift-1")
        return ask(tx, shop, number, wish, f"swap {number}").state

    both = await asyncio.gather(
        *(database.tx(swap, number) for number in ("C-1", "S-1")), return_exceptions=True
    )
    states = sorted(
        one if isinstance(one, str) else getattr(one, "code", repr(one)) for one in both
    )
    assert states == ["applied", "balance_too_small"]
    assert await database.read(balance, shop) == 0


async def test_one_wish_asked_twice_at_once_is_one_change(database: Database) -> None:
    shop = await database.tx(build)
    both = await asyncio.gather(
        *(database.tx(ask, shop, "C-1", Cancel("by_mistake"), "k") for _ in range(2))
    )
    assert both[0].id == both[1].id
    due = await database.read(changes.due_transfers, SUE)
    assert [one.amount for one in due] == [-25_000]
    settled = await asyncio.gather(
        *(database.tx(changes.settle_transfer, due[0].id, SUE, "bank-1") for _ in range(2))
    )
    assert [one.state for one in settled] == ["settled", "settled"]
    log = await database.read(audit.history_of, f"change:{due[0].change_id}")
    assert [entry.action for entry in log] == ["change.transfer_settled"]


async def test_tries_at_one_persons_name_are_limited_whoever_tries(
    sqlite_database: Database,
) -> None:
    def run(tx: Tx) -> None:
        shop = build(tx)
        right = {"name": "Lin Xiao", "postal_code": "116001"}

        def told_by(name: str, told: dict[str, str]) -> bool:
            contact = customers.lock_contact(tx, "web", name, "", None)
            bound = BoundChanges(tx, contact, ChangeRules(POLICY), lambda _id: order_of(tx, "C-1"))
            return bound.identify(told)

        assert told_by("honest", right)
        for number in range(10):
            guess = {"name": "LIN  xiao", "postal_code": f"{100_000 + number}"}
            assert not told_by(f"guesser-{number}", guess)
            contact = customers.lock_contact(tx, "web", f"guesser-{number}", "", None)
            orders.count_failed_verification(tx, contact.id, mark_of(guess))
        assert not told_by("late", right)
        late = customers.lock_contact(tx, "web", "late", "", None)
        with pytest.raises(Forbidden):
            prove_identity(tx, late, ProveIdentity(right), ChangeRules(POLICY))
        assert customers.get_contact(tx, late.id).customer_id is None
        assert told_by("late", {"email": "lin@example.com"}), "other details are not locked"
        assert shop.customer_id

    await sqlite_database.tx(run)


async def test_a_name_too_common_proves_nothing(sqlite_database: Database) -> None:
    def run(tx: Tx) -> None:
        build(tx)
        people = [
            {"external_id": f"P{n:02}", "name": "Jo Li", "address": {**HOME, "postal_code": code}}
            for n, code in enumerate(["200000"] + ["300000"] * 30)
        ]
        customers.upsert_customers(tx, SYSTEM, [CustomerIn.model_validate(p) for p in people])
        assert changes.identify(tx, {"name": "Jo Li", "postal_code": "200000"}, POLICY) is None

    await sqlite_database.tx(run)


async def test_a_faulty_address_is_named_by_its_fields(sqlite_database: Database) -> None:
    faulty = HOME | {"line1": "", "country": "China"}

    def run(tx: Tx) -> None:
        shop = build(tx)
        with pytest.raises(Invalid) as order:
            ask(tx, shop, "C-1", ChangeAddress(faulty))
        with pytest.raises(Invalid) as profile:
            changes.change_default_address(
                tx, shop.customer_id, faulty, "a", shop.actor, POLICY, contact_id=shop.contact_id
            )
        for refused in (order, profile):
            assert [one.field for one in refused.value.errors] == ["line1", "country"]
        assert order_of(tx, "C-1").ship_to == HOME

    await sqlite_database.tx(run)


async def test_a_default_address_is_another_wish_than_another(sqlite_database: Database) -> None:
    def run(tx: Tx) -> None:
        shop = build(tx)

        def put(line1: str, key: str) -> changes.Change:
            told = HOME | {"line1": line1}
            return changes.change_default_address(
                tx, shop.customer_id, told, key, shop.actor, POLICY, contact_id=shop.contact_id
            )

        assert put("2 Pier Road", "a") == put("2 Pier Road", "a")
        with pytest.raises(Conflict, match="another change"):
            put("3 Pier Road", "a")
        ask(tx, shop, "C-1", ChangeAddress(HOME), "b")
        with pytest.raises(Conflict, match="another change"):
            put("3 Pier Road", "b")

    await sqlite_database.tx(run)


async def test_a_reason_nobody_asked_for_is_refused(sqlite_database: Database) -> None:
    policy = ChangePolicy.model_validate({"changes": {"cancel": {"statuses": ["paid"]}}})

    def run(tx: Tx) -> None:
        shop = build(tx)
        with pytest.raises(Conflict, match="reason_not_accepted"):
            ask(tx, shop, "C-1", Cancel("x" * 5_000), policy=policy)
        assert ask(tx, shop, "C-1", Cancel(), policy=policy).state == "applied"

    await sqlite_database.tx(run)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("cancle: {}", "cancle"),
        ("changes: {cancel: {statuses: [paid], reson: {}}}", "changes.cancel.reson"),
        ("changes: {return: {refund_to: [cash]}}", "changes.return.refund_to.0"),
        ("changes: {default_address: {decided_by: person}}", "changes.default_address"),
        ("identity: [phone]", "identity.0"),
        ("[]", ""),
        ("false", ""),
    ],
)
def test_a_wrong_policy_names_its_field(text: str, field: str, tmp_path: Path) -> None:
    file = tmp_path / "changes.yml"
    file.write_text(text, "utf-8")
    with pytest.raises(Invalid) as refused:
        read_policy(file)
    assert [one.field for one in refused.value.errors] == [field]
