"""Customer service accounts through the whole house, on both databases."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

import pytest
import sqlalchemy as sa

from backend.conversations import repository as conversation_rows
from backend.conversations import service as conversations
from backend.conversations.windows import repository as window_rows
from backend.conversations.windows.models import reply_window
from backend.kit import jobs
from backend.kit.actor import Role
from backend.kit.clock import FixedClock
from backend.kit.db import Tx
from backend.kit.jobs import queue
from backend.kit.jobs.claiming import claim
from backend.kit.jobs.kinds import Retry
from backend.pipeline import pulling
from backend.pipeline.bodies import outbound_to_json
from backend.pipeline.handover import HAND_OVER
from backend.pipeline.pressure import Pressure, Thresholds
from backend.pipeline.reception import receive
from backend.pulls import repository as pulls
from backend.pulls.models import pull_cursor
from backend.settings import Settings
from bot.channels.fetched import News
from bot.messages import InboundKind, InboundMessage, OutboundMessage, Sender
from tests.backend.pipeline.wecom_line import Line, open_line
from tests.channels.wecom.support import KFID, MEMBER, USER, options_of, text_of, words_of
from tests.support.wecom_crypto import Envelope
from tests.support.wecom_server import KEYS, Fault
from tests.support.wecom_world import POOL


@pytest.fixture
async def line(settings: Settings, clock: FixedClock) -> AsyncIterator[Line]:
    async with open_line(settings, clock) as opened:
        yield opened


async def test_a_customer_is_answered(line: Line) -> None:
    got = await line.says("你好")
    assert text_of(got)
    assert [each.by for each in got] == ["send_msg"] * len(got)
    assert options_of(got[-1])


async def test_who_writes_while_it_is_busy_is_told_once(line: Line) -> None:
    await line.says("你好")
    press(line)
    await line.house.db.tx(jobs.enqueue, "turn", {"conversation_id": "other"}, key="turn:other")
    line.clock.advance(seconds=11)
    for text in ("在吗", "有人吗"):
        await line.callback(line.world.says(KFID, USER, text))
    (pull,) = await line.house.db.tx(claim, "w", limit=1, lease=30)
    assert await line.house.kinds[pull.kind].handler(pull) is False
    told = [row["body"].get("text", "") for row in await line.messages()]
    assert sum("保存" in text for text in told) == 1


async def test_what_can_not_be_worked_soon_is_left_at_the_vendors(line: Line) -> None:
    await line.says("你好")
    asked = line.fake.calls["kf/sync_msg"]
    press(line)
    await line.house.db.tx(jobs.enqueue, "turn", {"conversation_id": "other"}, key="turn:other")
    line.clock.advance(seconds=61)
    await line.callback(line.world.says(KFID, USER, "在吗"))
    (pull,) = await line.house.db.tx(claim, "w", limit=1, lease=30)
    with pytest.raises(Retry) as waits:
        await line.house.kinds[pull.kind].handler(pull)
    assert (waits.value.free, waits.value.after) == (True, 15)
    assert line.fake.calls["kf/sync_msg"] == asked
    await line.house.db.tx(queue.retry, pull, after=0, error="", free=True)
    await line.rest()  # calm again, as the other turn was taken
    line.clock.advance(seconds=20)
    await line.rest()
    assert "在吗" in [row["body"].get("text") for row in await line.messages()]


def press(line: Line) -> None:
    """A house that looks each time and is soon busy."""
    limits = Thresholds(busy_after=10, refuse_after=60, refuse_depth=50)
    line.house.pressure = Pressure(line.house.db, line.house.notifier, limits, look_every=0)


async def test_many_calls_for_one_pull(line: Line) -> None:
    for number in range(5):
        await line.callback(line.world.says(KFID, USER, f"第{number}句"))
    await line.rest()
    assert line.fake.calls["kf/sync_msg"] == 1
    said = [row["body"]["text"] for row in await line.messages() if row["author"] == "customer"]
    assert said == [f"第{number}句" for number in range(5)]


async def notify(line: Line, count: int, start: int = 1) -> None:
    """The shop tells the customer of `count` things, one message each."""
    await leave_notices(line, count, start)
    await line.rest()


async def leave_notices(line: Line, count: int, start: int = 1) -> None:
    """The same; nothing is sent yet."""
    (talk,) = await line.conversations()

    def tell(tx: Tx) -> None:
        conversation = conversations.get_conversation(tx, talk["id"], lock=True)
        bodies = [
            outbound_to_json(OutboundMessage(f"notice {number}"))
            for number in range(start, start + count)
        ]
        conversations.add_outgoing(tx, conversation, bodies, pulled=False)

    await line.house.db.tx(tell)


def deliveries(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str | None]]:
    return [
        (row["delivery"], row["delivery_detail"]) for row in rows if row["author"] != "customer"
    ]


async def test_what_does_not_fit_is_held_and_goes_out_joined(line: Line) -> None:
    answered = len(await line.says("你好"))
    room = 5 - answered
    await notify(line, room + 3)
    states = deliveries(await line.messages())
    assert states[-3:] == [("held", "window_full")] * 3
    assert 95001 not in line.world.refused  # known without asking
    got = await line.says("在吗")
    first = text_of(got[:1]).split("\n\n")
    assert first == [f"notice {number}" for number in range(room + 1, room + 4)]
    assert len(got) >= 2  # and the answer
    assert {state for state, _ in deliveries(await line.messages())} == {"sent"}
    assert not line.world.refused


async def test_after_48_hours_the_shop_has_to_wait_for_the_customer(line: Line) -> None:
    await line.says("你好")
    line.clock.advance(hours=49)
    await notify(line, 1)
    assert deliveries(await line.messages())[-1] == ("held", "window_closed")
    assert text_of(await line.says("在吗")).startswith("notice 1")


async def test_the_vendor_knows_better(line: Line) -> None:
    """A limit that WeCom sees and we don't leads to the same state, not to an error."""
    await line.says("你好")
    line.world.customers[KFID, USER].sent_since = 5
    await notify(line, 2)
    assert deliveries(await line.messages())[-2:] == [("held", "window_full")] * 2
    assert line.world.refused == [95001]  # asked once: then it was known


async def test_what_wecom_had_already_counts_in_no_new_window(line: Line) -> None:
    """Sent, but the answer was lost; the customer writes, then the repeat is turned away."""
    answered = len(await line.says("你好"))
    line.fake.faults.plan["kf/send_msg"] = [Fault("break")]
    await notify(line, 1)
    await line.says("在吗")
    line.clock.advance(seconds=70)
    await line.rest()
    shown = line.world.got(USER)
    assert text_of(shown).count("notice 1") == 1
    assert {state for state, _ in deliveries(await line.messages())} == {"sent"}
    window = sa.select(reply_window.c.used)
    used = await line.house.db.read(lambda tx: tx.conn.execute(window).scalar_one())
    assert used == len(shown) - answered - 1


class TestFetching:
    async def test_a_lost_call_is_made_good_by_the_tick(self, line: Line) -> None:
        line.world.says(KFID, USER, "你好")  # and nobody hears of it
        await line.rest()
        assert await line.messages() == []
        await line.tick()
        assert len(line.world.got(USER)) > 0

    async def test_page_by_page_with_failures_between(self, line: Line) -> None:
        users = [f"wm{number:03d}" for number in range(30)]
        for number in range(15):
            for user in users:
                line.world.says(KFID, user, f"第{number}句")
        sync = "kf/sync_msg"
        line.fake.faults.plan[sync] = [None, Fault("status"), None, Fault("break"), Fault("limit")]
        await line.callback(line.world.callback(KFID))
        for _ in range(6):
            await line.rest()
            line.clock.advance(seconds=70)
        rows = [row for row in await line.messages() if row["author"] == "customer"]
        assert len(rows) == 450
        talks: dict[str, list[str]] = {}
        for row in rows:
            talks.setdefault(row["conversation_id"], []).append(row["body"]["text"])
        assert list(talks.values()) == [[f"第{number}句" for number in range(15)]] * 30

    async def test_the_same_page_twice_is_one_message_each(self, line: Line) -> None:
        await line.says("你好")
        before = await line.messages()
        await line.house.db.tx(_forget_cursor)
        await line.callback(line.world.callback(KFID))
        await line.rest()
        assert await line.messages() == before

    async def test_a_call_during_a_pull_is_another_pull(self, line: Line) -> None:
        """What comes while a pull runs may be behind it: it is not taken for the same."""
        kfid, before = KFID, len(await line.jobs("pull"))
        ask = partial(pulling.ask, account_id="wecom-kf")
        begin = partial(
            pulls.begin,
            account_id="wecom-kf",
            source=kfid,
            generation=0,
            asked_at=line.clock.now(),
        )
        for _ in range(3):
            await line.house.db.tx(ask, news=News(kfid))
        assert len(await line.jobs("pull")) == before + 1
        for _ in range(2):  # the second is a retry
            await line.house.db.tx(begin)
        for _ in range(3):
            await line.house.db.tx(ask, news=News(kfid))
        assert len(await line.jobs("pull")) == before + 2

    async def test_what_was_written_before_the_account_was_connected_is_not_answered(
        self, line: Line
    ) -> None:
        line.world.says(KFID, USER, "三小时前")
        line.clock.advance(hours=3)
        await line.says("现在")
        said = [row["body"]["text"] for row in await line.messages() if row["author"] == "customer"]
        assert said == ["现在"]

    async def test_nor_when_the_first_reading_failed_on_the_way(self, line: Line) -> None:
        for number in range(250):  # more than one page
            line.world.says(KFID, USER, f"三小时前{number}")
        line.clock.advance(hours=3)
        line.fake.faults.plan["kf/sync_msg"] = [None, Fault("status")]
        await line.callback(line.world.says(KFID, USER, "现在"))
        for _ in range(2):
            await line.rest()
            line.clock.advance(seconds=70)
        said = [row["body"]["text"] for row in await line.messages() if row["author"] == "customer"]
        assert said == ["现在"]

    async def test_what_came_while_the_account_did_not_work_is_answered(self, line: Line) -> None:
        """A wrong secret at first: what was written since the first call is not too old."""
        line.world.secret = "reset"
        await line.callback(line.world.says(KFID, USER, "有人吗"))
        for _ in range(25):
            await line.rest()
            line.clock.advance(minutes=2)
        assert [job.state for job in await line.jobs("pull")] == ["dead"]
        line.world.secret = "app-secret"
        line.clock.advance(hours=2)
        assert await line.says("还在吗")
        said = [row["body"]["text"] for row in await line.messages() if row["author"] == "customer"]
        assert said == ["有人吗", "还在吗"]

    async def test_what_the_vendor_forgot_is_shown_to_people(self, line: Line) -> None:
        await line.says("你好")
        line.clock.advance(days=4)
        await line.tick()
        supervisor = await line.log_in(Role.SUPERVISOR)
        channels = (await line.http.get("/api/v1/channels", headers=supervisor)).json()["items"]
        (gap,) = next(each["gaps"] for each in channels if each["id"] == "wecom-kf")
        assert gap["source"] == KFID
        since, until = map(datetime.fromisoformat, (gap["since"], gap["until"]))
        assert until - since == timedelta(days=1, minutes=10)

    async def test_no_trust_no_job(self, line: Line) -> None:
        genuine = line.world.says(KFID, USER, "你好")
        for forged in (
            replace(genuine, query={**genuine.query, "msg_signature": "0" * 40}),
            replace(genuine, query={}),
            replace(genuine, body=b""),
            KEYS.seal(b"garbage", int(line.clock.now().timestamp()) - 3_600),
        ):
            assert await line.callback(forged) == 403
        assert await line.jobs("pull") == []
        garbage = KEYS.encrypt_raw(b"\x07" * 64)
        signed = KEYS.sign(garbage, int(line.clock.now().timestamp()))
        body = f"<xml><Encrypt>{garbage}</Encrypt></xml>".encode()
        assert await line.callback(Envelope(signed, body)) == 403

    async def test_the_address_is_shown_to_be_ours(self, line: Line) -> None:
        echo = KEYS.encrypt(b"6215461867")
        query = {**KEYS.sign(echo, int(line.clock.now().timestamp())), "echostr": echo}
        for account in ("wecom/wecom-app", "wecom_kf/wecom-kf"):
            answer = await line.http.get(f"/webhooks/{account}", params=query)
            assert (answer.status_code, answer.text) == (200, "6215461867")
            assert answer.headers["content-type"].startswith("text/plain")
            forged = await line.http.get(f"/webhooks/{account}", params={**query, "nonce": "1"})
            assert forged.status_code == 403


class TestWelcome:
    async def test_who_opens_the_chat_is_greeted_once(self, line: Line) -> None:
        await line.callback(line.world.enters(KFID, USER))
        await line.rest()
        (got,) = line.world.got(USER)
        assert got.by == "send_msg_on_event"
        assert options_of(got)
        answered = await line.says("你好")
        assert [each.by for each in answered] == ["send_msg"] * len(answered)

    async def test_too_late_to_greet_is_held_until_he_writes(self, line: Line) -> None:
        await line.callback(line.world.enters(KFID, USER))
        line.clock.advance(seconds=25)
        await line.rest()
        assert line.world.got(USER) == []
        assert deliveries(await line.messages()) == [("held", "window_closed")]
        assert len(await line.says("你好")) >= 2

    async def test_a_link_of_the_shop_starts_there(self, line: Line) -> None:
        await line.callback(line.world.enters(KFID, USER, "order_LL20260510-0003"))
        await line.rest()
        (row,) = [row for row in await line.messages() if row["author"] == "customer"]
        assert row["body"]["text"] == "order_LL20260510-0003"


class TestPeople:
    async def test_a_handover_passes_the_session_on_once_and_last(self, line: Line) -> None:
        got = await line.says("转人工")
        assert got  # the bot's words went out before the session was gone
        assert line.world.customers[KFID, USER].state == POOL
        assert line.fake.calls["kf/service_state/trans"] == 1
        assert await line.says("在吗") == []
        assert line.fake.calls["kf/service_state/trans"] == 1
        await notify(line, 1)
        assert deliveries(await line.messages())[-1] == ("held", "session_not_ours")

    @pytest.mark.parametrize("status", ["bot", "closed"])
    async def test_a_handover_that_is_late_leaves_the_session_to_the_bot(
        self, line: Line, status: str
    ) -> None:
        await line.says("你好")
        (talk,) = await line.conversations()
        await line.house.db.tx(conversations.hand_to_people, talk["id"], "error")
        await line.house.db.tx(lambda tx: conversation_rows.update(tx, talk["id"], status=status))
        await line.rest()
        assert [job.state for job in await line.jobs(HAND_OVER)] == ["done"]
        assert line.fake.calls["kf/service_state/trans"] == 0
        assert await line.says("你好")

    async def test_a_talk_at_the_vendors_is_kept_and_ends(self, line: Line) -> None:
        await line.says("转人工")
        for envelope in (
            line.world.servicer_takes(KFID, USER, "zhangsan"),
            line.world.servicer_says(KFID, USER, "zhangsan", "我来处理"),
        ):
            await line.callback(envelope)
        await line.rest()
        rows = await line.messages()
        assert (rows[-1]["author"], rows[-1]["author_name"]) == ("agent", "zhangsan")
        await notify(line, 1)
        await line.callback(line.world.servicer_ends(KFID, USER))
        await line.rest()
        (talk,) = await line.conversations()
        assert talk["status"] == "closed"
        assert deliveries(await line.messages())[-1][0] == "held"
        got = await line.says("还有一个问题")
        assert text_of(got[:1]) == "notice 1"
        assert len(got) >= 2
        assert [each["status"] for each in await line.conversations()] == ["closed", "bot"]

    async def test_what_was_held_in_an_ended_talk_stays_before_the_answers_of_the_next(
        self, line: Line
    ) -> None:
        await line.says("转人工")
        await line.callback(line.world.servicer_takes(KFID, USER, "zhangsan"))
        await line.rest()
        await notify(line, 1)
        await line.callback(line.world.servicer_ends(KFID, USER))
        await line.rest()
        line.fake.faults.plan["kf/send_msg"] = [Fault("busy")]  # the held one has to be tried again
        before = len(line.world.got(USER))
        await line.says("还有一个问题")
        line.clock.advance(seconds=70)
        await line.rest()
        got = line.world.got(USER)[before:]
        assert text_of(got[:1]) == "notice 1"
        assert len(got) >= 2

    async def test_a_servicer_who_takes_a_talk_silences_the_bot(self, line: Line) -> None:
        await line.says("你好")
        await line.callback(line.world.servicer_takes(KFID, USER, "zhangsan"))
        await line.rest()
        (talk,) = await line.conversations()
        assert (talk["status"], talk["handoff_reason"]) == ("human", "taken_at_vendor")
        assert await line.says("退款") == []
        assert line.fake.calls["kf/service_state/trans"] == 0


async def test_what_did_not_arrive_is_shown_on_the_message(line: Line) -> None:
    (first, *_) = await line.says("你好")
    await line.callback(line.world.fails(KFID, USER, first.msgid, 10))
    await line.rest()
    assert deliveries(await line.messages())[0] == ("failed", "blocked: fail_type 10")
    await line.callback(line.world.fails(KFID, USER, "not-ours", 10))
    await line.rest()
    # Told before we had noted that it was sent: it did not arrive all the same.
    ids = [row["id"] for row in await line.messages() if row["delivery"] == "failed"]
    await line.house.db.tx(window_rows.close, ids, "sent", None)
    assert deliveries(await line.messages())[0] == ("failed", "blocked: fail_type 10")


async def test_a_voice_message_is_kept_and_answered(line: Line) -> None:
    amr = b"#!AMR\n" + bytes(500)
    await line.callback(line.world.sends_file(KFID, USER, "voice", amr))
    await line.rest()
    assert text_of(line.world.got(USER))
    (row,) = [row for row in await line.messages() if row["author"] == "customer"]
    (item,) = row["body"]["attachments"]
    assert item["rejected"] == "unsupported"
    agent = await line.log_in(Role.AGENT)
    file = await line.http.get(f"/api/v1/attachments/{item['ref']}", headers=agent)
    assert (file.content, file.headers["content-type"]) == (amr, "audio/amr")
    assert file.headers["content-disposition"] == "attachment"


class TestSendingWhatIsHeld:
    async def test_people_see_why_and_send_it_when_it_can_go(self, line: Line) -> None:
        await line.says("你好")
        line.world.customers[KFID, USER].sent_since = 5
        await notify(line, 2)
        (talk,) = await line.conversations()
        window, send = (
            f"/api/v1/conversations/{talk['id']}/{end}" for end in ("reply-window", "held/send")
        )
        agent = await line.log_in(Role.AGENT)
        seen = (await line.http.get(window, headers=agent)).json()
        assert (seen["refusal"], seen["held"], seen["left"]) == ("window_full", 2, 0)
        assert set(seen["reasons"].values()) == {"window_full"}
        refused = await line.http.post(send, headers=agent)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:aftercare:window_full")
        await line.house.db.tx(_open_window)  # as if we had counted wrong
        line.world.customers[KFID, USER].sent_since = 0
        assert (await line.http.post(send, headers=agent)).json() == {"sent": 1}
        await line.rest()
        assert words_of(line.world.got(USER)[-1]) == "notice 1\n\nnotice 2"
        seen = (await line.http.get(window, headers=agent)).json()
        assert (seen["refusal"], seen["held"], seen["reasons"]) == (None, 0, {})
        assert (await line.http.post(send, headers=agent)).json()["type"].endswith("nothing_held")
        assert "conversation.held_sent" in await line.audited()

    async def test_only_for_people_of_the_shop(self, line: Line) -> None:
        await line.says("你好")
        (talk,) = await line.conversations()
        path = f"/api/v1/conversations/{talk['id']}"
        assert (await line.http.get(f"{path}/reply-window")).status_code == 401
        assert (await line.http.post(f"{path}/held/send")).status_code == 401
        agent = await line.log_in(Role.AGENT)
        missing = "/api/v1/conversations/nothing/reply-window"
        assert (await line.http.get(missing, headers=agent)).status_code == 404

    async def test_a_channel_without_windows_says_so(self, line: Line) -> None:
        await line.member_says("你好")
        (talk,) = await line.conversations()
        agent = await line.log_in(Role.AGENT)
        path = f"/api/v1/conversations/{talk['id']}/reply-window"
        seen = (await line.http.get(path, headers=agent)).json()
        assert (seen["limited"], seen["refusal"]) == (False, None)


def _forget_cursor(tx: Tx) -> None:
    tx.conn.execute(sa.update(pull_cursor).values(cursor=""))


def _open_window(tx: Tx) -> None:
    tx.conn.execute(sa.update(reply_window).values(used=0))


class Died(BaseException):
    """A process that ends between two transactions."""


async def test_a_page_read_twice_changes_a_session_once(line: Line) -> None:
    """A servicer took the talk and ended it, the customer began another: whoever reads that again
    must not end the new one."""
    await line.says("你好")
    line.clock.advance(seconds=5)
    line.world.servicer_takes(KFID, USER, "zhangsan")
    line.clock.advance(seconds=5)
    line.world.servicer_ends(KFID, USER)
    line.clock.advance(seconds=5)
    assert await line.callback(line.world.says(KFID, USER, "我想退款")) == 200
    (pull,) = await line.house.db.tx(claim, "dies", limit=1, lease=1)
    page = pulling.Pulling(_DiesBeforeTheCursorMoves(line.house))
    with pytest.raises(Died):
        await page.pull(pull)
    line.clock.advance(seconds=2)
    before = len(line.world.got(USER))
    await line.rest()
    assert [talk["status"] for talk in await line.conversations()] == ["closed", "bot"]
    states = [row["turn_state"] for row in await line.messages() if row["author"] == "customer"]
    assert states == ["done", "done"]
    assert text_of(line.world.got(USER)[before:])


class _DiesBeforeTheCursorMoves:
    """A house whose process ends once a page is stored."""

    def __init__(self, house: Any) -> None:
        self._house = house

    def __getattr__(self, name: str) -> Any:
        return self if name == "db" else getattr(self._house, name)

    async def tx(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        if fn is pulls.move:
            raise Died
        return await self._house.db.tx(fn, *args, **kwargs)

    async def read(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        return await self._house.db.read(fn, *args, **kwargs)


async def test_what_is_told_again_opens_no_conversation(line: Line) -> None:
    told = line.world.member_says("zhangsan", "你好")
    assert await line.callback(told, "wecom/wecom-app") == 200
    await line.rest()
    (talk,) = await line.conversations()
    await line.house.db.tx(lambda tx: conversation_rows.update(tx, talk["id"], status="closed"))
    assert await line.callback(told, "wecom/wecom-app") == 200
    await line.rest()
    assert len(await line.conversations()) == 1


async def test_who_was_stopped_beyond_his_lease_says_nothing(line: Line) -> None:
    """Another process has said it meanwhile, and what came after."""
    await line.says("你好")
    await leave_notices(line, 1)
    before = len(line.world.got(USER))
    (job,) = await line.house.db.tx(claim, "was stopped", limit=1, lease=30)
    job.lease.ends = time.monotonic() - 1
    with pytest.raises(jobs.LostLease):
        await line.house.kinds[job.kind].handler(job)
    assert len(line.world.got(USER)) == before
    line.clock.advance(seconds=31)
    await line.rest()
    assert text_of(line.world.got(USER)[before:]) == "notice 1"


async def test_who_hangs_up_after_the_commit_has_his_turn_begun(line: Line) -> None:
    """A page of which another item fails cancels its neighbours; a turn that was given to this
    process would wait for its lease to end."""
    working = asyncio.create_task(line.worker.run())
    line.house.working = line.worker
    await asyncio.sleep(0)
    house = _HangsUpAfterTheCommit(line.house)
    message = InboundMessage(
        "m1", Sender(MEMBER), InboundKind.TEXT, line.clock.now(), order=1, text="你好"
    )
    account = line.house.channels.account("wecom-app")
    house.caller = asyncio.create_task(receive(cast(Any, house), account, message))
    with pytest.raises(asyncio.CancelledError):
        await house.caller
    async with asyncio.timeout(5):
        while [job.state for job in await line.jobs("turn")] != ["done"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    line.worker.stop()
    await working


class _HangsUpAfterTheCommit:
    """A house whose caller is cancelled as soon as his message is stored."""

    caller: asyncio.Task[Any]

    def __init__(self, house: Any) -> None:
        self._house = house

    def __getattr__(self, name: str) -> Any:
        return self if name == "db" else getattr(self._house, name)

    async def tx(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        stored = await self._house.db.tx(fn, *args, **kwargs)
        self.caller.cancel()
        await asyncio.sleep(0)
        return stored
