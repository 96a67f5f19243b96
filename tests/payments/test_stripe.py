"""The Stripe adapter against an independent, stateful stand-in, and against a line that breaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from backend.integrations.payments.port import PaymentRefused, PaymentUnknown, RefundOrder
from backend.integrations.payments.stripe import StripeProvider
from tests.payments.conftest import KEY, StripeMock

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def order(charge: str, key: str, amount: int = 400) -> RefundOrder:
    return RefundOrder(key, charge, amount, "EUR", 1_000)


@pytest.fixture
def provider(stripe_mock: StripeMock) -> StripeProvider:
    return StripeProvider(KEY, base_url=stripe_mock.url)


@pytest.fixture
def charge(stripe_mock: StripeMock) -> str:
    return stripe_mock.charge(1_000)


async def test_it_pays_back(provider: StripeProvider, charge: str, stripe_mock: StripeMock) -> None:
    paid = await provider.refund(order(charge, f"{charge}-1"))
    assert (paid.amount, paid.currency, paid.state) == (400, "EUR", "succeeded")
    assert paid.ref.startswith("re_")
    assert stripe_mock.refunds_of(charge) == [400]


async def test_a_key_pays_once(
    provider: StripeProvider, charge: str, stripe_mock: StripeMock
) -> None:
    paid = [await provider.refund(order(charge, f"{charge}-1")) for _ in range(3)]
    assert len(set(paid)) == 1
    assert stripe_mock.refunds_of(charge) == [400]


async def test_a_key_is_not_for_two_amounts(
    provider: StripeProvider, charge: str, stripe_mock: StripeMock
) -> None:
    await provider.refund(order(charge, f"{charge}-1"))
    with pytest.raises(PaymentUnknown, match="IdempotencyError"):
        await provider.refund(order(charge, f"{charge}-1", 300))
    assert stripe_mock.refunds_of(charge) == [400]


async def test_more_than_was_taken_is_refused(
    provider: StripeProvider, charge: str, stripe_mock: StripeMock
) -> None:
    await provider.refund(order(charge, f"{charge}-1", 700))
    with pytest.raises(PaymentRefused, match="greater than unrefunded"):
        await provider.refund(order(charge, f"{charge}-2", 301))
    assert stripe_mock.refunds_of(charge) == [700]
    await provider.refund(order(charge, f"{charge}-3", 300))
    with pytest.raises(PaymentRefused) as caught:
        await provider.refund(order(charge, f"{charge}-4", 1))
    assert caught.value.code == "charge_already_refunded"


async def test_an_unknown_payment_is_refused(provider: StripeProvider) -> None:
    with pytest.raises(PaymentRefused) as caught:
        await provider.refund(order("ch_nothing", "k-nothing"))
    assert caught.value.code == "resource_missing"


async def test_each_refund_is_found_by_its_own_key(provider: StripeProvider, charge: str) -> None:
    assert await provider.look_up(order(charge, f"{charge}-1")) is None
    first = await provider.refund(order(charge, f"{charge}-1", 100))
    second = await provider.refund(order(charge, f"{charge}-2", 200))
    assert await provider.look_up(order(charge, f"{charge}-1", 100)) == first
    assert await provider.look_up(order(charge, f"{charge}-2", 200)) == second
    assert await provider.look_up(order(charge, f"{charge}-3")) is None


@pytest.mark.parametrize("behaviour", ["refuses", "drops the answer", "answers 500", "stalls"])
async def test_a_broken_line_leaves_it_open(
    stripe_mock: StripeMock, charge: str, behaviour: str
) -> None:
    async with broken_line(stripe_mock.port, behaviour) as url:
        cut_off = StripeProvider(KEY, base_url=url, timeout=1)
        with pytest.raises(PaymentUnknown):
            await cut_off.refund(order(charge, f"{charge}-1"))
        with pytest.raises(PaymentUnknown):
            await cut_off.look_up(order(charge, f"{charge}-1"))
    paid = behaviour == "drops the answer"
    assert stripe_mock.refunds_of(charge) == ([400] if paid else [])
    found = await StripeProvider(KEY, base_url=stripe_mock.url).look_up(
        order(charge, f"{charge}-1")
    )
    assert (found is not None) == paid


async def test_a_wrong_key_leaves_it_open(stripe_mock: StripeMock) -> None:
    """The shop mends its settings, and the refund goes on."""
    async with broken_line(stripe_mock.port, "answers 401") as url:
        with pytest.raises(PaymentUnknown, match="AuthenticationError"):
            await StripeProvider("sk_wrong", base_url=url).refund(order("ch_1", "k"))


async def test_what_stripe_has_not_finished_is_pending(stripe_mock: StripeMock) -> None:
    body = b'{"id":"re_1","object":"refund","amount":400,"currency":"eur","status":"pending"}'
    async with answering(200, body) as url:
        paid = await StripeProvider(KEY, base_url=url).refund(order("pi_1", "k"))
    assert (paid.state, paid.ref) == ("pending", "re_1")


async def test_what_failed_later_is_refused() -> None:
    body = (
        b'{"object":"list","has_more":false,"url":"/v1/refunds","data":[{"id":"re_1",'
        b'"object":"refund","amount":400,"currency":"eur","status":"failed",'
        b'"failure_reason":"expired_or_canceled_card","metadata":{"aftercare_refund":"k"}}]}'
    )
    async with answering(200, body) as url:
        with pytest.raises(PaymentRefused) as caught:
            await StripeProvider(KEY, base_url=url).look_up(order("pi_1", "k"))
    assert caught.value.code == "expired_or_canceled_card"


async def test_errors_tell_no_secrets(stripe_mock: StripeMock) -> None:
    """The stand-in refuses keys of live accounts, and says so with half of the key."""
    provider = StripeProvider("sk_live_verysecret", base_url=stripe_mock.url)
    with pytest.raises(PaymentUnknown, match="AuthenticationError") as caught:
        await provider.refund(order("ch_nothing", "k"))
    assert "sk_live" not in str(caught.value)


@asynccontextmanager
async def answering(status: int, body: bytes) -> AsyncIterator[str]:
    """A server that says the same to every request."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_request(reader)
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    async with _serving(answer) as url:
        yield url


@asynccontextmanager
async def broken_line(port: int, behaviour: str) -> AsyncIterator[str]:
    """A proxy to `port` on which things go wrong."""
    if behaviour.startswith("answers"):
        body = b'{"error":{"type":"api_error","message":"down"}}'
        async with answering(int(behaviour.rpartition(" ")[2]), body) as url:
            yield url
        return

    async def break_it(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await _read_request(reader)
        if behaviour == "drops the answer":
            upstream_reader, upstream = await asyncio.open_connection("127.0.0.1", port)
            upstream.write(request)
            await upstream.drain()
            await upstream_reader.read(1)  # it has been carried out
            upstream.close()
        elif behaviour == "stalls":
            await asyncio.sleep(3)
        writer.close()

    async with _serving(break_it) as url:
        yield url


@asynccontextmanager
async def _serving(handler: Handler) -> AsyncIterator[str]:
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.decode("latin-1").lower().split("\r\n"):
        if line.startswith("content-length:"):
            length = int(line.partition(":")[2])
    return head + (await reader.readexactly(length) if length else b"")
