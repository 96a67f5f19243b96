"""The bot's port on changes of orders, and the actions that ask for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from backend.changes import service as changes
from backend.customers import profile
from backend.customers import service as customers
from backend.customers.repository import Contact
from backend.kit.actor import Actor
from backend.kit.db import Tx
from backend.kit.errors import Forbidden, NotFound
from backend.kit.money import Money as KitMoney
from backend.orders import service as orders
from backend.orders.entities import Order
from bot.change_ports import ChangeQuote, ChangeWish, MethodView, MoneyMove, VariantView
from bot.dialogs.actions import ChangeDefaultAddress, ProveIdentity, RequestChange
from bot.dialogs.parts.who import mark_of
from bot.ports import Money, Refusal

OrderOf = Callable[[str], Order]
"""One of the contact's orders by id. Raises: NotFound."""


@dataclass(frozen=True, slots=True)
class ChangeRules:
    """What the shop lets be changed, and its zone (an IANA name)."""

    policy: changes.ChangePolicy = changes.NOTHING
    timezone: str = "UTC"


NO_CHANGES = ChangeRules()
"""Those of a shop that lets nothing be changed."""


@dataclass(frozen=True, slots=True)
class BoundChanges:
    """Changes as one contact may ask for them. Between two writes of a turn no answer changes."""

    tx: Tx
    contact: Contact
    rules: ChangeRules
    order_of: OrderOf
    _cases: dict[str, changes.Case] = field(default_factory=dict)
    _variants: dict[str, Sequence[VariantView]] = field(default_factory=dict)
    _quotes: dict[tuple[str, str], ChangeQuote | Refusal] = field(default_factory=dict)

    def offers(self, kind: str) -> bool:
        return kind in self.rules.policy.kinds

    def keeps_refunds(self) -> bool:
        return self.rules.policy.refunds

    def identity_ways(self) -> tuple[str, ...]:
        return self.rules.policy.identity

    def identify(self, told: Mapping[str, str]) -> bool:
        if not _may_try(self.tx, self.contact.id, told):
            return False
        return changes.identify(self.tx, told, self.rules.policy) is not None

    def reasons(self) -> Mapping[str, Mapping[str, str]]:
        cancel = self.rules.policy.changes.cancel
        return cancel.reasons if cancel else {}

    def check_order(self, order_id: str, kind: str) -> Refusal | None:
        policy, zone = self.rules.policy, self.rules.timezone
        found = changes.check_order(self.tx, self._case(order_id), kind, policy, zone)
        return _refusal(found) if found else None

    def quote(self, order_id: str, wish: ChangeWish) -> ChangeQuote | Refusal:
        asked = (order_id, repr(wish))
        if asked not in self._quotes:
            self._quotes[asked] = self._quote(order_id, wish)
        return self._quotes[asked]

    def variants(self, order_id: str, item_id: str) -> Sequence[VariantView]:
        order = self.order_of(order_id)
        item = order.item(item_id)
        if item is None or item.product_id is None:
            return ()
        if item.product_id not in self._variants:
            self._variants[item.product_id] = [
                VariantView(
                    one.sku,
                    one.options,
                    Money(one.prices[order.currency], order.currency)
                    if order.currency in one.prices
                    else None,
                    one.available,
                )
                for one in changes.variants_of(self.tx, item.product_id)
            ]
        return self._variants[item.product_id]

    def methods(self, order_id: str) -> Sequence[MethodView]:
        return [_method(one) for one in self._case(order_id).methods]

    def addresses(self) -> Sequence[Mapping[str, str]]:
        if self.contact.customer_id is None:
            return ()
        person = customers.get_customer(self.tx, self.contact.customer_id)
        recent = orders.orders_of_contact(self.tx, self.contact.id)
        known = [person.address, *(order.ship_to for order in recent)]
        found: list[Mapping[str, str]] = []
        for one in known:
            if one is not None and one not in found:
                found.append(one)
        return found

    def _case(self, order_id: str) -> changes.Case:
        if order_id not in self._cases:
            order = self.order_of(order_id)
            self._cases[order_id] = changes.load_case(self.tx, order, self.contact)
        return self._cases[order_id]

    def _quote(self, order_id: str, wish: ChangeWish) -> ChangeQuote | Refusal:
        policy, case = self.rules.policy, self._case(order_id)
        quoted = changes.quote(self.tx, case, domain_wish(wish), policy, self.rules.timezone)
        if isinstance(quoted, changes.Refusal):
            return _refusal(quoted)
        methods = {one.id: _method(one) for one in case.methods}
        terms = policy.changes.terms(wish.kind)
        return ChangeQuote(
            _money(quoted.difference),
            tuple(
                MoneyMove(
                    Money(one.amount, quoted.difference.currency),
                    methods.get(one.method_id or ""),
                )
                for one in quoted.transfers
            ),
            terms is not None and terms.decided_by == "person",
        )


def domain_wish(wish: ChangeWish) -> changes.Wish:
    """A dialog's wish as the domain has it."""
    swaps = tuple(changes.Swap(one.item_id, one.sku, one.quantity) for one in wish.swaps)
    match wish.kind:
        case "cancel":
            return changes.Cancel(wish.reason)
        case "address":
            return changes.ChangeAddress(dict(wish.address or {}))
        case "payment":
            return changes.ChangePayment(wish.method)
        case "items":
            return changes.ChangeItems(swaps, wish.method)
        case "exchange":
            return changes.Exchange(swaps, wish.method)
        case "return":
            lines = tuple(changes.Wanted(one.item_id, one.quantity) for one in wish.lines)
            return changes.Return(lines, wish.method)
        case kind:
            raise ValueError(f"no change is called {kind}")


def _may_try(tx: Tx, contact_id: str, told: Mapping[str, str]) -> bool:
    """Tries are limited for the contact and, whoever tries, for the person who is guessed at."""
    return (
        orders.attempts_left(tx, contact_id) > 0 and orders.attempts_left_at(tx, mark_of(told)) > 0
    )


def prove_identity(tx: Tx, contact: Contact, action: ProveIdentity, rules: ChangeRules) -> None:
    """Tie the contact to the customer he told to be. Raises: Forbidden, Conflict."""
    held = customers.lock_contact_by_id(tx, contact.id)
    found = None
    if _may_try(tx, contact.id, action.told):
        found = changes.identify(tx, action.told, rules.policy)
    if found is None:
        raise Forbidden("verification_failed")
    customers.bind_locked(tx, held, found.external_id)


def request_change(
    tx: Tx,
    contact: Contact,
    conversation_id: str,
    key: str,
    actor: Actor,
    action: RequestChange,
    rules: ChangeRules,
) -> None:
    """Raises: DomainError with the code the dialog has a template for."""
    expected = KitMoney(action.expected.minor, action.expected.currency)
    changes.request_change(
        tx,
        changes.ChangeRequest(
            order_id=action.order_id,
            wish=domain_wish(action.wish),
            key=key,
            expected=expected,
            contact_id=contact.id,
            conversation_id=conversation_id,
        ),
        actor,
        rules.policy,
        rules.timezone,
    )


def change_default_address(
    tx: Tx,
    contact: Contact,
    key: str,
    actor: Actor,
    action: ChangeDefaultAddress,
    rules: ChangeRules,
) -> None:
    """Raises: Forbidden, Conflict."""
    bound = customers.get_contact(tx, contact.id).customer_id
    if bound is None:
        raise NotFound("customer_not_found")
    changes.change_default_address(
        tx, bound, action.address, key, actor, rules.policy, contact_id=contact.id
    )


def _method(one: profile.PaymentMethod) -> MethodView:
    balance = None
    if one.balance is not None and one.currency is not None:
        balance = Money(one.balance, one.currency)
    return MethodView(one.id, one.kind, one.last_four or "", balance)


def _money(amount: KitMoney) -> Money:
    return Money(amount.minor, amount.currency)


def _refusal(found: changes.Refusal) -> Refusal:
    return Refusal(found.code, found.params)
