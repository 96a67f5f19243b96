"""What the rules take a message for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogs import commands as c
from bot.messages import InboundKind, InboundMessage, Option, Sender
from bot.ports import REASONS
from bot.understanding.base import DialogView, Understood
from bot.understanding.rules import RulesUnderstanding
from templates_i18n.catalog import Catalog

RULES = RulesUnderstanding("en")
REFUND = DialogView("en", "refund", filled={"order": "o", "items": "i", "reason": "damaged"})


def understood(text: str, view: DialogView | None = None) -> Understood:
    message = InboundMessage(
        "m", Sender("x"), InboundKind.TEXT, datetime(2026, 5, 20, tzinfo=UTC), 1, text
    )
    return RULES.read(message, view or DialogView())


def read(text: str, view: DialogView | None = None) -> Sequence[c.Command]:
    return understood(text, view).commands


def asked(slot: str, *labels: str, flow: str = "refund") -> DialogView:
    options = tuple(Option(f"p4:{index}", label) for index, label in enumerate(labels))
    return DialogView("en", flow, slot, options)


def flows(text: str, view: DialogView | None = None) -> list[str]:
    return [command.flow for command in read(text, view) if isinstance(command, c.StartFlow)]


@pytest.mark.parametrize(
    "text",
    [
        "I want a refund",
        "refund please",
        "I'd like my money back",
        "can i return this",
        "I want to send it back",
        "REFUND!!!",
        "please refund order LL20260510-0003",
        "我要退款",
        "想退货",
        "申请退款",
        "能退吗，水壶坏了",
        "把钱退给我",
        "退面霜",
        "帮我退一下",
        "這個我想退貨",
        "我想把面霜退了",
        "quiero un reembolso",
        "Ich möchte eine Rückerstattung",
        "je veux un remboursement",
        "返金してください",
        "返品したい",
    ],
)
def test_wishes_for_a_refund(text: str) -> None:
    assert flows(text) == ["refund"]


@pytest.mark.parametrize(
    "text",
    [
        "where is my parcel?",
        "where's my order",
        "track my order",
        "when will my package arrive",
        "has my order been shipped?",
        "order status please",
        "my parcel never arrived",
        "我的快递到哪了",
        "物流信息",
        "什么时候发货",
        "怎么还没到货",
        "包裹呢",
        "一直没收到",
        "¿dónde está mi pedido?",
        "wo ist meine Bestellung",
        "où est ma commande",
    ],
)
def test_questions_for_a_parcel(text: str) -> None:
    assert flows(text) == ["order_status"]


@pytest.mark.parametrize(
    "text",
    [
        "how is my refund going?",
        "refund status",
        "where is my refund",
        "when do i get my money",
        "any news on my request",
        "我的退款到哪了",
        "退款进度",
        "钱什么时候退",
        "查一下我的申请进度",
        "退款怎么还没到账",
        "AS20260520-1001",
    ],
)
def test_questions_for_a_request(text: str) -> None:
    assert flows(text) == ["request_status"]


@pytest.mark.parametrize(
    "text",
    ["withdraw my request", "cancel my refund request", "撤回申请", "撤销退款申请", "取消退款"],
)
def test_wishes_to_withdraw(text: str) -> None:
    assert flows(text) == ["withdraw"]
    assert read(text, asked("reason")) == (c.CancelFlow(),)


@pytest.mark.parametrize(
    "text",
    [
        "I don't want a refund",
        "no refund please",
        "不想退款了",
        "不退了",
        "不用退了",
        "never mind",
        "算了",
        "cancel",
        "forget it",
        "I changed my mind, no longer want a refund",
    ],
)
def test_denied_wishes_are_no_wishes(text: str) -> None:
    assert read(text, asked("received", "Yes", "No")) == (c.CancelFlow(),)
    assert flows(text) == []


@pytest.mark.parametrize("text", ["为什么不退款给我", "你们还不退款", "why don't you refund me?"])
def test_complaints_about_no_refund_are_no_cancel(text: str) -> None:
    assert not any(isinstance(command, c.CancelFlow) for command in read(text, asked("reason")))


@pytest.mark.parametrize(
    "text",
    [
        "what is your return policy?",
        "how long does a refund take",
        "who pays for return shipping",
        "退货运费谁出",
        "退款多久到账",
        "支持七天无理由吗",
        "退款政策是什么",
        "拆封了还能退吗",
    ],
)
def test_questions_of_policy_go_to_the_articles(text: str) -> None:
    (command,) = read(text)
    assert isinstance(command, c.Answer)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("talk to a human", "asked"),
        ("转人工", "asked"),
        ("I need a real person", "asked"),
        ("客服在吗", "asked"),
        ("hablar con una persona", "asked"),
        ("Mitarbeiter bitte", "asked"),
        ("you are scammers", "upset"),
        ("我要投诉", "upset"),
        ("我打12315了", "upset"),
        ("I will sue you", "upset"),
        ("I want a replacement", "other_service"),
        ("我要开发票", "other_service"),
    ],
)
def test_people_are_brought_in(text: str, reason: str) -> None:
    assert read(text) == (c.HumanHandoff(reason),)


@pytest.mark.parametrize("number", ["BN012315", "LL-12315", "1231509", "SF123151234567"])
def test_a_number_that_holds_the_hotline_is_no_threat(number: str) -> None:
    assert flows(f"我想退款，订单号 {number}") == ["refund"]


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "Yes please!",
        "ok",
        "OK, go ahead",
        "sure",
        "confirm",
        "好",
        "好的",
        "是的",
        "可以",
        "确认",
        "确定",
        "对的，谢谢",
        "嗯嗯",
        "就这样",
        "ja",
        "oui",
        "sí",
        "はい",
        "Ｙｅｓ",
    ],
)
def test_clear_yes(text: str) -> None:
    assert read(text, asked("confirmed", "A", "B")) == (c.SetSlot("confirmed", "yes"),)


@pytest.mark.parametrize(
    "text", ["no", "nope", "No, thanks", "不", "不是", "不对", "不要", "nein", "non"]
)
def test_clear_no(text: str) -> None:
    assert read(text, asked("confirmed", "A", "B")) == (c.SetSlot("confirmed", "no"),)


@pytest.mark.parametrize(
    "text",
    [
        "yes but wait",
        "yes no",
        "not yes",
        "是不是",
        "好像可以吧",
        "maybe",
        "👍",
        "why yes?",
        "yesterday",
        "okay I guess not",
        "可以少一点吗",
        "对不起",
        "好贵",
        "确认什么",
        "I confirm nothing",
        "y/n",
        "yes, but only the mug",
        "ok what",
        "行不行",
    ],
)
def test_everything_else_is_no_yes(text: str) -> None:
    for command in read(text, asked("confirmed", "Yes", "No")):
        assert command != c.SetSlot("confirmed", "yes")
        assert not isinstance(command, c.PickOptions)


@pytest.mark.parametrize(
    ("text", "picked"),
    [
        ("1", [0]),
        ("3.", [2]),
        ("1,3", [0, 2]),
        ("1 and 2", [0, 1]),
        ("#2", [1]),
        ("the second one", [1]),
        ("第二个", [1]),
        ("第1个和第3个", [0, 2]),
        ("选2", [1]),
        ("１、２", [0, 1]),
        ("no. 2", [1]),
        ("first and third", [0, 2]),
    ],
)
def test_numbers_pick_options(text: str, picked: list[int]) -> None:
    view = asked("items", "Blue mug", "Linen towel", "Oak lamp")
    assert read(text, view) == (c.PickOptions(tuple(f"p4:{index}" for index in picked)),)


@pytest.mark.parametrize("text", ["4", "0", "1,9"])
def test_numbers_not_on_offer_pick_nothing(text: str) -> None:
    view = asked("items", "Blue mug", "Linen towel", "Oak lamp")
    assert not any(isinstance(command, c.PickOptions) for command in read(text, view))


@pytest.mark.parametrize("text", ["blue mug", "Blue  MUG!", "blue mugg"])
def test_labels_are_picked_when_they_are_unmistakable(text: str) -> None:
    view = asked("items", "Blue mug", "Linen towel", "Oak lamp")
    assert read(text, view) == (c.PickOptions(("p4:0",)),)


def test_labels_alike_are_left_to_the_flow() -> None:
    view = asked("items", "Blue mug", "Red mug")
    assert read("mug", view) == (c.SetSlot("items", "mug"),)


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize("reason", [one for one in REASONS if one != "other"])
def test_the_words_of_a_reason_button_are_read_as_that_reason(locale: str, reason: str) -> None:
    label = Catalog.load().text(f"refund.reason.{reason}", locale, {})
    commands = read(label, asked("reason"))
    assert c.SetSlot("reason", reason) in commands


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("it arrived smashed", "damaged"),
        ("doesn't work", "quality"),
        ("打不开", "quality"),
        ("发错颜色了", "wrong_item"),
        ("少了一个配件", "missing_parts"),
        ("跟图片不一样", "not_as_described"),
        ("太大了", "no_longer_wanted"),
        ("it took too long", "late"),
        ("快递丢了", "not_received"),
        ("not damaged, wrong item", "wrong_item"),
        ("不是坏了，是少件", "missing_parts"),
    ],
)
def test_reasons(text: str, reason: str) -> None:
    assert read(text, asked("reason"))[0] == c.SetSlot("reason", reason)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("no, the other order", c.CorrectSlot("order", "other")),
        ("不对，是另一个订单", c.CorrectSlot("order", "other")),
        ("I meant 2 pieces", c.CorrectSlot("quantities", "2")),
        ("数量不对，是两件", c.CorrectSlot("quantities", "2")),
        ("not damaged, wrong item", c.CorrectSlot("reason", "wrong_item")),
        ("no, I meant the blender", c.CorrectSlot("items", "the blender")),
        ("不对，我说的是榨汁机", c.CorrectSlot("items", "榨汁机")),
        ("sorry, it's LL20260510-0003", c.CorrectSlot("order", "LL20260510-0003")),
        ("change the reason", c.CorrectSlot("reason")),
        ("换个商品", c.CorrectSlot("items", "other")),
    ],
)
def test_corrections(text: str, command: c.Command) -> None:
    view = DialogView("en", "refund", "confirmed", REFUND.options, REFUND.filled)
    assert read(text, view) == (command,)


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("English please", "en"),
        ("请说中文", "zh-CN"),
        ("can you speak english", "en"),
        ("中文", "zh-CN"),
        ("說繁體中文", "zh-TW"),
        ("auf Deutsch bitte", "de"),
        ("日本語でお願いします", "ja"),
    ],
)
def test_wishes_for_a_language(text: str, locale: str) -> None:
    result = understood(text)
    assert result.commands == (c.ChangeLanguage(locale),)
    assert result.locale == locale


def test_naming_a_language_is_not_asking_for_it() -> None:
    assert not isinstance(read("the manual is not in english")[0], c.ChangeLanguage)


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "！！！", "\u200b\u202e", "....", "\ud800"])
def test_nothing_to_read_is_asked_about(text: str) -> None:
    assert read(text) == (c.Clarify(),)


@pytest.mark.parametrize("text", ["asdf", "qwer zxcv", "xkcd"])
def test_struck_keys_are_asked_about(text: str) -> None:
    assert read(text) == (c.Clarify(),)
    assert read(text, asked("reason")) == (c.Clarify(),)


@pytest.mark.parametrize(
    ("text", "none"),
    [
        ("我没有照片", True),
        ("没有", True),
        ("不会拍", True),
        ("I don't have a photo", True),
        ("i dont have any pictures", True),
        ("没收到货", False),
        ("no lid in the box", False),
    ],
)
def test_having_no_photo(text: str, none: bool) -> None:
    commands = read(text, asked("evidence"))
    assert (c.SetSlot("evidence", "none") in commands) is none


def test_apostrophes_may_be_missing() -> None:
    assert read("doesnt work", asked("reason"))[0] == c.SetSlot("reason", "quality")
    assert flows("wheres my order") == ["order_status"]


def test_no_longer_wanting_what_was_not_sent_asks_for_a_refund() -> None:
    assert flows("台灯还没发货，不想要了") == ["refund"]


def test_two_wishes_in_their_order() -> None:
    assert flows("where is my lamp, and I want a refund for the mug") == ["order_status", "refund"]
    assert flows("我要退水壶，另外吸尘器的快递到哪了") == ["refund", "order_status"]


def test_what_the_first_sentence_tells_goes_along() -> None:
    text = "refund for 2 pieces of the mug from LL20260510-0003, arrived broken, last four 0142"
    (command,) = read(text)
    assert isinstance(command, c.StartFlow)
    assert command.slots["order"] == "LL20260510-0003"
    assert command.slots["quantities"] == "2"
    assert command.slots["reason"] == "damaged"
    assert command.slots["factor"] == "0142"
    assert "mug" in command.slots["items"]


def test_spans_point_into_the_original_text() -> None:
    text = "\u200b订单　ＬＬ20260510-0003 坏了"
    spans = {span.kind: text[span.start : span.end] for span in understood(text).spans}
    assert spans["order_number"] == "ＬＬ20260510-0003"


def test_moods() -> None:
    assert understood("你们是骗子").sentiment < understood("太差了").sentiment < 0
    assert understood("very happy, love it").sentiment > 0


@given(st.text(max_size=300), st.sampled_from(["", "items", "confirmed", "factor", "reason"]))
def test_never_raises(text: str, slot: str) -> None:
    result = understood(text, asked(slot, "One thing", "第二个"))
    assert result.commands
    for span in result.spans:
        assert 0 <= span.start <= span.end <= len(text)


@pytest.mark.parametrize("piece", ["啊", "refund ", "no ", "(((((", "1,", "a1 ", "退"])
def test_long_texts_are_read_in_time(piece: str) -> None:
    assert understood(piece * 20_000).commands
