"""What the tests of rules, tickets and refunds share: orders by the import's own schema, a customer
in a chat, and a synchronous bench on SQLite in memory for many short examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from backend.conversations import service as conversations
from backend.customers import service as customers
from backend.kit.actor import SYSTEM, Actor, Role
from backend.kit.clock import FixedClock
from backend.kit.db import Tx, settle
from backend.kit.events import Event
from backend.kit.ids import TimeOrderedIds
from backend.kit.money import Money
from backend.migrations.tables import metadata
from backend.orders import service as orders
from backend.orders.entities import Order
from backend.orders.repository import order_by_key
from backend.orders.rules import number_key
from backend.orders.saving import put_order
from backend.orders.schemas import OrderIn
from backend.refunds import service as refunds
from backend.refunds.repository import Refund
from backend.refunds.service import Quote, RefundRequest, RequestLine
from backend.rules.service import ensure_defaults
from tests.support.databases import NOON

P = ParamSpec("P")
T = TypeVar("T")


def person(name: str, role: Role = Role.SUPERVISOR) -> Actor:
    """Somebody of the shop."""
    return Actor("account", f"account-{name}", name, role)


AGENT = person("Ai", Role.AGENT)
SUE = person("Sue")
SAM = person("Sam")
MIA = person("Mia", Role.MANAGER)
KEY = Actor("api_key", "key-1", "ERP", Role.ADMIN)


def order_document(
    number: str = "T-1",
    *,
    prices: Sequence[tuple[int, int]] = ((10_000, 1),),
    discount: int = 0,
    shipping: int = 0,
    delivered_days_ago: float | None = 2,
    payments: Sequence[int] | None = None,
    customer: dict[str, Any] | None = None,
    now: datetime = NOON,
    **changes: Any,
) -> dict[str, Any]:
    """An order as the import takes it. `prices`: (unit price, quantity) of each line;
    `payments`: how the total was paid, in one piece if not told."""
    total = sum(price * quantity for price, quantity in prices) - discount + shipping
    placed = now - timedelta(days=(delivered_days_ago or 0) + 3)
    document = {
        "number": number,
        "customer": {"external_id": "C1", "name": "Lin Xiao"} | (customer or {}),
        "business": "appliances",
        "status": "shipped" if delivered_days_ago is None else "delivered",
        "currency": "CNY",
        "country": "CN",
        "cross_border": False,
        "items": [
            {
                "sku": f"SKU-{line}",
                "titles": {"en": f"Thing {line}", "zh-CN": f"物品{line}"},
                "quantity": quantity,
                "unit_price_minor": price,
                "returnable": True,
            }
            for line, (price, quantity) in enumerate(prices, 1)
        ],
        "discount_minor": discount,
        "shipping_fee_minor": shipping,
        "payments": [
            {
                "provider": "demo",
                "ref": f"pay-{number}-{place}",
                "method": "alipay",
                "amount_minor": amount,
                "paid_at": (placed + timedelta(minutes=place)).isoformat(),
            }
            for place, amount in enumerate(payments or [total], 1)
            if amount
        ],
        "placed_at": placed.isoformat(),
        "delivered_at": None
        if delivered_days_ago is None
        else (now - timedelta(days=delivered_days_ago)).isoformat(),
    }
    return document | changes


def put(tx: Tx, document: dict[str, Any]) -> Order:
    """Import an order and read it back."""
    put_order(tx, SYSTEM, OrderIn.model_validate(document))
    found = order_by_key(tx, number_key(document["number"]))
    assert found is not None
    return found


@dataclass(frozen=True, slots=True)
class Chat:
    """A customer in a conversation, shown to be who he is."""

    contact_id: str
    conversation_id: str

    @property
    def actor(self) -> Actor:
        return Actor("customer", self.contact_id, "Lin Xiao")


def open_chat(tx: Tx, customer: str = "C1") -> Chat:
    """The conversation of a customer of the shop (his order must be there)."""
    contact = customers.lock_contact(tx, "web-demo", f"visitor-{customer}", "Lin Xiao", "en")
    customers.bind_contact(tx, contact.id, customer)
    conversation = conversations.get_or_open(tx, contact.id, "web-demo", "en")
    return Chat(contact.id, conversation.id)


def prepare(tx: Tx, document: dict[str, Any]) -> tuple[Order, Chat]:
    """The shipped rules, an order, and its customer in a chat."""
    ensure_defaults(tx)
    order = put(tx, document)
    return order, open_chat(tx, document["customer"]["external_id"])


def lines_of(order: Order, *quantities: int) -> tuple[RequestLine, ...]:
    """Units of the order's lines, in their order; 0 leaves a line out; none: everything."""
    wanted = quantities or tuple(item.quantity for item in order.items)
    return tuple(
        RequestLine(item.id, quantity)
        for item, quantity in zip(order.items, wanted, strict=False)
        if quantity
    )


def case_of(tx: Tx, order_id: str) -> refunds.Case:
    """The order with all that rules ask, read now."""
    return refunds.load_case(tx, orders.load_order(tx, order_id))


def quote(
    tx: Tx, order_id: str, lines: Sequence[RequestLine], reason: str, received: bool
) -> Quote | refunds.Refusal:
    """What would be paid back now."""
    return refunds.quote(tx, case_of(tx, order_id), lines, reason, received)


def ask(
    tx: Tx,
    /,
    order: Order,
    chat: Chat,
    *quantities: int,
    reason: str = "no_longer_wanted",
    received: bool = True,
    **changes: Any,
) -> Refund:
    """Quote and request what was quoted, as a dialog does."""
    lines = lines_of(order, *quantities)
    quoted = quote(tx, order.id, lines, reason, received)
    total = quoted.total if isinstance(quoted, Quote) else Money(1, order.currency)
    request = RefundRequest(
        order_id=order.id,
        lines=lines,
        reason=reason,
        received=received,
        expected_total=total,
        contact_id=chat.contact_id,
        conversation_id=chat.conversation_id,
    )
    return refunds.request_refund(tx, replace(request, **changes), chat.actor)


@dataclass(slots=True)
class Bench:
    """Transactions one after another on a database in memory; `events` is all that was told."""

    conn: sa.Connection
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    ids: TimeOrderedIds = field(default_factory=TimeOrderedIds)
    events: list[Event] = field(default_factory=list)

    def run(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `Database.tx`: an exception takes back what the function did."""
        told: list[Event] = []
        with self.conn.begin_nested():
            tx = Tx(
                self.conn,
                self.clock.now(),
                self.ids,
                db_clock=False,
                publish=lambda _tx, event: told.append(event),
            )
            value = fn(tx, *args, **kwargs)
            settle(tx)
        self.events += told
        return value

    def told(self, kind: type[T]) -> list[T]:
        """The events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]


def memory_engine() -> sa.Engine:
    """An empty, complete database; `bench` rolls back what is done on it."""
    engine = sa.create_engine("sqlite://", poolclass=StaticPool)

    @sa.event.listens_for(engine, "connect")
    def _own_transactions(dbapi: Any, _record: object) -> None:
        dbapi.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def _begin(conn: sa.Connection) -> None:
        conn.exec_driver_sql("BEGIN")

    metadata.create_all(engine)
    return engine


@contextmanager
def bench_on(engine: sa.Engine) -> Iterator[Bench]:
    """A bench whose work is rolled back at the end."""
    with engine.connect() as conn:
        whole = conn.begin()
        try:
            yield Bench(conn)
        finally:
            whole.rollback()
