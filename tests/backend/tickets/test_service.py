"""Tickets on both databases: numbers and claims."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from backend.kit.actor import SYSTEM
from backend.kit.clock import FixedClock
from backend.kit.db import Database, Tx
from backend.kit.errors import NotFound
from backend.orders.entities import Order
from backend.tickets import service
from backend.tickets.repository import Ticket
from backend.tickets.service import NewTicket, NewTicketLine
from tests.backend.refunds.support import SUE, Chat, order_document, prepare


def opened(tx: Tx, order: Order, chat: Chat, *units: int, zone: str = "Asia/Shanghai") -> Ticket:
    lines = (NewTicketLine(order.items[0].id, units, 100),) if units else ()
    new = NewTicket(
        kind="refund_only",
        order_id=order.id,
        customer_id=order.customer_id,
        contact_id=chat.contact_id,
        conversation_id=chat.conversation_id,
        reason="quality",
        lines=lines,
        comment="It hums.\x00",
        amount=100,
        currency="CNY",
    )
    return service.open_ticket(tx, new, chat.actor, timezone=zone)


async def test_numbers_run_by_the_shops_day(database: Database, clock: FixedClock) -> None:
    order, chat = await database.tx(prepare, order_document())
    numbers = [(await database.tx(opened, order, chat)).number for _ in range(2)]
    clock.advance(hours=12)  # past midnight in Shanghai, still the 20th in Berlin
    numbers.append((await database.tx(opened, order, chat)).number)
    numbers.append((await database.tx(opened, order, chat, zone="Europe/Berlin")).number)
    assert numbers == [
        "AS20260520-1001",
        "AS20260520-1002",
        "AS20260521-1001",
        "AS20260520-1003",
    ]


async def test_a_unit_belongs_to_one_ticket(database: Database) -> None:
    """Even if nobody checked before: the database refuses."""
    order, chat = await database.tx(prepare, order_document(prices=((1_000, 3),)))
    first = await database.tx(opened, order, chat, 0, 1)
    with pytest.raises(IntegrityError):
        await database.tx(opened, order, chat, 1)
    assert await database.read(service.claimed_quantities, order.id) == {order.items[0].id: 2}

    def wait_and_reject(tx: Tx) -> None:
        waiting = service.move_ticket(tx, first, "await_approval", SYSTEM)
        service.move_ticket(tx, waiting, "reject", SUE)

    await database.tx(wait_and_reject)
    assert await database.read(service.claimed_quantities, order.id) == {}
    await database.tx(opened, order, chat, 1)


async def test_what_postgres_can_not_store_is_cleaned(database: Database) -> None:
    order, chat = await database.tx(prepare, order_document())
    ticket = await database.tx(opened, order, chat)
    assert "\x00" not in (await database.read(service.get_ticket, ticket.id)).comment


async def test_a_ticket_is_found_by_id_and_number(database: Database) -> None:
    order, chat = await database.tx(prepare, order_document())
    ticket = await database.tx(opened, order, chat, 0)
    for name in (ticket.id, ticket.number, ticket.number.lower()):
        assert (await database.read(service.get_ticket, name)).id == ticket.id
    for name in ("nothing", "nul\x00"):
        with pytest.raises(NotFound):
            await database.read(service.get_ticket, name)


async def test_a_contact_sees_his_own(database: Database, clock: FixedClock) -> None:
    order, chat = await database.tx(prepare, order_document())
    tickets = []
    for _ in range(3):
        tickets.append(await database.tx(opened, order, chat))
        clock.advance(minutes=1)
    found = await database.read(service.tickets_of_contact, chat.contact_id, 2)
    assert [row.ticket.id for row in found] == [tickets[2].id, tickets[1].id]
    assert await database.read(service.tickets_of_contact, "somebody else") == []


async def test_a_history_has_its_own_day(database: Database, clock: FixedClock) -> None:
    order, _ = await database.tx(prepare, order_document())
    at = clock.now() - timedelta(days=30)

    def past(tx: Tx) -> Ticket:
        new = NewTicket("refund_only", order.id, order.customer_id, None, None, "other", ())
        return service.open_ticket(tx, new, SYSTEM, timezone="UTC", at=at)

    ticket = await database.tx(past)
    assert (ticket.number, ticket.created_at) == ("AS20260420-1001", at)
