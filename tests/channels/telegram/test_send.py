"""What Telegram is asked to do; teremok stands for it and checks the documented limits."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.methods import AnswerCallbackQuery, Response, SendMessage, SetWebhook
from aiogram.types import InlineKeyboardMarkup
from pydantic import ValidationError
from teremok import MockedSession

from bot.channels.base import ChannelAccount, ChannelError
from bot.channels.telegram import TelegramAdapter
from bot.channels.telegram.keyboard import MAX_LABEL, inline_keyboard
from bot.channels.telegram.settings import TelegramSettings
from bot.messages import Option, OutboundMessage, Presentation
from tests.channels.contract import context
from tests.channels.telegram.support import NOW, SECRET, TOKEN, account, call, captured


@pytest.fixture
def session() -> MockedSession:
    return MockedSession()


@pytest.fixture
def adapter(session: MockedSession) -> TelegramAdapter:
    return TelegramAdapter(account(), session=session)


async def test_text_goes_out_as_it_is(adapter: TelegramAdapter, session: MockedSession) -> None:
    text = "*bold* <b>x</b> [a](http://b) `c` {{ d }} 100% \\"
    await adapter.send(OutboundMessage(text), context("5318008123"))
    (sent,) = session.requests
    assert isinstance(sent, SendMessage)
    assert (sent.chat_id, sent.text, sent.reply_markup) == ("5318008123", text, None)


@pytest.mark.parametrize("length", [4096, 4097])
async def test_4096_units_are_one_message(
    length: int, adapter: TelegramAdapter, session: MockedSession
) -> None:
    await adapter.send(OutboundMessage("👍" + "x" * (length - 2)), context())
    assert len(session.requests) == length - 4095


def layout(*labels: str, presentation: Presentation = Presentation.BUTTONS) -> list[list[str]]:
    options = [Option(f"v{n}", label) for n, label in enumerate(labels)]
    keyboard = inline_keyboard(options, presentation)
    assert keyboard is not None
    return [[button.text for button in row] for row in keyboard.inline_keyboard]


def test_two_short_labels_share_a_row() -> None:
    assert layout("Yes", "No", "A person") == [["Yes", "No"], ["A person"]]
    assert layout("质量问题", "商品破损", "其他") == [["质量问题", "商品破损"], ["其他"]]


def test_a_long_label_has_a_row_of_its_own() -> None:
    long = "No longer wanted"
    assert layout("Yes", long, "No") == [["Yes"], [long], ["No"]]
    assert layout("收到时已经破损", "其他") == [["收到时已经破损"], ["其他"]]


@pytest.mark.parametrize(
    "presentation", [Presentation.ORDERS, Presentation.ITEMS, Presentation.REASONS]
)
def test_lists_have_one_in_a_row(presentation: Presentation) -> None:
    assert layout("A", "B", presentation=presentation) == [["A"], ["B"]]


def test_scores_stand_side_by_side() -> None:
    rows = layout(*map(str, range(11)), presentation=Presentation.SCORE)
    assert rows == [["0", "1", "2", "3", "4", "5"], ["6", "7", "8", "9", "10"]]


def label_of(option: Option) -> str:
    keyboard = inline_keyboard([option], Presentation.ITEMS)
    assert keyboard is not None
    return keyboard.inline_keyboard[0][0].text


def test_labels_are_one_line_and_not_too_long() -> None:
    assert label_of(Option("v", "Kettle\n 1.7 l", "¥199.00")) == "Kettle 1.7 l · ¥199.00"
    assert label_of(Option("v", " \n", "")) == "v"
    trimmed = label_of(Option("v", "退" * 100))
    assert trimmed == "退" * (MAX_LABEL - 1) + "…"
    family = "👨‍👩‍👧‍👦"
    assert label_of(Option("v", "x" * 60 + family + "y")) == "x" * 60 + "…"


def test_no_options_no_keyboard() -> None:
    assert inline_keyboard([], Presentation.BUTTONS) is None


def test_values_come_back_as_they_were() -> None:
    keyboard = inline_keyboard([Option("p3:0", "Yes")], Presentation.BUTTONS)
    assert isinstance(keyboard, InlineKeyboardMarkup)
    assert keyboard.inline_keyboard[0][0].callback_data == "p3:0"


async def test_only_a_press_is_acknowledged(
    adapter: TelegramAdapter, session: MockedSession
) -> None:
    for name in ("text", "callback_query"):
        (message,) = adapter.parse(call(captured(name)), NOW)
        await adapter.acknowledge(message)
    (answered,) = session.requests
    assert isinstance(answered, AnswerCallbackQuery)
    assert answered.callback_query_id == "22840671209983345"


async def test_a_press_too_old_to_acknowledge_is_let_go(
    adapter: TelegramAdapter, session: MockedSession
) -> None:
    session.add_result(
        AnswerCallbackQuery,
        _refusal("Bad Request: query is too old and response timeout expired"),
    )
    (press,) = adapter.parse(call(captured("callback_query")), NOW)
    await adapter.acknowledge(press)
    assert len(session.requests) == 1


async def test_webhook_is_set_with_secret_and_kinds(
    adapter: TelegramAdapter, session: MockedSession
) -> None:
    await adapter.set_webhook("https://shop.example/webhooks/telegram/tg-demo")
    (asked,) = session.requests
    assert isinstance(asked, SetWebhook)
    assert asked.url == "https://shop.example/webhooks/telegram/tg-demo"
    assert asked.secret_token == SECRET
    assert asked.allowed_updates == ["message", "edited_message", "callback_query"]


async def test_a_webhook_without_secret_is_not_set(session: MockedSession) -> None:
    adapter = TelegramAdapter(account(webhook_secret=""), session=session)
    with pytest.raises(ChannelError, match="webhook_secret"):
        await adapter.set_webhook("https://shop.example/hook")
    assert session.requests == []


@pytest.mark.parametrize("given", [None, "", SECRET])
def test_an_account_without_secret_refuses_everything(given: str | None) -> None:
    adapter = TelegramAdapter(account(webhook_secret=""), session=MockedSession())
    with pytest.raises(ChannelError, match="no_secret"):
        adapter.verify(call(captured("text"), secret=given))


def test_settings_keep_their_secrets() -> None:
    shown = repr(TelegramSettings.read(account().settings))
    assert TOKEN not in shown
    assert SECRET not in shown
    with pytest.raises(ValidationError) as caught:
        TelegramSettings.model_validate({"bot_token": f"{TOKEN} "})
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, "bot_token"),
        ({"bot_token": "hush hush"}, "bot_token"),
        ({"bot_token": TOKEN, "webhook_secret": "höher"}, "webhook_secret"),
        ({"bot_token": TOKEN, "webhook_secret": "x" * 257}, "webhook_secret"),
        ({"bot_token": TOKEN, "base_url": "ftp://x"}, "base_url"),
        ({"bot_token": TOKEN, "timeout": 0}, "timeout"),
        ({"bot_token": TOKEN, "token": TOKEN}, "token"),
    ],
)
def test_wrong_settings_are_named_without_their_values(
    settings: dict[str, Any], named: str
) -> None:
    with pytest.raises(ChannelError, match=named) as caught:
        TelegramAdapter(ChannelAccount("tg-demo", "telegram", "x", settings))
    assert caught.value.code == "bad_settings"
    assert caught.value.__context__ is None
    for value in settings.values():
        assert len(str(value)) < 5 or str(value) not in str(caught.value)


def _refusal(description: str) -> Any:
    return Response[bool](ok=False, error_code=400, description=description)
