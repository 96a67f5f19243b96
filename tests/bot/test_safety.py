"""Whatever comes, in whatever order: no crash, no money without a yes to what was shown, no reply
without its template."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dialogs import commands as c
from bot.dialogs.actions import RequestRefund, WithdrawRequest
from bot.dialogs.slots import CONFIRMED
from bot.messages import InboundKind, InboundMessage
from bot.rendering import render
from bot.replies import Reply
from bot.turn import take_turn
from bot.understanding.base import Understood
from tests.bot.fakes import ActionRefused, FakeShop
from tests.bot.support import CATALOG, CONTACT, Chat

SLOTS = [
    "order",
    "items",
    "quantities",
    "received",
    "reason",
    "comment",
    "evidence",
    "factor",
    "ticket",
    "confirmed",
    "granted",
    "quote",
]
WORDS = [
    "yes",
    "no",
    "unclear",
    "all",
    "other",
    "latest",
    "none",
    "1",
    "2",
    "999",
    "damaged",
    "quality",
    "not_received",
    "LL20260510-0003",
    "LL20260512-0001",
    "0142",
    "8001",
    "order-0003",
    "item-0003-0",
    "{{x}}",
    "水壶",
    "mug",
    "towel",
    "AS20260520-1001",
]
FLOWS = [
    "refund",
    "order_status",
    "request_status",
    "withdraw",
    "verify_identity",
    "handoff",
    "nonsense",
]
TEXTS = (
    "I want a refund",
    "refund for the mug",
    "我要退水壶，不想要了",
    "yes",
    "no",
    "是的",
    "2",
    "1",
    "both",
    "the other order",
    "cancel",
    "where is my parcel",
    "how long does it take?",
    "damaged",
    "收到了",
    "withdraw my request",
    "LL20260510-0003",
    "0142",
    "asdf",
    "😀",
    "talk to a person",
    "请说中文",
    "yes but only one",
    "I meant 2 pieces",
    "thanks",
    "I have no photo",
    "不对，我说的是水壶",
    "确认",
)

raw = st.dictionaries(st.sampled_from(SLOTS), st.sampled_from(WORDS), max_size=3)
slots, words = st.sampled_from(SLOTS), st.sampled_from(WORDS) | st.text(max_size=20)
values = st.sampled_from(["p1:0", "p2:0", "p3:1"])
commands = st.one_of(
    st.builds(c.StartFlow, st.sampled_from(FLOWS), raw),
    st.builds(c.SetSlot, slots, words),
    st.builds(c.CorrectSlot, slots, words),
    st.builds(
        c.PickOptions, st.lists(st.sampled_from(["p1:0", "p2:0", "p3:1"]), max_size=2).map(tuple)
    ),
    st.just(c.CancelFlow()),
    st.builds(c.Clarify, st.lists(st.sampled_from(FLOWS), max_size=2).map(tuple)),
    st.builds(c.Answer, st.sampled_from(["how long", "why"])),
    st.builds(c.SmallTalk, st.sampled_from(["greeting", "thanks", "bye", "help", "joke"])),
    st.builds(c.ChangeLanguage, st.sampled_from(["en", "zh-CN", "ru"])),
)
moves = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(TEXTS) | st.text(max_size=40)),
    st.tuples(st.just("press"), st.integers(0, 4)),
    st.tuples(st.just("yes"), st.none()),
    st.tuples(st.just("press_raw"), st.sampled_from(["p1:0", "p2:1", "p5:0", "x", "p1:0,p1:1"])),
    st.tuples(st.just("commands"), st.lists(commands, max_size=3).map(tuple)),
    st.tuples(st.just("photo"), st.sampled_from([None, "not_an_image", "too_large"])),
    st.tuples(st.just("edit"), st.sampled_from(TEXTS)),
    st.tuples(st.just("start"), st.sampled_from(["", "refund", "order_LL20260516-0004"])),
    st.tuples(st.just("unsupported"), st.none()),
    st.tuples(st.just("price"), st.integers(-200, 200)),
    st.tuples(st.just("refuse"), st.sampled_from(["amount_changed", "nothing_left", "odd"])),
    st.tuples(st.just("decide"), st.none()),
    st.tuples(st.just("handed_back"), st.none()),
)


class Watched(Chat):
    """A chat that checks every turn."""

    def take(self, message: InboundMessage, understood: Understood | None = None) -> None:
        shown = self.last if self.replies else None
        prompt, stack = self.state.prompt, self.state.stack
        super().take(message, understood)
        for reply in self.replies:
            self.check(reply)
        risky = [one for one in self.actions if isinstance(one, RequestRefund | WithdrawRequest)]
        if not risky:
            return
        # The question open before this message was this very confirmation, the last thing said.
        assert prompt is not None
        assert prompt.slot == CONFIRMED
        assert stack
        assert shown is not None
        assert shown.key in ("refund.summary", "withdraw.confirm")
        assert len(risky) == 1
        action = risky[0]
        if isinstance(action, RequestRefund):
            assert stack[-1].flow == "refund"
            assert shown.params["total"] == action.expected_total
            lines = shown.params["lines"]
            assert isinstance(lines, list)
            assert [line["quantity"] for line in lines] == [one.quantity for one in action.lines]

    def check(self, reply: Reply) -> None:
        message = render(reply, self.state.locale, CATALOG, "Asia/Shanghai", numbered=True)
        assert message.text
        assert all(option.label for option in message.options)
        assert all(len(option.value.encode()) <= 64 for option in message.options)


def play(chat: Watched, move: tuple[str, object]) -> None:
    match move:
        case ("say", str(text)):
            chat.say(text)
        case ("press", int(index)) if chat.state.prompt and chat.state.prompt.choices:
            chosen = index % len(chat.state.prompt.choices)
            chat.press(f"p{chat.state.prompt.id}:{chosen}")
        case ("yes", None):
            chat.say("yes")
        case ("press_raw", str(value)):
            chat.press(value)
        case ("commands", tuple(given)):
            chat.command(*given)
        case ("photo", None):
            chat.photo()
        case ("photo", str(rejected)):
            chat.photo(ref=None, rejected=rejected)
        case ("edit", str(text)) if chat.state.last:
            edits = chat.state.last.external_id
            chat.take(chat.message(kind=InboundKind.EDIT, text=text, edits=edits))
        case ("start", str(payload)):
            chat.take(chat.message(kind=InboundKind.START, text=payload))
        case ("unsupported", None):
            chat.take(chat.message(kind=InboundKind.UNSUPPORTED))
        case ("price", int(surcharge)):
            chat.shop.surcharge = surcharge
        case ("refuse", str(code)):
            chat.shop.refuse_next = ActionRefused(code)
        case ("decide", None) if chat.shop.tickets and chat.shop.tickets[-1].undecided:
            chat.shop.approve(chat.shop.tickets[-1].number, "manager")
        case ("handed_back", None) if chat.state.mode == "human":
            chat.state = chat.state.handed_back()


PRELUDES = {
    "nothing": (None, ()),
    "a customer": ("C1002", ()),
    "another customer": ("C1001", ()),
    "at a summary": ("C1002", ("refund for the tea towel, I don't want it", "yes")),
    "at the photos": ("C1002", ("the mug is broken, refund", "2")),
    "with a request": ("C1002", ("refund for my lamp, it never arrived", "yes")),
    "withdrawing": ("C1002", ("refund for my lamp, it never arrived", "yes", "withdraw it")),
    "unshipped": ("C1005", ("refund LL20260519-0008", "both", "don't want it")),
    "proving": (None, ("refund", "LL20260510-0003")),
}


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(PRELUDES)), st.lists(moves, min_size=1, max_size=15))
def test_any_conversation(prelude: str, script: list[tuple[str, object]]) -> None:
    customer, texts = PRELUDES[prelude]
    chat = Watched(customer)
    chat.say(*texts)
    for move in script:
        play(chat, move)
    for order in chat.shop.orders.values():
        assert order.held <= order.view.paid.minor


def test_the_preludes_lead_where_they_say() -> None:
    ends = {}
    for name, (customer, texts) in PRELUDES.items():
        chat = Watched(customer)
        ends[name] = chat.say(*texts)[-1:] if texts else []
    assert ends == {
        "nothing": [],
        "a customer": [],
        "another customer": [],
        "at a summary": ["refund.summary"],
        "at the photos": ["refund.ask_photos"],
        "with a request": [],
        "withdrawing": ["withdraw.confirm"],
        "unshipped": ["refund.summary"],
        "proving": ["verify.ask_factor"],
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(TEXTS), max_size=12), st.booleans())
def test_a_turn_is_a_function_of_what_it_is_given(texts: list[str], signed: bool) -> None:
    chat = Chat("C1002" if signed else None)
    for text in texts:
        chat.say(text)
    message = chat.message(text="refund for the mug")
    understood = Understood("en", (c.StartFlow("refund", {"items": "mug"}),), 1.0, "test")
    ports = chat.shop.ports(CONTACT)
    first = take_turn(chat.state, message, understood, ports)
    assert take_turn(chat.state, message, understood, ports) == first


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(TEXTS), max_size=15))
def test_a_stranger_hears_nothing_of_any_order(texts: list[str]) -> None:
    shop = FakeShop.load()
    titles = {
        title
        for one in shop.orders.values()
        for item in one.view.items
        for title in item.titles.values()
    }
    chat = Chat(None, shop)
    for text in texts:
        if "0142" not in text:
            chat.say(text)
        told = repr(chat.replies)
        assert not any(title in told for title in titles)
