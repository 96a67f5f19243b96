"""Calls of WeCom's API: tokens, refusals, faults, files, sessions; and what never reaches a log."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import httpx
import pytest

from bot.channels.base import (
    ChannelError,
    NotNow,
    RetryLater,
    SendContext,
    Undeliverable,
    WebhookRegistrar,
)
from bot.channels.fetched import HandedOver, Session
from bot.channels.wecom.client import Refused, WecomClient
from bot.channels.wecom.errors import translate
from bot.channels.wecom.ids import key_of, msgid_of
from bot.channels.wecom.kf import WecomKfAdapter
from bot.channels.wecom.settings import WecomSettings
from bot.messages import Attachment, AttachmentKind, Option, OutboundMessage
from tests.channels.wecom.support import (
    COMMON,
    KFID,
    MEMBER,
    NOW,
    USER,
    app_account,
    app_adapter,
    call_of,
    fake_wecom,
    kf_account,
    kf_adapter,
    words_of,
)
from tests.support.wecom_server import FakeWecom, Fault
from tests.support.wecom_world import ENDED, POOL, SERVICER

CONTACT = f"{KFID}/{USER}"
HELLO = OutboundMessage("hello")


def context(key: str = "m1", contact: str = CONTACT, **more: Any) -> SendContext:
    return SendContext(contact, key, **more)


@pytest.fixture
def fake() -> FakeWecom:
    fake = fake_wecom()
    fake.world.says(KFID, USER, "hello")
    return fake


@pytest.fixture
def kf(fake: FakeWecom) -> WecomKfAdapter:
    return kf_adapter(fake)


def client(fake: FakeWecom, **settings: Any) -> WecomClient:
    read = WecomSettings.read({**COMMON, **settings})
    return WecomClient(read, httpx.ASGITransport(fake.app), lambda: fake.world.now())


class TestToken:
    async def test_many_callers_ask_for_one(self, fake: FakeWecom, kf: WecomKfAdapter) -> None:
        await asyncio.gather(*(kf.sources() for _ in range(20)))
        assert fake.calls["gettoken"] == 1

    async def test_is_renewed_before_it_ends(self, fake: FakeWecom) -> None:
        now = NOW.timestamp()
        fake.world.now = lambda: now
        calls = client(fake)
        await calls.post("kf/account/list", {})
        now += 7_200 - 200
        await calls.post("kf/account/list", {})
        assert fake.calls["gettoken"] == 2

    @pytest.mark.parametrize("how", ["expired", "unknown", "another"])
    async def test_a_refused_one_is_renewed_once(
        self, fake: FakeWecom, kf: WecomKfAdapter, how: str
    ) -> None:
        await kf.sources()
        if how == "expired":
            fake.world.expire_tokens()
        elif how == "unknown":
            fake.world.tokens.clear()
        else:
            fake.faults.plan["kf/account/list"] = [Fault("stale_token")]
        await asyncio.gather(*(kf.sources() for _ in range(10)))
        assert fake.calls["gettoken"] == 2

    async def test_one_that_stays_refused_ends_the_call(
        self, fake: FakeWecom, kf: WecomKfAdapter
    ) -> None:
        fake.faults.plan["kf/account/list"] = [Fault("stale_token")] * 100
        with pytest.raises(RetryLater, match="bad_token"):
            await kf.sources()
        assert fake.calls["kf/account/list"] == 2

    async def test_who_waited_while_nobody_got_one_does_not_ask_again(
        self, fake: FakeWecom, kf: WecomKfAdapter
    ) -> None:
        fake.faults.plan["gettoken"] = [Fault("hang", 0.05)]
        told = await asyncio.gather(*(kf.sources() for _ in range(20)), return_exceptions=True)
        assert all(isinstance(error, RetryLater) for error in told)
        assert fake.calls["gettoken"] == 1
        await kf.sources()  # who comes later asks
        assert fake.calls["gettoken"] == 2

    async def test_a_wrong_secret_waits_for_the_right_one(self, fake: FakeWecom) -> None:
        adapter = kf_adapter(fake, secret="guessed")
        with pytest.raises(RetryLater, match="bad_token"):
            await adapter.send(HELLO, context())
        assert fake.world.delivered == []

    async def test_neither_token_nor_secret_is_ever_logged(
        self, fake: FakeWecom, kf: WecomKfAdapter, caplog: pytest.LogCaptureFixture
    ) -> None:
        for logger in (None, "httpx", "httpcore"):  # `logs.configure` keeps the vendors' quiet
            caplog.set_level(logging.DEBUG, logger)
        await kf.send(HELLO, context())
        fake.faults.plan["kf/send_msg"] = [Fault("status"), Fault("limit")]
        for _ in range(2):
            with pytest.raises(RetryLater) as caught:
                await kf.send(HELLO, context("m2"))
            assert "token-" not in repr(caught.value)
        logged = caplog.text
        assert "/cgi-bin/kf/send_msg" in logged  # the calls are there …
        assert COMMON["secret"] not in logged  # … without what opens them
        assert not any(token in logged for token in fake.world.tokens)


class TestRefusals:
    @pytest.mark.parametrize(
        ("code", "kind", "word"),
        [
            (-1, RetryLater, "busy"),
            (45009, RetryLater, "rate_limited"),
            (45033, RetryLater, "rate_limited"),
            (42001, RetryLater, "bad_token"),
            (60020, RetryLater, "bad_account"),
            (95000, RetryLater, "bad_account"),
            (95017, RetryLater, "bad_account"),
            (40096, Undeliverable, "blocked"),
            (81013, Undeliverable, "blocked"),
            (40007, Undeliverable, "unavailable"),
            (40006, Undeliverable, "media_refused"),
            (95001, NotNow, "window_full"),
            (95002, NotNow, "window_closed"),
            (95013, NotNow, "window_closed"),
            (95018, NotNow, "session_not_ours"),
            (40058, Undeliverable, "rejected"),
        ],
    )
    def test_each_code_has_a_stable_word(
        self, code: int, kind: type[ChannelError], word: str
    ) -> None:
        error = translate(code, "whatever")
        assert (type(error), error.code) == (kind, word)

    def test_too_often_says_how_long_to_wait(self) -> None:
        error = translate(45009, "")
        assert isinstance(error, RetryLater)
        assert error.after == 60

    @pytest.mark.parametrize("kind", ["limit", "busy", "status", "break"])
    async def test_faults_are_tried_again(
        self, fake: FakeWecom, kf: WecomKfAdapter, kind: Any
    ) -> None:
        fake.faults.plan["kf/send_msg"] = [Fault(kind)]
        with pytest.raises(RetryLater):
            await kf.send(HELLO, context())
        await kf.send(HELLO, context())
        assert len(fake.world.delivered) == 1

    async def test_no_answer_in_time(self, fake: FakeWecom) -> None:
        class Slow(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                raise httpx.ReadTimeout("…?access_token=secret", request=request)

        calls = WecomClient(WecomSettings.read(COMMON), Slow())
        with pytest.raises(RetryLater) as caught:
            await calls.post("kf/send_msg", {})
        assert caught.value.detail == "ReadTimeout"

    async def test_a_gateways_page_is_no_answer(self, fake: FakeWecom) -> None:
        for content in (b"<html>", b"[]", b'{"errcode": "0"}', b"\xff", b"[" * 100_000):
            answer = httpx.Response(200, content=content)
            calls = WecomClient(
                WecomSettings.read(COMMON), httpx.MockTransport(lambda _, a=answer: a)
            )
            with pytest.raises(RetryLater):
                await calls.post("kf/send_msg", {})

    async def test_the_customer_blocked_us_or_is_none(
        self, fake: FakeWecom, kf: WecomKfAdapter
    ) -> None:
        with pytest.raises(Undeliverable, match="blocked"):
            await kf.send(HELLO, context(contact=f"{KFID}/nobody"))
        with pytest.raises(Undeliverable, match="bad_contact"):
            await kf.send(HELLO, context(contact="731204466"))
        with pytest.raises(Undeliverable, match="blocked"):
            await app_adapter(fake).send(HELLO, context(contact="nobody"))


class TestWindow:
    async def test_beyond_it_nothing_goes_out(self, fake: FakeWecom, kf: WecomKfAdapter) -> None:
        for number in range(5):
            await kf.send(HELLO, context(f"m{number}"))
        with pytest.raises(NotNow, match="window_full"):
            await kf.send(HELLO, context("m5"))
        fake.world.customers[KFID, USER].state = ENDED
        with pytest.raises(NotNow, match="session_not_ours"):
            await kf.send(HELLO, context("m6"))

    async def test_a_welcome_code_lets_one_message_out(
        self, fake: FakeWecom, kf: WecomKfAdapter
    ) -> None:
        fake.world.enters(KFID, "wmNew")
        customer = fake.world.customers[KFID, "wmNew"]
        code, contact = customer.code, f"{KFID}/wmNew"
        menu = OutboundMessage("What is it about?", (Option("p1:0", "Refund"),))
        await kf.send(menu, context("m1", contact, event_code=code))
        await kf.send(menu, context("m1", contact, event_code=code))  # the answer was lost
        (got,) = fake.world.got("wmNew")
        assert got.by == "send_msg_on_event"
        with pytest.raises(NotNow):
            await kf.send(HELLO, context("m2", contact, event_code=code))

    async def test_a_stale_code_falls_back_to_the_ordinary_way(
        self, fake: FakeWecom, kf: WecomKfAdapter
    ) -> None:
        await kf.send(HELLO, context(event_code="CODEold"))
        assert [each.by for each in fake.world.got(USER)] == ["send_msg"]


class TestFiles:
    async def test_in_and_out(self, fake: FakeWecom, kf: WecomKfAdapter) -> None:
        content = b"\xff\xd8" + bytes(1_000)

        async def read(attachment: Attachment) -> bytes:
            return content

        photo = Attachment(AttachmentKind.IMAGE, ref="a1", media_type="image/jpeg")
        voucher = Attachment(AttachmentKind.FILE, ref="a2", name="voucher.pdf")
        message = OutboundMessage("Here it is", attachments=(photo, voucher))
        for adapter, contact in ((kf, CONTACT), (app_adapter(fake), MEMBER)):
            await adapter.send(message, context("m1", contact, read=read))
        bodies = [each.body for each in fake.world.delivered]
        assert [each["msgtype"] for each in bodies] == ["image", "file", "text"] * 2
        media = fake.world.media[bodies[1]["file"]["media_id"]]
        assert (media.name, media.content) == ("voucher.pdf", content)
        inbound = Attachment(AttachmentKind.IMAGE, bodies[0]["image"]["media_id"])
        assert await kf.fetch(inbound, 10_000) == content
        with pytest.raises(Undeliverable, match="too_large"):
            await kf.fetch(inbound, 1_001)

    async def test_gone_after_three_days(self, fake: FakeWecom, kf: WecomKfAdapter) -> None:
        media_id = fake.world.add_media("image", "image", bytes(10))
        fake.world.media[media_id].at -= 3 * 86_400
        with pytest.raises(Undeliverable, match="unavailable"):
            await kf.fetch(Attachment(AttachmentKind.IMAGE, media_id), 1_000)

    async def test_what_can_not_be_read_is_not_sent(self, kf: WecomKfAdapter) -> None:
        message = OutboundMessage("x", attachments=(Attachment(AttachmentKind.FILE, ref="a"),))
        with pytest.raises(Undeliverable, match="unavailable"):
            await kf.send(message, context())


class TestHandover:
    async def test_to_the_pool_once(self, fake: FakeWecom, kf: WecomKfAdapter) -> None:
        for _ in range(2):
            assert await kf.hand_over(CONTACT) == HandedOver(Session.QUEUED)
        assert fake.world.customers[KFID, USER].state == POOL
        assert fake.calls["kf/service_state/trans"] == 1

    async def test_to_a_servicer(self, fake: FakeWecom) -> None:
        adapter = kf_adapter(fake, handoff="servicer", servicer="zhangsan")
        assert await adapter.hand_over(CONTACT) == HandedOver(Session.SERVICER, "zhangsan")
        assert fake.world.customers[KFID, USER].state == SERVICER
        with pytest.raises(NotNow, match="session_not_ours"):
            await adapter.send(HELLO, context())

    async def test_not_at_all(self, fake: FakeWecom) -> None:
        adapter = kf_adapter(fake, handoff="none")
        assert await adapter.hand_over(CONTACT) == HandedOver(Session.OURS)
        assert fake.calls["kf/service_state/trans"] == 0

    async def test_an_ended_session_can_not_be_passed_on(
        self, fake: FakeWecom, kf: WecomKfAdapter
    ) -> None:
        fake.world.customers[KFID, USER].state = ENDED
        with pytest.raises(Undeliverable, match="session_ended"):
            await kf.hand_over(CONTACT)


class TestPull:
    async def test_page_by_page_from_a_cursor(self, fake: FakeWecom, kf: WecomKfAdapter) -> None:
        for number in range(450):
            fake.world.says(KFID, USER, f"{number}")
        pages = [await kf.pull(KFID, "", "")]
        while pages[-1].more:
            pages.append(await kf.pull(KFID, pages[-1].cursor, ""))
        assert [len(page.items) for page in pages] == [200, 200, 51]
        nothing = await kf.pull(KFID, pages[-1].cursor, "")
        assert (nothing.items, nothing.cursor, nothing.more) == ((), pages[-1].cursor, False)

    async def test_a_token_that_ran_out_is_left_away(
        self, fake: FakeWecom, kf: WecomKfAdapter
    ) -> None:
        assert len((await kf.pull(KFID, "", "ENCold")).items) == 1
        assert fake.calls["kf/sync_msg"] == 2

    async def test_asked_too_often_without_one(self, fake: FakeWecom, kf: WecomKfAdapter) -> None:
        fake.world.bare_pulls_a_minute = 1
        await kf.pull(KFID, "", "")
        with pytest.raises(RetryLater, match="rate_limited"):
            await kf.pull(KFID, "", "")


class TestAccount:
    async def test_says_whose_it_is(self, fake: FakeWecom, kf: WecomKfAdapter) -> None:
        app = app_adapter(fake)
        for adapter, name in ((app, "After-sales"), (kf, "Kettles")):
            assert isinstance(adapter, WebhookRegistrar)
            assert (await adapter.check()).identity == name
            with pytest.raises(ChannelError, match="set_in_console"):
                await adapter.set_webhook("https://shop.example/webhooks/wecom/wecom-app")
        missing = await kf_adapter(fake, open_kfids=["wkGone"]).check()
        assert "wkGone" in missing.last_error

    @pytest.mark.parametrize(
        ("settings", "field"),
        [
            ({"aes_key": "short"}, "aes_key"),
            ({"token": "with space"}, "token"),
            ({"secret": ""}, "secret"),
            ({"corp_id": ""}, "corp_id"),
            ({"handoff": "servicer"}, "servicer"),
            ({"unknown": 1}, "unknown"),
        ],
    )
    def test_wrong_settings_name_the_field_not_the_value(
        self, settings: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(ChannelError, match=field) as caught:
            WecomKfAdapter(kf_account(**settings))
        assert caught.value.code == "bad_settings"
        assert not any(str(value) in str(caught.value) for value in COMMON.values())

    def test_an_app_needs_its_number(self) -> None:
        with pytest.raises(ChannelError, match="agent_id"):
            app_adapter(fake_wecom(), agent_id="x")
        assert app_account().channel == "wecom"


class TestCards:
    async def test_a_pressed_card_is_marked_once(self, fake: FakeWecom) -> None:
        app = app_adapter(fake)
        (press,) = app.parse(call_of(fake.world.member_presses(MEMBER, ["p1:0"])), NOW)
        for _ in range(2):
            await app.acknowledge(press)
        (updated,) = fake.world.updated_cards
        assert updated["userids"] == [MEMBER]

    async def test_many_or_several_become_a_list(self, fake: FakeWecom) -> None:
        app = app_adapter(fake)
        options = tuple(Option(f"p1:{number}", f"Item {number}") for number in range(8))
        await app.send(OutboundMessage("?", options), context("m1", MEMBER))
        await app.send(OutboundMessage("?", options[:2], multiple=True), context("m2", MEMBER))
        cards = [each.body["template_card"] for each in fake.world.delivered]
        assert [each["card_type"] for each in cards] == ["vote_interaction"] * 2
        assert [each["checkbox"]["mode"] for each in cards] == [0, 1]

    async def test_more_words_than_a_card_holds_go_before_it(self, fake: FakeWecom) -> None:
        text = "请问这次退款是为什么？" * 30
        await app_adapter(fake).send(
            OutboundMessage(text, (Option("p1:0", "坏了"),)), context("m1", MEMBER)
        )
        *before, card = fake.world.delivered
        assert card.body["msgtype"] == "template_card"
        assert len(words_of(card)) <= 160
        assert "".join(map(words_of, [*before, card])) == text


def test_message_ids_fit_and_come_back() -> None:
    for key in ("0" * 32, "019e639225af7000aabbccddeeff0011", "m1", "id000001"):
        for part in (1, 12, 999):
            msgid = msgid_of(key, part)
            assert len(msgid) <= 32
            assert key_of(msgid) == (key, part)
    assert len(msgid_of("x" * 500, 1)) <= 32
    assert key_of("4WjjZVmdni5oc5PoFfy6UBHtzhW5HjYccrZHdmM4xYxY") is None


def test_a_refusal_keeps_its_number() -> None:
    assert "95001" in str(Refused(95001, "send msg count limit").translated())
