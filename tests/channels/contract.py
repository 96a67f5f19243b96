"""What every channel adapter must do, whatever its vendor.

A channel's test class inherits `AdapterContract`, or `VendorContract` when a vendor delivers for
it, and says how its vendor's calls look. See test_contract.py.
"""

from __future__ import annotations

import copy
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.base import (
    Adapter,
    BadPayload,
    BadSignature,
    SendContext,
    Undeliverable,
    WebhookRequest,
)
from bot.channels.text import Width
from bot.messages import (
    Attachment,
    AttachmentKind,
    InboundKind,
    InboundMessage,
    Option,
    OutboundMessage,
)

NOW = datetime(2026, 5, 20, 8, 0, tzinfo=UTC)

# Inherited tests run with a different `self` for each channel, on purpose.
quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.differing_executors]
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=10,
)

texts = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("。！？.!? \n，,👍🏽👨‍👩‍👧🇨🇳é한국退款"),
    ),
    max_size=400,
)


@dataclass(frozen=True)
class Delivery:
    """One message as the vendor got it: its words and the values of its buttons."""

    text: str
    values: tuple[str, ...] = ()


class AdapterContract(ABC):
    """For all channels. `number` is the vendor's running number: a call's identity and place."""

    @abstractmethod
    def make_adapter(self) -> Adapter: ...

    @abstractmethod
    def text_call(self, text: str, number: int) -> WebhookRequest:
        """The vendor's authentic call for a customer's text."""

    @abstractmethod
    def choice_call(self, value: str, number: int) -> WebhookRequest:
        """The vendor's authentic call for a pressed button."""

    @abstractmethod
    def forgeries(self) -> Sequence[WebhookRequest]:
        """Calls that somebody else made up."""

    def own_call(self) -> WebhookRequest:
        """Any authentic call."""
        return self.text_call("hello", 1)

    def with_body(self, body: bytes) -> WebhookRequest:
        """An authentic call with any body."""
        return replace(self.text_call("x", 1), body=body)

    def read(
        self, adapter: Adapter, call: WebhookRequest, now: datetime = NOW
    ) -> Sequence[InboundMessage]:
        """The messages in a call, or in what it announces."""
        return adapter.parse(call, now)

    def opened(self, call: WebhookRequest) -> Any:
        """What a call says, as JSON."""
        return json.loads(call.body)

    def closed(self, value: Any) -> WebhookRequest:
        """An authentic call that says so."""
        return self.with_body(json.dumps(value).encode())

    def arrives(self, text: str) -> str:
        """How a customer's words come out of the vendor's wire."""
        return text.replace("\0", "")

    def test_capabilities_are_consistent(self) -> None:
        capabilities = self.make_adapter().capabilities
        assert capabilities.max_text > 0
        assert capabilities.max_options > 0 or not capabilities.buttons
        assert capabilities.buttons or not capabilities.pickers

    def test_takes_its_own_calls_and_no_forged_ones(self) -> None:
        adapter = self.make_adapter()
        adapter.verify(self.own_call())
        assert self.forgeries()
        for forgery in self.forgeries():
            with pytest.raises(BadSignature):
                adapter.verify(forgery)

    def test_a_second_delivery_is_the_same_message(self) -> None:
        adapter = self.make_adapter()
        for call in (self.text_call("hello", 1), self.choice_call("p1:0", 2)):
            (first,) = self.read(adapter, call)
            (again,) = self.read(adapter, call, NOW + timedelta(minutes=5))
            assert again.external_id == first.external_id

    def test_another_message_is_another_one(self) -> None:
        adapter = self.make_adapter()
        calls = [self.text_call("yes", 1), self.text_call("yes", 2), self.choice_call("yes", 3)]
        ids = [message.external_id for call in calls for message in self.read(adapter, call)]
        assert len(set(ids)) == 3

    def test_order_is_the_vendors(self) -> None:
        adapter = self.make_adapter()
        calls = [self.text_call("a", 1), self.choice_call("b", 2), self.text_call("c", 3)]
        orders = [message.order for call in calls for message in self.read(adapter, call)]
        assert orders == sorted(set(orders))

    def test_a_message_says_who_and_when(self) -> None:
        (message,) = self.read(self.make_adapter(), self.text_call("hello", 1))
        assert message.sender.external_id
        assert message.sent_at.utcoffset() == timedelta(0)

    def test_a_pressed_button_comes_back_as_its_value(self) -> None:
        value = "p3:" + "é" * 30 + "9"
        assert len(value.encode()) == 64
        (message,) = self.read(self.make_adapter(), self.choice_call(value, 1))
        assert (message.kind, message.choice) == (InboundKind.CHOICE, value)

    @quick
    @given(texts.filter(lambda text: text.replace("\0", "").strip()))
    def test_words_arrive_as_written_and_can_be_stored(self, text: str) -> None:
        (message,) = self.read(self.make_adapter(), self.text_call(text, 1))
        assert message.text == self.arrives(text)
        message.text.encode()

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"{}",
            b"[]",
            b"null",
            b"NaN",
            b'"text"',
            b"\xff\xfe",
            b"[" * 100_000,
            b"9" * 5_000,
        ],
        ids=lambda body: body[:10].decode("latin-1"),
    )
    def test_garbage_is_refused(self, body: bytes) -> None:
        with pytest.raises(BadPayload):
            self.read(self.make_adapter(), self.with_body(body))

    @quick
    @given(st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
    def test_random_bodies_do_no_harm(self, body: bytes) -> None:
        self._parse_or_refuse(self.with_body(body))

    @settings(parent=quick, max_examples=300)
    @given(st.data())
    def test_twisted_calls_do_no_harm(self, data: st.DataObject) -> None:
        call = data.draw(st.sampled_from([self.text_call("hello", 1), self.choice_call("p1:0", 2)]))
        self._parse_or_refuse(self.closed(_twist(self.opened(call), data)))

    def _parse_or_refuse(self, call: WebhookRequest) -> None:
        try:
            messages = self.read(self.make_adapter(), call)
        except BadPayload:
            return
        for message in messages:
            assert message.external_id
            assert message.sent_at.tzinfo is not None
            (message.text + (message.choice or "") + message.sender.display_name).encode()

    async def test_niceties_never_fail(self) -> None:
        adapter = self.make_adapter()
        (press,) = self.read(adapter, self.choice_call("p1:0", 1))
        (words,) = self.read(adapter, self.text_call("hello", 2))
        await adapter.acknowledge(press)
        await adapter.acknowledge(words)
        await adapter.typing(press.sender.external_id)
        await adapter.close()
        await adapter.close()

    async def test_a_file_beyond_the_limit_is_never_fetched(self) -> None:
        adapter = self.make_adapter()
        with pytest.raises(Undeliverable):
            await adapter.fetch(Attachment(AttachmentKind.IMAGE, "file", size=11), limit=10)


class VendorContract(AdapterContract):
    """For channels whose vendor carries the message to the customer."""

    width: Width
    """How the vendor counts the length of a text."""

    contact = "731204466"
    """Somebody who may be written to."""

    def context(self, **more: Any) -> SendContext:
        return context(self.contact, **more)

    @abstractmethod
    def delivered(self, adapter: Adapter) -> Sequence[Delivery]:
        """What the vendor was asked to deliver by this adapter so far."""

    @pytest.fixture
    def adapter(self) -> Adapter:
        return self.make_adapter()

    async def test_sends_words_and_buttons(self, adapter: Adapter) -> None:
        options = (Option("p1:0", "Kettle", "¥199.00"), Option("p1:1", "Filter"))
        sent = await adapter.send(OutboundMessage("Which one? 👍🏽", options), self.context())
        assert self.delivered(adapter) == [Delivery("Which one? 👍🏽", ("p1:0", "p1:1"))]
        assert len(sent.external_ids) == 1

    async def test_a_long_text_is_cut_and_nothing_lost(self, adapter: Adapter) -> None:
        text = long_text(adapter)
        await adapter.send(OutboundMessage(text, (Option("yes", "Yes"),)), self.context())
        *first, last = self.delivered(adapter)
        assert len(first) >= 2
        assert all(
            sum(map(self.width, each.text)) <= adapter.capabilities.max_text
            for each in (*first, last)
        )
        whole = "".join(each.text for each in (*first, last))
        assert "".join(whole.split()) == "".join(text.split())
        assert [each.values for each in first] == [()] * len(first)
        assert last.values == ("yes",)

    async def test_goes_on_where_an_earlier_attempt_broke_off(self, adapter: Adapter) -> None:
        other, parts = self.make_adapter(), Recorder()
        message = OutboundMessage(long_text(adapter))
        sent = await adapter.send(message, self.context(on_part=parts))
        assert parts.heard == list(enumerate(sent.external_ids, start=1))
        rest = Recorder()
        await other.send(message, self.context(done_parts=1, on_part=rest))
        assert self.delivered(other) == self.delivered(adapter)[1:]
        assert [number for number, _ in rest.heard] == [number for number, _ in parts.heard[1:]]
        nothing = await other.send(message, self.context(done_parts=len(parts.heard)))
        assert nothing.external_ids == ()

    @pytest.mark.parametrize("text", ["", " \n\t", "\u3000", "\0"])
    async def test_no_words_no_message(self, adapter: Adapter, text: str) -> None:
        with pytest.raises(Undeliverable):
            await adapter.send(OutboundMessage(text), self.context())
        assert self.delivered(adapter) == []

    @pytest.mark.parametrize("value", ["", "x" * 65, "退" * 22, "a\0", "\ud800"])
    async def test_a_value_that_would_not_come_back_is_refused(
        self, adapter: Adapter, value: str
    ) -> None:
        with pytest.raises(Undeliverable):
            await adapter.send(OutboundMessage("?", (Option(value, "Yes"),)), self.context())
        assert self.delivered(adapter) == []

    async def test_shows_at_most_max_options(self, adapter: Adapter) -> None:
        most = adapter.capabilities.max_options
        options = tuple(Option(f"p1:{n}", f"Item {n}") for n in range(most + 1))
        await adapter.send(OutboundMessage("Which one?", options), self.context())
        assert len(self.delivered(adapter)[0].values) == most

    @quick
    @given(texts, texts)
    async def test_any_words_can_be_sent(self, text: str, label: str) -> None:
        adapter = self.make_adapter()
        message = OutboundMessage(f"!{text}", (Option("p1:0", label, detail=text),))
        await adapter.send(message, self.context())
        assert self.delivered(adapter)[-1].values == ("p1:0",)


class Recorder:
    """Hears of the parts that went out."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, str]] = []

    async def __call__(self, number: int, external_id: str, *, repeated: bool = False) -> None:
        self.heard.append((number, external_id))


def context(contact: str = VendorContract.contact, **more: Any) -> SendContext:
    return SendContext(contact_external_id=contact, idempotency_key="m1", **more)


def long_text(adapter: Adapter) -> str:
    """More than two messages' worth of words, with emoji; no two parts of it are alike."""
    sentence = "第{}件的退款 refund 已经处理好了👍🏽，请查收。"
    count = adapter.capabilities.max_text * 5 // 2 // len(sentence)
    return "".join(sentence.format(number) for number in range(count))


def _twist(value: Any, data: st.DataObject) -> Any:
    """A copy of a JSON value with one of its places replaced by any JSON value."""
    paths = list(_paths(value))
    path = data.draw(st.sampled_from(paths))
    odd = data.draw(json_values | st.sampled_from([0, -1, 2**63, 10**30, 1e308, "", "\0", "1"]))
    if not path:
        return odd
    twisted = copy.deepcopy(value)
    place = twisted
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = odd
    return twisted


def _paths(value: Any, here: tuple[Any, ...] = ()) -> Any:
    yield here
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*here, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, (*here, index))
