"""The bot's ports, bound to one contact within one transaction: it can ask only about its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from backend.customers import service as customers
from backend.customers.repository import Contact
from backend.evidence import service as evidence
from backend.kit.db import Tx
from backend.kit.errors import NotFound
from backend.kit.money import Money as KitMoney
from backend.orders import service as orders
from backend.orders.entities import Order, OrderItem
from backend.pipeline.change_ports import BoundChanges, ChangeRules
from backend.refunds import service as refunds
from backend.refunds.facts import RefundPolicy
from backend.tickets import service as tickets
from backend.tickets.repository import Claim
from bot.ports import (
    Articles,
    DeliveryEventView,
    ItemView,
    Line,
    LiteralNames,
    Money,
    Names,
    OrderView,
    PictureNumbers,
    Ports,
    Quote,
    QuotePart,
    Refusal,
    RequestView,
    Shop,
    Verification,
)

T = TypeVar("T")
BARE = frozenset({"yes", "no", "是", "否", "有", "无"})
"""Values of options that say nothing without the option's name."""


def bind_ports(
    tx: Tx,
    contact: Contact,
    shop: Shop,
    articles: Articles,
    policy: RefundPolicy,
    rules: ChangeRules | None = None,
    names: Names | None = None,
) -> Ports:
    """Everything a turn of this contact may ask. Without `names`, only words tell what is meant."""
    known = _Known(tx, contact)
    rules = rules or ChangeRules()
    return Ports(
        shop=shop,
        now=tx.now,
        identity=_Identity(tx, contact),
        orders=_Orders(known),
        refunds=_Refunds(known, policy),
        tickets=_Tickets(tx, contact),
        articles=articles,
        changes=BoundChanges(tx, contact, rules, known.order),
        pictures=_Pictures(known),
        names=names or LiteralNames(),
    )


class _Known:
    """What was read of this contact's orders so far, and answers given. A flow runs from the top
    and asks the same again and again; between two writes of a turn the answer can't change."""

    def __init__(self, tx: Tx, contact: Contact) -> None:
        self.tx = tx
        self.contact = contact
        self._answers: dict[Hashable, Any] = {}
        self._orders: dict[str, Order] = {}
        self._claims: dict[str, Sequence[Claim]] = {}
        self._cases: dict[str, refunds.Case] = {}

    def ask(self, question: Hashable, answer: Callable[[], T]) -> T:
        """Answer each question once."""
        if question not in self._answers:
            self._answers[question] = answer()
        known: T = self._answers[question]
        return known

    def keep(self, order: Order) -> Order:
        """Remember an order that was shown to be his."""
        return self._orders.setdefault(order.id, order)

    def order(self, order_id: str) -> Order:
        """One of his orders. Raises: NotFound."""
        if order_id not in self._orders:
            self.keep(orders.order_of_contact(self.tx, self.contact.id, order_id))
        return self._orders[order_id]

    def claims(self, order_id: str) -> Sequence[Claim]:
        """The units of an order that tickets hold."""
        if order_id not in self._claims:
            self._claims[order_id] = tickets.claims_of_order(self.tx, order_id)
        return self._claims[order_id]

    def case(self, order_id: str) -> refunds.Case:
        """What the rules ask of one of his orders. Raises: NotFound."""
        if order_id not in self._cases:
            order = self.order(order_id)
            self._cases[order_id] = refunds.load_case(self.tx, order, self.claims(order_id))
        return self._cases[order_id]


@dataclass(frozen=True, slots=True)
class _Identity:
    tx: Tx
    contact: Contact

    def customer_name(self) -> str | None:
        customer = customers.customer_of(self.tx, self.contact)
        return customer.name if customer else None

    def is_verified(self) -> bool:
        return self.contact.customer_id is not None

    def attempts_left(self) -> int:
        return orders.attempts_left(self.tx, self.contact.id)

    def check(self, order_number: str, factor: str) -> Verification:
        order_id = orders.check_second_factor(self.tx, self.contact.id, order_number, factor)
        return Verification(ok=order_id is not None, order_id=order_id)


@dataclass(frozen=True, slots=True)
class _Orders:
    known: _Known

    def recent(self, limit: int = 5) -> Sequence[OrderView]:
        return self.known.ask(("recent", limit), lambda: self._recent(limit))

    def get(self, order_id: str) -> OrderView | None:
        return self.known.ask(("get", order_id), lambda: self._get(order_id))

    def find(self, number: str) -> OrderView | None:
        return self.known.ask(("find", number), lambda: self._find(number))

    def _recent(self, limit: int) -> Sequence[OrderView]:
        found = orders.orders_of_contact(self.known.tx, self.known.contact.id, limit)
        return [self._view(self.known.keep(order)) for order in found]

    def _get(self, order_id: str) -> OrderView | None:
        try:
            return self._view(self.known.order(order_id))
        except NotFound:
            return None

    def _find(self, number: str) -> OrderView | None:
        found = orders.find_of_contact(self.known.tx, self.known.contact.id, number)
        return self._view(self.known.keep(found)) if found else None

    def _view(self, order: Order) -> OrderView:
        claims = self.known.claims(order.id)
        return order_view(order, Counter(claim.order_item_id for claim in claims))


def order_view(order: Order, claimed: Mapping[str, int]) -> OrderView:
    """An order as dialogs see it; `claimed`: units by item id in tickets that count."""

    def money(minor: int) -> Money:
        return Money(minor, order.currency)

    return OrderView(
        id=order.id,
        number=order.number,
        status=order.status,
        placed_at=order.placed_at,
        currency=order.currency,
        items=tuple(
            ItemView(
                id=item.id,
                sku=item.sku,
                titles=titles_with_options(item),
                quantity=item.quantity,
                unit_price=money(item.unit_price),
                claimed=claimed.get(item.id, 0),
                aliases=_aliases(item),
                image=item.image,
                options=item.options,
            )
            for item in order.items
        ),
        shipping_fee=money(order.shipping_fee),
        discount=money(order.discount),
        paid=money(order.paid),
        delivered_at=order.delivered_at,
        carrier=order.carrier,
        tracking_number=order.tracking_number,
        country=order.country,
        events=tuple(
            DeliveryEventView(event.code, event.at, event.place) for event in order.events
        ),
    )


def titles_with_options(item: OrderItem) -> Mapping[str, str]:
    """Titles by locale that tell a variant from the others of its product."""
    if not item.options:
        return item.titles
    told = ", ".join(
        f"{name}: {value}" if value.casefold() in BARE else value
        for name, value in item.options.items()
    )
    return {locale: f"{title} ({told})" for locale, title in item.titles.items()}


def _aliases(item: OrderItem) -> tuple[str, ...]:
    """What customers call it; a variant also by its product's title."""
    plain = sorted(set(item.titles.values())) if item.options else []
    return (*item.aliases, *plain)


@dataclass(frozen=True, slots=True)
class _Refunds:
    known: _Known
    policy: RefundPolicy

    def check_order(self, order_id: str) -> Refusal | None:
        case = self.known.case(order_id)
        return _refusal(refunds.check_order(self.known.tx, case, policy=self.policy))

    def photos_needed(self, order_id: str, reason: str, received: bool) -> int:
        tx, case = self.known.tx, self.known.case(order_id)
        return self.known.ask(
            ("photos", order_id, reason, received),
            lambda: refunds.photos_needed(tx, case, reason, received),
        )

    def quote(
        self, order_id: str, lines: Sequence[Line], reason: str, received: bool
    ) -> Quote | Refusal:
        asked = tuple(refunds.RequestLine(line.item_id, line.quantity) for line in lines)
        return self.known.ask(
            ("quote", order_id, tuple(lines), reason, received),
            lambda: self._quote(order_id, asked, reason, received),
        )

    def _quote(
        self, order_id: str, asked: Sequence[refunds.RequestLine], reason: str, received: bool
    ) -> Quote | Refusal:
        tx, case = self.known.tx, self.known.case(order_id)
        quoted = refunds.quote(tx, case, asked, reason, received, policy=self.policy)
        if isinstance(quoted, refunds.Refusal):
            return Refusal(quoted.code, quoted.params)
        return Quote(
            parts=tuple(QuotePart(part.kind, _money(part.amount)) for part in quoted.parts),
            total=_money(quoted.total),
            return_required=quoted.return_required,
            return_shipping_by=quoted.return_shipping_by,
        )


@dataclass(frozen=True, slots=True)
class _Pictures:
    known: _Known

    def numbers(self, photos: Sequence[str]) -> PictureNumbers:
        asked = tuple(photos)
        return self.known.ask(("pictures", asked), lambda: self._numbers(asked))

    def _numbers(self, photos: Sequence[str]) -> PictureNumbers:
        found = evidence.found_on(self.known.tx, photos)
        return PictureNumbers(
            tuple(number for one in found for number in one.orders),
            tuple(number for one in found for number in one.parcels),
        )


@dataclass(frozen=True, slots=True)
class _Tickets:
    tx: Tx
    contact: Contact

    def recent(self, limit: int = 5) -> Sequence[RequestView]:
        return [
            RequestView(
                number=request.number,
                order_number=request.order_number,
                state=request.state,
                status=request.status,
                amount=_money(request.amount) if request.amount else None,
                opened_at=request.opened_at,
                withdrawable=request.withdrawable,
            )
            for request in refunds.requests_of_contact(self.tx, self.contact.id, limit)
        ]


def _money(amount: KitMoney) -> Money:
    return Money(amount.minor, amount.currency)


def _refusal(found: refunds.Refusal | None) -> Refusal | None:
    return Refusal(found.code, found.params) if found else None
