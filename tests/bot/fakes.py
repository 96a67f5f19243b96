"""A shop in memory, at the bot's ports: orders, proofs, refund rules in small, requests, articles.

It keeps to what the ports promise and to the shop's usual rules, so that dialogs can be tried
without a database. It carries out a turn's actions too, and refuses them as the backend would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.dialogs.actions import (
    Action,
    CountFailedVerification,
    GrantOrderAccess,
    HandOff,
    RequestRefund,
    WithdrawRequest,
)
from bot.ports import (
    DeliveryEventView,
    ItemView,
    Line,
    Money,
    OrderView,
    Passage,
    Ports,
    Quote,
    QuotePart,
    Refusal,
    RequestView,
    Shop,
    Verification,
)

SHOP = Path(__file__).parents[1] / "conversations" / "shop.yml"
FAULTY = ("quality", "damaged", "wrong_item", "missing_parts", "not_as_described")
TRIES = 5


class ActionRefused(Exception):
    """The house refused an action."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass
class Order:
    """An order with what the ports do not show of it."""

    view: OrderView
    customer: str
    email: str
    phone: str
    cross_border: bool
    blacklisted: bool
    business: str
    returnable: Mapping[str, bool]
    paid_back: int = 0
    held: int = 0


@dataclass
class Ticket:
    """A request."""

    number: str
    contact: str
    order: str
    lines: tuple[Line, ...]
    amount: Money
    state: str
    approvals_needed: int
    action: RequestRefund
    opened_at: datetime
    kind: str = "refund_only"
    approvals: list[str] = field(default_factory=list)

    @property
    def undecided(self) -> bool:
        """Whether nobody has decided on it."""
        return self.state == "awaiting_approval"


@dataclass
class FakeShop:
    """The shop. Tests may change it while they talk: `surcharge` moves every quote, `refuse_next`
    is raised at the next action."""

    name: str
    timezone: str
    now: datetime
    orders: dict[str, Order]
    names: dict[str, str]
    tickets: list[Ticket] = field(default_factory=list)
    contacts: dict[str, str | None] = field(default_factory=dict)
    granted: dict[str, set[str]] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    handed_off: dict[str, str] = field(default_factory=dict)
    surcharge: int = 0
    refuse_next: ActionRefused | None = None

    @classmethod
    def load(cls, path: Path = SHOP) -> FakeShop:
        """The shop of the golden conversations."""
        document = _read(path)
        products = {product["sku"]: product for product in document["products"]}
        orders = [_order(given, products) for given in document["orders"]]
        shop = cls(
            name=document["name"],
            timezone=document["timezone"],
            now=_utc(document["now"]),
            orders={order.view.number: order for order in orders},
            names={
                given["customer"]["external_id"]: given["customer"]["name"]
                for given in document["orders"]
            },
        )
        for past in document["past_refunds"]:
            shop.orders[past["order"]].held += past["amount_minor"]
        return shop

    def ports(self, contact: str) -> Ports:
        """All ports, bound to one contact."""
        orders = FakeOrders(self, contact)
        return Ports(
            shop=Shop(self.name, self.timezone, "zh-CN"),
            now=self.now,
            identity=FakeIdentity(self, contact),
            orders=orders,
            refunds=FakeRefunds(self),
            tickets=FakeTickets(self, contact),
            articles=FakeArticles(),
        )

    def view(self, order: Order) -> OrderView:
        """The order with what is claimed of it."""
        items = tuple(replace(item, claimed=self.claimed(item.id)) for item in order.view.items)
        return replace(order.view, items=items)

    def claimed(self, item_id: str) -> int:
        """Units of an item in requests that count."""
        return sum(
            line.quantity
            for ticket in self.tickets
            if ticket.state not in ("withdrawn", "rejected")
            for line in ticket.lines
            if line.item_id == item_id
        )

    def carry_out(self, contact: str, action: Action) -> list[tuple[str, dict[str, object]]]:
        """Do it; gives the messages the house sends of itself. Raises: ActionRefused."""
        if self.refuse_next is not None and not isinstance(action, CountFailedVerification):
            refused, self.refuse_next = self.refuse_next, None
            raise refused
        match action:
            case GrantOrderAccess():
                self.granted.setdefault(contact, set()).add(action.order_id)
            case CountFailedVerification():
                self.failures[contact] = self.failures.get(contact, 0) + 1
            case HandOff():
                self.handed_off[contact] = action.reason
            case WithdrawRequest():
                return self._withdraw(contact, action)
            case RequestRefund():
                return self._request(contact, action)
        return []

    def _withdraw(
        self, contact: str, action: WithdrawRequest
    ) -> list[tuple[str, dict[str, object]]]:
        for ticket in self.tickets:
            if ticket.number == action.ticket_number and ticket.contact == contact:
                if not ticket.undecided:
                    raise ActionRefused("already_decided")
                ticket.state = "withdrawn"
                self.orders[ticket.order].held -= ticket.amount.minor
                return [("refund.withdrawn", {"ticket": ticket.number, "amount": ticket.amount})]
        raise ActionRefused("ticket_not_found")

    def _request(self, contact: str, action: RequestRefund) -> list[tuple[str, dict[str, object]]]:
        order = next(one for one in self.orders.values() if one.view.id == action.order_id)
        quoted = FakeRefunds(self).quote(
            action.order_id, action.lines, action.reason, action.received
        )
        if isinstance(quoted, Refusal):
            raise ActionRefused(quoted.code, **quoted.params)
        if quoted.total != action.expected_total:
            raise ActionRefused("amount_changed", total=quoted.total)
        needed = _approvals(order, quoted.total, action)
        ticket = Ticket(
            number=f"AS{self.now:%Y%m%d}-{1001 + len(self.tickets)}",
            contact=contact,
            order=order.view.number,
            lines=action.lines,
            amount=quoted.total,
            state="awaiting_approval" if needed else "approved",
            approvals_needed=needed,
            action=action,
            opened_at=self.now,
            kind="return_refund" if quoted.return_required else "refund_only",
        )
        self.tickets.append(ticket)
        order.held += quoted.total.minor
        if needed:
            return [("refund.awaiting_approval", _told(ticket))]
        return self._pay(ticket, "refund.approved_at_once")

    def approve(self, number: str, by: str) -> list[tuple[str, dict[str, object]]]:
        """A person agrees; the last one needed has it paid."""
        ticket = next(one for one in self.tickets if one.number == number)
        if not ticket.undecided:
            raise ActionRefused("already_decided")
        if by in ticket.approvals:
            raise ActionRefused("second_person_needed")
        ticket.approvals.append(by)
        if len(ticket.approvals) < ticket.approvals_needed:
            return []
        if ticket.approvals_needed > 1 and "manager" not in ticket.approvals:
            ticket.approvals.remove(by)
            raise ActionRefused("manager_needed")
        return self._pay(ticket, "refund.approved")

    def reject(self, number: str, note: str) -> list[tuple[str, dict[str, object]]]:
        """A person declines."""
        ticket = next(one for one in self.tickets if one.number == number)
        ticket.state = "rejected"
        self.orders[ticket.order].held -= ticket.amount.minor
        return [("refund.rejected", {**_told(ticket), "note": note})]

    def _pay(self, ticket: Ticket, key: str) -> list[tuple[str, dict[str, object]]]:
        ticket.state = "refunded"
        order = self.orders[ticket.order]
        order.paid_back += ticket.amount.minor
        quoted = FakeRefunds(self).terms(order, ticket.action.reason, ticket.action.received)
        said: list[tuple[str, dict[str, object]]] = [(key, _told(ticket))]
        if quoted[0]:
            where = {"by": quoted[1], "address": "12 Canal Road, Hangzhou"}
            said.append(("refund.return_instructions", {**_told(ticket), **where}))
        return [*said, ("refund.paid", _told(ticket))]


@dataclass(frozen=True)
class FakeOrders:
    """Orders of the contact's customer, and those it proved."""

    shop: FakeShop
    contact: str

    def recent(self, limit: int = 5) -> Sequence[OrderView]:
        mine = sorted(self._mine(), key=lambda order: order.placed_at, reverse=True)
        return mine[:limit]

    def get(self, order_id: str) -> OrderView | None:
        return next((order for order in self._mine() if order.id == order_id), None)

    def find(self, number: str) -> OrderView | None:
        return next((one for one in self._mine() if _key(one.number) == _key(number)), None)

    def _mine(self) -> list[OrderView]:
        customer = self.shop.contacts.get(self.contact)
        granted = self.shop.granted.get(self.contact, set())
        return [
            self.shop.view(order)
            for order in self.shop.orders.values()
            if (customer and order.customer == customer) or order.view.id in granted
        ]


@dataclass(frozen=True)
class FakeIdentity:
    """Proofs, at most five wrong ones."""

    shop: FakeShop
    contact: str

    def customer_name(self) -> str | None:
        return self.shop.names.get(self.shop.contacts.get(self.contact) or "")

    def is_verified(self) -> bool:
        return self.shop.contacts.get(self.contact) is not None

    def attempts_left(self) -> int:
        return max(0, TRIES - self.shop.failures.get(self.contact, 0))

    def check(self, order_number: str, factor: str) -> Verification:
        for order in self.shop.orders.values():
            if _key(order.view.number) == _key(order_number) and factor in (
                order.email,
                order.phone[-4:],
            ):
                return Verification(True, order.view.id)
        return Verification(False)


@dataclass(frozen=True)
class FakeRefunds:
    """The shop's rules in small."""

    shop: FakeShop

    def check_order(self, order_id: str) -> Refusal | None:
        order = self._order(order_id)
        view = self.shop.view(order)
        if view.status == "cancelled":
            return Refusal("order_cancelled")
        if view.status == "pending":
            return Refusal("not_paid")
        if not any(item.open_quantity for item in view.items):
            for ticket in self.shop.tickets:
                if ticket.order == view.number and ticket.undecided:
                    return Refusal("already_requested", {"ticket": ticket.number})
            return Refusal("nothing_left")
        return self._window(order, 30)

    def photos_needed(self, order_id: str, reason: str, received: bool) -> int:
        return 1 if received and reason in FAULTY else 0

    def quote(
        self, order_id: str, lines: Sequence[Line], reason: str, received: bool
    ) -> Quote | Refusal:
        order = self._order(order_id)
        refusal = self.check_order(order_id) or self._case(order, lines, reason, received)
        if refusal is not None:
            return refusal
        view = self.shop.view(order)
        prices = {item.id: item for item in view.items}
        goods = sum(prices[line.item_id].unit_price.minor * line.quantity for line in lines)
        whole = sum(item.unit_price.minor * item.quantity for item in view.items)
        discount = view.discount.minor * goods // whole
        required, by, shipping_back = self.terms(order, reason, received)
        counts = {line.item_id: line.quantity for line in lines}
        everything = all(item.open_quantity == counts.get(item.id, 0) for item in view.items)
        amounts = {"items": goods + self.shop.surcharge, "discount": -discount}
        if shipping_back and everything:
            amounts["shipping"] = view.shipping_fee.minor
        parts = tuple(
            QuotePart(kind, Money(amount, view.currency))
            for kind, amount in amounts.items()
            if amount
        )
        total = sum(part.amount.minor for part in parts)
        left = view.paid.minor - order.held
        if total > left:
            return Refusal("over_remaining", {"remaining": Money(left, view.currency)})
        return Quote(parts, Money(total, view.currency), required, by)

    def terms(self, order: Order, reason: str, received: bool) -> tuple[bool, str, bool]:
        """Must goods come back, who pays that, is the outbound shipping returned."""
        if order.view.status in ("paid", "pending") or (
            not received and reason in (*FAULTY, "not_received", "late")
        ):
            return False, "none", True
        if not received:
            return True, "customer", False
        if reason in FAULTY:
            keeps = order.cross_border or order.business == "beauty_food"
            return (False, "none", True) if keeps else (True, "shop", True)
        if reason == "late":
            return True, "shop", True
        return True, "customer", False

    def _case(
        self, order: Order, lines: Sequence[Line], reason: str, received: bool
    ) -> Refusal | None:
        if order.view.status == "paid" and (received or reason in FAULTY):
            return Refusal("not_shipped")
        fault = reason in (*FAULTY, "late", "not_received")
        if refused := self._window(order, 30 if fault else 14 if order.cross_border else 7):
            return refused
        items = {item.id: item for item in self.shop.view(order).items}
        for line in lines:
            item = items[line.item_id]
            if line.quantity > item.open_quantity:
                return Refusal("quantity_too_high", {"item": item.id, "open": item.open_quantity})
            if received and not order.returnable[item.sku] and reason not in FAULTY:
                return Refusal("not_returnable", {"item": item.id})
        return None

    def _window(self, order: Order, days: int) -> Refusal | None:
        since = order.view.delivered_at
        if since is None or self.shop.now <= since + timedelta(days=days):
            return None
        return Refusal("window_expired", {"days": days, "since": since})

    def _order(self, order_id: str) -> Order:
        return next(one for one in self.shop.orders.values() if one.view.id == order_id)


@dataclass(frozen=True)
class FakeTickets:
    """The contact's requests."""

    shop: FakeShop
    contact: str

    def recent(self, limit: int = 5) -> Sequence[RequestView]:
        status = {"awaiting_approval": "open", "approved": "in_progress", "refunded": "completed"}
        mine = [
            RequestView(
                number=ticket.number,
                order_number=ticket.order,
                state=ticket.state,
                status=status.get(ticket.state, "closed"),
                amount=ticket.amount,
                opened_at=ticket.opened_at,
                withdrawable=ticket.undecided,
            )
            for ticket in reversed(self.shop.tickets)
            if ticket.contact == self.contact
        ]
        return mine[:limit]


@dataclass(frozen=True)
class FakeArticles:
    """One article, found by a word."""

    def answer(self, question: str, locale: str) -> Passage | None:
        if "how long" in question.lower() or "多久" in question:
            return Passage("When the money arrives", "Within five working days.", 0.9)
        return None


@lru_cache(maxsize=4)
def _read(path: Path) -> Mapping[str, Any]:
    document: Mapping[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return document


def _approvals(order: Order, total: Money, action: RequestRefund) -> int:
    if total.currency not in ("CNY", "USD", "EUR"):
        return 2 if order.blacklisted else 1  # no limits of its own: a person looks
    large = {"CNY": 300_000, "USD": 40_000, "EUR": 40_000}[total.currency]
    cross = {"CNY": 100_000, "USD": 15_000, "EUR": 15_000}[total.currency]
    small = {"CNY": 20_000, "USD": 3_000, "EUR": 3_000}[total.currency]
    if order.blacklisted or total.minor > (cross if order.cross_border else large):
        return 2
    disputed = order.view.delivered_at is not None and not action.received
    return 1 if disputed or total.minor > small else 0


def _told(ticket: Ticket) -> dict[str, object]:
    return {"ticket": ticket.number, "amount": ticket.amount}


def _order(given: Mapping[str, Any], products: Mapping[str, Mapping[str, Any]]) -> Order:
    currency, number = given["currency"], given["number"]
    customer = given["customer"]
    view = OrderView(
        id=f"order-{number[-4:]}",
        number=number,
        status=given["status"],
        placed_at=_utc(given["placed_at"]),
        currency=currency,
        items=tuple(
            ItemView(
                id=f"item-{number[-4:]}-{position}",
                sku=item["sku"],
                titles=products[item["sku"]]["titles"],
                quantity=item["quantity"],
                unit_price=Money(item["unit_price_minor"], currency),
                aliases=tuple(products[item["sku"]].get("aliases", ())),
            )
            for position, item in enumerate(given["items"])
        ),
        shipping_fee=Money(given.get("shipping_fee_minor", 0), currency),
        discount=Money(given.get("discount_minor", 0), currency),
        paid=Money(sum(one["amount_minor"] for one in given.get("payments", ())), currency),
        delivered_at=_utc(given["delivered_at"]) if "delivered_at" in given else None,
        carrier=given.get("carrier", ""),
        tracking_number=given.get("tracking_number", ""),
        events=tuple(
            DeliveryEventView(event["code"], _utc(event["at"]), event.get("place", ""))
            for event in given.get("events", ())
        ),
    )
    return Order(
        view=view,
        customer=customer["external_id"],
        email=customer["email"],
        phone="".join(filter(str.isdigit, customer["phone"])),
        cross_border=given["cross_border"],
        blacklisted=customer.get("blacklisted", False),
        business=given["business"],
        returnable={sku: one.get("returnable", True) for sku, one in products.items()},
    )


def _key(number: str) -> str:
    return "".join(character for character in number.upper() if character.isalnum())


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
