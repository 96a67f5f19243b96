"""What customers of a campaign say, in Chinese and English: every script ends in a refund.

The scripts are written so that each message has the same answer whenever it is read: that is what
lets a checker tell a disturbed conversation from an undisturbed one.
"""

from __future__ import annotations

from dataclasses import dataclass

SECOND_FACTOR = "1234"
"""The last four digits of the phone number every order was placed with."""


@dataclass(frozen=True)
class Text:
    """He types; `{order}` is his order's number. `confirms`: it is his yes to the refund."""

    words: str
    confirms: bool = False


@dataclass(frozen=True)
class Press:
    """He presses the button that says so, once it is there. `confirms`: it is his yes."""

    label: str
    confirms: bool = False


@dataclass(frozen=True)
class Photos:
    """He sends photos, several as an album where the channel has albums."""

    count: int = 1


@dataclass(frozen=True)
class Start:
    """He opens the chat by a link; `payload` is what the link carried."""

    payload: str = ""


Saying = Text | Press | Photos | Start


@dataclass(frozen=True)
class Script:
    """A conversation from a customer's side.

    A step is one saying, or several in a burst, sent without waiting for an answer. Sayings of a
    burst may set out in any order where the channel allows that: their answers must not depend on
    one another..
    """

    name: str
    locale: str
    steps: tuple[tuple[Saying, ...], ...]


def _one_by_one(*sayings: Saying) -> tuple[tuple[Saying, ...], ...]:
    return tuple((saying,) for saying in sayings)


PROVEN = (
    Script(
        "typed_en",
        "en",
        _one_by_one(
            Text("I want a refund for order {order}"),
            Text("yes, I received it"),
            Text("I no longer want it"),
            Text("yes", confirms=True),
            Text("thanks"),
        ),
    ),
    Script(
        "photo_zh",
        "zh-CN",
        _one_by_one(
            Text("你好"),
            Press("申请退款"),
            Press("已收到"),
            Press("收到时已破损"),
            Photos(2),
            Press("确认申请退款", confirms=True),
            Text("谢谢"),
        ),
    ),
    Script(
        "burst_zh",
        "zh-CN",
        (
            (Text("你好"), Text("谢谢"), Text("你好")),
            (Text("订单 {order} 我要退款"),),
            (Text("收到了"),),
            (Text("不想要了"),),
            (Text("确认", confirms=True), Text("谢谢")),
        ),
    ),
)
"""For channels that prove who he is (a signed web chat)."""

UNPROVEN = (
    Script(
        "album_zh",
        "zh-CN",
        _one_by_one(
            Start("refund"),
            Text("{order} " + SECOND_FACTOR),
            Press("已收到"),
            Press("质量问题或无法使用"),
            Photos(3),
            Press("确认申请退款", confirms=True),
            Text("谢谢"),
        ),
    ),
    Script(
        "typed_proof_zh",
        "zh-CN",
        (
            (Text("我想退款"),),
            (Text("订单号 {order}，尾号" + SECOND_FACTOR),),
            (Text("收到了"),),
            (Text("不想要了"),),
            (Text("确认", confirms=True),),
            (Text("谢谢"), Text("谢谢")),
        ),
    ),
    Script(
        "burst_en",
        "en",
        (
            (Text("hello"), Text("thanks"), Text("hello")),
            (Text("track my order {order} please, my phone ends in " + SECOND_FACTOR),),
            (Text("I want a refund for order {order}"),),
            (Press("Yes, I have it"),),
            (Text("I no longer want it"),),
            (Press("Yes, request the refund", confirms=True),),
            (Text("thanks"),),
        ),
    ),
)
"""For Telegram, on which anybody can write."""

SERVICED = (
    Script(
        "typed_proof_zh",
        "zh-CN",
        _one_by_one(
            Text("我想退款"),
            Text("订单号 {order}，尾号" + SECOND_FACTOR),
            Text("收到了"),
            Text("不想要了"),
            Text("确认", confirms=True),
            Text("谢谢"),
        ),
    ),
    Script(
        "photos_zh",
        "zh-CN",
        (
            (Text("我想退款"),),
            (Text("{order} " + SECOND_FACTOR),),
            (Press("已收到"),),
            (Press("质量问题或无法使用"),),
            (Photos(),),
            (Press("确认申请退款", confirms=True),),
            (Text("谢谢"),),
        ),
    ),
)
"""For WeCom's customer service accounts: photos come one by one there, and we may say five things
after each message of the customer."""

MEMBERS = (UNPROVEN[1],)
"""For WeCom's app, whose members type."""
