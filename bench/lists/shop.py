"""A made-up shop's tickets and conversations: the n-th is always the same, whatever the number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

LAST_DAY = datetime(2026, 5, 20, 12, tzinfo=UTC)
SPAN = timedelta(days=3 * 365)
"""All of it happened within these days."""
RECENT = 50
"""One of so many rows is recent, and may be open."""
OLD_WORD, OLD_WORD_ZH = "gramophone", "留声机"
"""An item sold only at first: its tickets are many, and none of them is new."""
RARE_EVERY = 50_000
"""One ticket in so many is about something that was sold once (`rarity17`)."""

_COLOURS = ("red 红色", "blue 蓝色", "white 白色", "black 黑色", "green 绿色", "silver 银色")
_ITEMS = (
    "kettle 水壶", "desk lamp 台灯", "towel set 毛巾套装", "rice cooker 电饭煲", "face cream 面霜",
    "running shoes 跑步鞋", "backpack 双肩包", "wireless earphones 无线耳机", "charger 充电器",
    "winter coat 冬季大衣", "frying pan 平底锅", "vacuum cleaner 吸尘器", "green tea 绿茶礼盒",
    "lipstick 口红", "phone case 手机壳", "humidifier 加湿器", "pillow 枕头", "umbrella 雨伞",
    "yoga mat 瑜伽垫", "thermos 保温杯", "keyboard 键盘", "jigsaw 拼图", "socks 袜子", "clock 闹钟",
)  # fmt: skip
_ZH = (
    "{item}收到就坏了，我要退款", "{item}颜色不对，能换吗", "订单{order}的{item}还没有到",
    "请问{item}的退款什么时候到账", "{item}有划痕，质量太差", "买错了，想退货，订单号{order}",
    "物流一直不更新，{item}到哪里了", "{item}少了一个配件，请补发", "我申请的退货怎么还没审核",
)  # fmt: skip
_EN = (
    "The {item} arrived broken, I want a refund", "Wrong colour of the {item}, can I exchange it?",
    "Where is my order {order}? The {item} has not come", "When is the {item} refunded?",
    "The {item} is scratched, please send another", "I no longer need the {item} of {order}",
    "A part of the {item} is missing", "Tracking for {order} has not moved for a week",
)  # fmt: skip
_BOT = (
    "您的退款申请{ticket}已提交，三个工作日内原路退回",
    "已为您登记工单{ticket}，请保持电话畅通",
    "Your request {ticket} is recorded; the refund takes three working days",
    "We have opened ticket {ticket} for order {order}", "请您上传{item}的照片，谢谢",
)  # fmt: skip
_THANKS = ("好的，谢谢", "知道了", "thank you", "ok, I wait", "麻烦快一点", "请尽快处理")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉梅兰小晓"
_FIRST = (
    "Anna",
    "Ben",
    "Clara",
    "David",
    "Emma",
    "Finn",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Karla",
)
_LAST = ("Becker", "Dubois", "Evans", "Ferrari", "Garcia", "Hansen", "Ivanov", "Jones", "Kowalski")


@dataclass(frozen=True, slots=True)
class Case:
    """One customer's ticket and the conversation it came from. `said`: author and text."""

    number: str
    order: str
    name: str
    email: str
    phone: str
    titles: dict[str, str]
    state: str
    reason: str
    amount: int
    at: datetime
    status: str
    said: Sequence[tuple[str, str]]


def case(row: int, rows: int) -> Case:
    """The case in place `row` of `rows`, oldest first."""
    rng = Random(row * 2_654_435_761 + rows)  # noqa: S311 - seeded on purpose
    at = LAST_DAY - SPAN * ((rows - row) / rows)
    is_recent = row >= rows - max(rows // RECENT, 20)
    english, chinese = _item(rng, row, rows)
    is_zh = rng.random() < 0.6
    order = f"{at:%Y%m%d}-{rng.randrange(10**8):08d}"
    number = f"AS{at:%Y%m%d}-{1001 + row % 4_000}"
    words = {"item": chinese if is_zh else english, "order": order, "ticket": number}
    said = [
        ("customer", rng.choice(_ZH if is_zh else _EN).format(**words)),
        ("bot", rng.choice(_BOT).format(**words)),
        ("customer", rng.choice(_THANKS)),
    ]
    return Case(
        number=number,
        order=order,
        name=_name(rng, is_zh),
        email=f"customer{row}@example.com",
        phone=f"13{rng.randrange(10**9):09d}",
        titles={"en": english.capitalize(), "zh-CN": chinese},
        state=_state(rng, is_recent),
        reason=rng.choice(("quality", "not_wanted", "wrong_item", "never_arrived", "other")),
        amount=rng.randrange(500, 90_000),
        at=at,
        status=_status(rng, is_recent),
        said=said,
    )


def _item(rng: Random, row: int, rows: int) -> tuple[str, str]:
    if row % RARE_EVERY == 17:
        return f"rarity{row}", f"孤品{row}"
    if row < rows // 5 and rng.random() < 0.5:
        return OLD_WORD, OLD_WORD_ZH
    # The first of the list sell most, as anywhere.
    english, chinese = _ITEMS[min(int(rng.expovariate(0.25)), len(_ITEMS) - 1)].rsplit(" ", 1)
    colour, colour_zh = rng.choice(_COLOURS).split(" ")
    return f"{colour} {english} {rng.randrange(100, 999)}", f"{colour_zh}{chinese}"


def _name(rng: Random, is_zh: bool) -> str:
    if is_zh:
        return rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, rng.choice((1, 2))))
    return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"


def _state(rng: Random, is_recent: bool) -> str:
    if is_recent:
        open_ones = ("awaiting_approval",) * 5 + ("refunding",) * 3 + ("needs_attention",)
        return rng.choice((*open_ones, *("refunded",) * 11))
    return rng.choices(("refunded", "rejected", "withdrawn"), (88, 9, 3))[0]


def _status(rng: Random, is_recent: bool) -> str:
    return rng.choice(("bot", "bot", "bot", "human", "closed")) if is_recent else "closed"
