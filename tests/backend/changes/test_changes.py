"""Changes through the service: what is written, who may, once, and with which money."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backend.audit import service as audit
from backend.changes import repository
from backend.changes import service as changes
from backend.changes.service import (
    Cancel,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    Exchange,
    Return,
    Swap,
    Wanted,
    Wish,
)
from backend.customers import service as customers
from backend.kit.actor import SYSTEM
from backend.kit.db import Database, Tx
from backend.kit.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from backend.kit.money import Money
from backend.orders import service as orders
from backend.orders.saving import put_order
from backend.orders.schemas import OrderIn
from backend.refunds import service as refunds
from backend.tickets import service as tickets
from tests.backend.changes.support import (
    HOME,
    POLICY,
    SUE,
    ZONE,
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


async def test_a_cancelled_order_gives_everything_back_once(database: Database) -> None:
    def run(tx: Tx) -> None:
        shop = build(tx)
        change = ask(tx, shop, "C-1", Cancel("by_mistake"), expected=Money(-25_000, "CNY"))
        order = order_of(tx, "C-1")
        assert (order.status, order.paid, order.payments[0].kept) == ("cancelled", 0, 0)
        (move,) = repository.moves_of(tx, change.id)
        assert (move.amount, move.method_id, move.state) == (-25_000, "card-1", "due")
        # The same wish again is the same change; a new one finds a cancelled order.
        assert ask(tx, shop, "C-1", Cancel("by_mistake")).id == change.id
        with pytest.raises(Conflict, match="wrong_status"):
            ask(tx, shop, "C-1", Cancel("by_mistake"), "another")
        with pytest.raises(Conflict, match="another change"):
            ask(tx, shop, "C-2", Return((Wanted(item(tx, "C-2", "CAP-S")),)), "k")

    await database.tx(run)

    def logged(tx: Tx) -> list[str]:
        number = ticket_number(tx, _only(repository.by_key(tx, "k")))
        return [entry.action for entry in audit.history_of(tx, f"ticket:{number}")]

    assert await database.read(logged) == ["ticket.opened", "change.requested", "ticket.apply"]
    assert await database.read(audit.verify_chain) is None


async def test_items_change_within_a_line_and_the_card_pays(database: Database) -> None:
    def run(tx: Tx) -> None:
        shop = build(tx)
        swap = Swap(item(tx, "C-1", "COAT-RED"), "COAT-BLUE", 1)
        change = ask(tx, shop, "C-1", ChangeItems((swap,), "gift-1"))
        order = order_of(tx, "C-1")
        assert [(one.sku, one.quantity, one.unit_price) for one in order.items] == [
            ("COAT-RED", 1, 10_000),
            ("CAP-S", 1, 5_000),
            ("COAT-BLUE", 1, 12_000),
        ]
        assert (order.paid, order.total, balance(tx, shop)) == (27_000, 27_000, 2_000)
        assert change.state == "applied"
        with pytest.raises(Conflict, match="already_changed"):
            ask(tx, shop, "C-1", ChangeAddress(HOME), "later")

    await database.tx(run)


async def test_a_cheaper_variant_pays_the_rest_back_to_the_gift_card(database: Database) -> None:
    def run(tx: Tx) -> None:
        shop = build(tx)
        swap = Swap(item(tx, "C-1", "COAT-RED"), "COAT-GREY", 2)
        ask(tx, shop, "C-1", ChangeItems((swap,), "gift-1"))
        order = order_of(tx, "C-1")
        assert (order.paid, order.total, balance(tx, shop)) == (19_000, 19_000, 10_000)
        # What was given back can't be asked back by a refund as well.
        case = refunds.load_case(tx, order)
        assert case.facts.remaining == 19_000

    await database.tx(run)


async def test_another_method_pays_and_the_first_gets_its_money_back(database: Database) -> None:
    def run(tx: Tx) -> None:
        shop = build(tx)
        with pytest.raises(Conflict) as refused:
            ask(tx, shop, "C-1", ChangePayment("gift-1"))
        assert refused.value.code == "balance_too_small"
        assert refused.value.params["needed"] == Money(25_000, "CNY")
        change = ask(tx, shop, "C-1", ChangePayment("paypal-1"))
        order = order_of(tx, "C-1")
        assert order.paid == 25_000
        assert [(one.method_id, one.kept) for one in order.payments] == [
            ("card-1", 0),
            ("paypal-1", 25_000),
        ]
        due = sorted(changes.due_transfers(tx, SUE), key=lambda one: -one.amount)
        assert [(one.amount, one.method_id) for one in due] == [
            (25_000, "paypal-1"),
            (-25_000, "card-1"),
        ]
        settled = changes.settle_transfer(tx, due[0].id, SUE, "ref-1")
        assert settled.state == "settled"
        assert changes.settle_transfer(tx, due[0].id, SUE, "ref-1") == settled
        assert change.difference == 0

    await database.tx(run)


async def test_a_return_pays_when_the_goods_are_there(database: Database) -> None:
    def run(tx: Tx) -> None:
        shop = build(tx)
        wish = Return((Wanted(item(tx, "C-2", "COAT-RED"), 2),), "gift-1")
        change = ask(tx, shop, "C-2", wish)
        assert (change.state, balance(tx, shop)) == ("awaiting_goods", 4_000)
        number = ticket_number(tx, change)
        assert tickets.claimed_quantities(tx, order_of(tx, "C-2").id) == {wish.lines[0].item_id: 2}
        with pytest.raises(Forbidden):
            changes.receive_goods(tx, number, shop.actor)
        changes.receive_goods(tx, number, SUE)
        assert balance(tx, shop) == 24_000
        assert order_of(tx, "C-2").payments[0].kept == 5_000
        with pytest.raises(Conflict):
            changes.receive_goods(tx, number, SUE)
        with pytest.raises(Conflict, match="already_returned"):
            ask(tx, shop, "C-2", Return((Wanted(item(tx, "C-2", "CAP-S")),)), "second")

    await database.tx(run)


async def test_goods_that_never_come_leave_everything_as_it_was(database: Database) -> None:
    def run(tx: Tx) -> None:
        shop = build(tx)
        swap = Swap(item(tx, "C-2", "COAT-RED"), "COAT-BLUE", 1)
        change = ask(tx, shop, "C-2", Exchange((swap,), "gift-1"))
        with pytest.raises(Invalid):
            changes.reject_change(tx, ticket_number(tx, change), SUE, " ")
        changes.reject_change(tx, ticket_number(tx, change), SUE, "nothing came")
        assert balance(tx, shop) == 4_000
        assert tickets.claims_of_order(tx, order_of(tx, "C-2").id) == []
        # It counts for nothing: the customer may ask again.
        assert ask(tx, shop, "C-2", Exchange((swap,), "gift-1"), "again").state == "awaiting_goods"

    await database.tx(run)


async def test_a_person_decides_and_it_is_checked_again(database: Database) -> None:
    policy = by_person("items")

    def run(tx: Tx) -> None:
        shop = build(tx)
        swap = Swap(item(tx, "C-1", "COAT-RED"), "COAT-BLUE", 1)
        change = ask(tx, shop, "C-1", ChangeItems((swap,), "gift-1"), policy=policy)
        number = ticket_number(tx, change)
        assert (change.state, order_of(tx, "C-1").paid) == ("awaiting_approval", 25_000)
        with pytest.raises(Forbidden):
            changes.approve_change(tx, number, shop.actor, "mine", policy, ZONE)
        done = changes.approve_change(tx, number, SUE, "fine", policy, ZONE)
        assert (done.state, balance(tx, shop)) == ("applied", 2_000)
        with pytest.raises(Conflict):
            changes.approve_change(tx, number, SUE, "again", policy, ZONE)

    await database.tx(run)


async def test_what_nobody_decided_can_be_taken_back(sqlite_database: Database) -> None:
    policy = by_person("cancel")

    def run(tx: Tx) -> None:
        shop = build(tx)
        change = ask(tx, shop, "C-1", Cancel("by_mistake"), policy=policy)
        number = ticket_number(tx, change)
        with pytest.raises(NotFound):
            changes.withdraw_change(tx, number, "somebody", shop.actor)
        changes.withdraw_change(tx, number, shop.contact_id, shop.actor)
        assert order_of(tx, "C-1").status == "paid"
        with pytest.raises(Conflict):
            changes.approve_change(tx, number, SUE, "late", policy, ZONE)

    await sqlite_database.tx(run)


COAT = "COAT-RED"
WRONG: list[tuple[str, Callable[[Tx], Wish], str]] = [
    ("C-3", lambda tx: Cancel("by_mistake"), "wrong_status"),
    ("C-1", lambda tx: Cancel("too_slow"), "reason_not_accepted"),
    ("C-1", lambda tx: ChangePayment("card-1"), "same_method"),
    ("C-1", lambda tx: ChangePayment("card-2"), "method_unknown"),
    ("C-1", lambda tx: ChangeItems(()), "nothing_chosen"),
    ("C-1", lambda tx: ChangeItems((Swap(item(tx, "C-1", COAT), COAT),)), "same_variant"),
    ("C-1", lambda tx: ChangeItems((Swap(item(tx, "C-1", COAT), "CAP-M"),)), "other_product"),
    (
        "C-1",
        lambda tx: ChangeItems((Swap(item(tx, "C-1", COAT), "COAT-PINK"),), "card-1"),
        "variant_unavailable",
    ),
    (
        "C-1",
        lambda tx: ChangeItems((Swap(item(tx, "C-1", COAT), "COAT-BLUE", 3),), "card-1"),
        "quantity_too_high",
    ),
    (
        "C-1",
        lambda tx: ChangeItems((Swap(item(tx, "C-2", COAT), "COAT-BLUE"),), "card-1"),
        "item_unknown",
    ),
    ("C-1", lambda tx: ChangeItems((Swap(item(tx, "C-1", COAT), "COAT-BLUE"),)), "method_missing"),
    (
        "C-1",
        lambda tx: ChangeItems((Swap(item(tx, "C-1", COAT), "COAT-GOLD"),), "gift-1"),
        "balance_too_small",
    ),
    ("C-2", lambda tx: Return((Wanted(item(tx, "C-2", COAT)),), "paypal-1"), "method_not_accepted"),
    ("C-2", lambda tx: Return((Wanted(item(tx, "C-2", COAT)),), "card-2"), "method_unknown"),
    ("C-1", lambda tx: Return((Wanted(item(tx, "C-1", COAT)),)), "wrong_status"),
    ("D-1", lambda tx: Cancel("by_mistake"), "order_not_found"),
]


@pytest.mark.parametrize(("number", "wish", "code"), WRONG, ids=[one[2] for one in WRONG])
async def test_what_is_wrong_is_refused(
    number: str, wish: Callable[[Tx], Wish], code: str, sqlite_database: Database
) -> None:
    def run(tx: Tx) -> str:
        shop = build(tx)
        raw = tx.conn.connection.dbapi_connection
        before = raw.total_changes if raw else 0
        try:
            ask(tx, shop, number, wish(tx))
        except DomainError as error:
            assert raw is None or raw.total_changes == before, "refused, but something was written"
            return error.code
        return "accepted"

    assert await sqlite_database.tx(run) == code


async def test_who_only_knows_the_order_moves_no_money_and_no_parcel(
    sqlite_database: Database,
) -> None:
    def run(tx: Tx) -> None:
        build(tx)
        visitor = customers.lock_contact(tx, "web", "visitor", "", None)
        orders.grant_order(tx, visitor.id, "C-1", "lin@example.com")
        stranger = Shop(visitor.id, "")
        with pytest.raises(Forbidden, match="identity"):
            ask(tx, stranger, "C-1", ChangeAddress(HOME))
        with pytest.raises(Conflict, match="method_unknown"):
            ask(tx, stranger, "C-1", ChangePayment("paypal-1"))
        with pytest.raises(Forbidden):
            changes.change_default_address(
                tx, "", HOME, "a", stranger.actor, POLICY, contact_id=visitor.id
            )
        assert ask(tx, stranger, "C-1", Cancel("by_mistake")).state == "applied"

    await sqlite_database.tx(run)


async def test_the_default_address_is_his_alone(sqlite_database: Database) -> None:
    def run(tx: Tx) -> None:
        shop = build(tx)
        told = HOME | {"line1": "9 New Street"}
        changes.change_default_address(
            tx, shop.customer_id, told, "a", shop.actor, POLICY, contact_id=shop.contact_id
        )
        assert customers.get_customer(tx, shop.customer_id).address == told
        assert order_of(tx, "C-1").ship_to == HOME

    await sqlite_database.tx(run)


async def test_who_he_is_by_what_he_tells(sqlite_database: Database) -> None:
    def run(tx: Tx) -> None:
        shop = build(tx)
        for told in (
            {"email": "Lin@Example.com"},
            {"name": "lin xiao", "postal_code": "116001"},
        ):
            found = changes.identify(tx, told, POLICY)
            assert found is not None
            assert found.id == shop.customer_id
        for wrong in (
            {"email": "nobody@example.com"},
            {"name": "Lin Xiao", "postal_code": "116002"},
            {"name": "Lin Xiao", "postal_code": ""},
            {"name": "Lin Xiao"},
        ):
            assert changes.identify(tx, wrong, POLICY) is None
        assert changes.identify(tx, {"email": "lin@example.com"}, changes.NOTHING) is None

    await sqlite_database.tx(run)


async def test_an_import_does_not_stumble_over_what_a_change_paid(database: Database) -> None:
    def run(tx: Tx) -> None:
        shop = build(tx)
        ask(tx, shop, "C-1", ChangePayment("paypal-1"))
        told = OrderIn.model_validate(order_document(tx, "C-1", "shipped"))
        assert put_order(tx, SYSTEM, told).outcome == "updated"

    await database.tx(run)


def _only(change: changes.Change | None) -> changes.Change:
    assert change is not None
    return change
