"""Changes where nobody can show who he is but by an order, and after the last try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from bot.change_ports import ChangeQuote, ChangeWish, NoChanges
from bot.dialogs.actions import HandOff
from bot.dialogs.commands import SetSlot, StartFlow
from bot.dialogs.offered import flow_for
from bot.dialogs.slots import ADDRESS, ORDER, WHO
from bot.dialogs.state import DialogState
from bot.messages import InboundKind, InboundMessage, Sender
from bot.ports import Ports, Refusal
from bot.turn import Turn, take_turn
from bot.understanding.base import Understood
from tests.bot.fakes import FakeShop

CONTACT = "contact"
HOME = "12 Quay Street, Portland, ME 04101, USA"


class AddressesOnly(NoChanges):
    """A shop where addresses can be changed by those it knows."""

    def __init__(self, ways: tuple[str, ...] = ()) -> None:
        self.ways = ways

    def offers(self, kind: str) -> bool:
        return kind in ("address", "default_address")

    def identity_ways(self) -> tuple[str, ...]:
        return self.ways

    def check_order(self, order_id: str, kind: str) -> Refusal | None:
        return None

    def quote(self, order_id: str, wish: ChangeWish) -> ChangeQuote | Refusal:
        return Refusal("identity_needed")

    def addresses(self) -> Sequence[Mapping[str, str]]:
        return ()


def begin(flow: str, told: Mapping[str, str], changes: NoChanges, shop: FakeShop) -> Turn:
    return turn(DialogState(locale="en"), ports(shop, changes), StartFlow(flow, told))


def turn(state: DialogState, seen: Ports, *commands: StartFlow | SetSlot) -> Turn:
    message = InboundMessage("m1", Sender(CONTACT), InboundKind.TEXT, seen.now, 1, text="…")
    return take_turn(state, message, Understood("en", commands, 1.0, "test"), seen)


def ports(shop: FakeShop, changes: NoChanges) -> Ports:
    return replace(shop.ports(CONTACT), changes=changes)


def test_an_address_takes_more_than_an_order() -> None:
    shop = FakeShop.load()
    number = next(iter(shop.orders))
    shop.contacts[CONTACT] = None
    shop.granted[CONTACT] = {shop.orders[number].view.id}
    ended = begin("change_address", {ORDER: number, ADDRESS: HOME}, AddressesOnly(), shop)
    assert [reply.key for reply in ended.replies] == ["change.refused_identity"]
    assert not ended.actions


def test_a_default_address_takes_a_known_customer() -> None:
    shop = FakeShop.load()
    shop.contacts[CONTACT] = None
    ended = begin("change_profile", {ADDRESS: HOME}, AddressesOnly(), shop)
    assert [reply.key for reply in ended.replies] == ["change.refused_identity"]
    assert not ended.actions


def test_who_has_no_try_left_gets_a_person_and_is_asked_nothing() -> None:
    shop = FakeShop.load()
    shop.contacts[CONTACT] = None
    shop.failures[CONTACT] = 5
    told = {ADDRESS: HOME, WHO: "mara@example.com"}
    ended = begin("change_profile", told, AddressesOnly(("email",)), shop)
    assert [type(action) for action in ended.actions] == [HandOff]
    assert [reply.key for reply in ended.replies] == ["handoff.verification_failed"]


@pytest.mark.parametrize(
    ("words", "flow"),
    [
        ("change my default address", "change_profile"),
        ("update the address in my profile", "change_profile"),
        ("我的账户地址要改", "change_profile"),
        ("my account name is Mara Lind, please change the delivery address", "change_address"),
        ("账户名是周宁，收货地址要改", "change_address"),
        ("please change my account name", "handoff"),
        ("change the name on my account", "handoff"),
        ("update the phone number in my profile", "handoff"),
        ("帮我改一下账户的手机号", "handoff"),
    ],
)
def test_which_address_or_what_else_of_an_account_he_wants_changed(words: str, flow: str) -> None:
    seen = ports(FakeShop.load(), AddressesOnly())
    assert flow_for(seen, "change_address", {ADDRESS: words})[0] == flow
