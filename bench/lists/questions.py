"""What is asked of the lists: every filter, first and deep pages, words of every frequency."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from bench.lists.shop import LAST_DAY, OLD_WORD, OLD_WORD_ZH, RARE_EVERY, SPAN, Case, case


@dataclass(frozen=True, slots=True)
class Ask:
    """One question. `before` and `below` are places deep in a list or in a search's results."""

    words: str = ""
    status: str | None = None
    before: datetime | None = None
    below: int | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of question: what is asked the n-th time among so many rows."""

    name: str
    ask: Callable[[int, int], Ask]


def _fixed(ask: Ask) -> Callable[[int, int], Ask]:
    return lambda _number, _rows: ask


def _some_case(number: int, rows: int) -> tuple[int, Case]:
    row = Random(number).randrange(rows)  # noqa: S311 - seeded on purpose
    return row, case(row, rows)


def _of_case(words: Callable[[int, Case], str]) -> Callable[[int, int], Ask]:
    return lambda number, rows: Ask(words(*_some_case(number, rows)))


def _deep(ask: Ask) -> Callable[[int, int], Ask]:
    def somewhere(number: int, rows: int) -> Ask:
        part = Random(number).random()  # noqa: S311 - seeded on purpose
        if ask.words:
            return replace(ask, below=1 + int(part * rows))
        return replace(ask, before=LAST_DAY - SPAN * part)

    return somewhere


def _of_list(statuses: tuple[str, ...]) -> list[Kind]:
    kinds = [Kind("first page", _fixed(Ask())), Kind("page in the depth", _deep(Ask()))]
    for status in statuses:
        kinds.append(Kind(f"{status}", _fixed(Ask(status=status))))
        kinds.append(Kind(f"{status}, in the depth", _deep(Ask(status=status))))
    return kinds


def _of_words(statuses: tuple[str, ...]) -> list[Kind]:
    words = {
        "a frequent word": "kettle",
        "frequent, zh": "水壶",
        "one character": "水",
        "one letter": "k",
        "a beginning": "ke",
        "two frequent words": "red kettle",
        "three, both scripts": "kettle 水壶 红色",
        "frequent, never together": "kettle 台灯",
        "only in old rows": OLD_WORD,
        "only in old rows, zh": OLD_WORD_ZH,
        "old, with a frequent one": f"{OLD_WORD} as",
        "absent": "xylophone",
        "absent, zh": "钢琴",
        "absent, with a frequent one": "kettle xylophone",
        "a year's numbers": "as2025",
        "a day's numbers": "20251111",
        "four digits": "4711",
    }
    kinds = [Kind(name, _fixed(Ask(typed))) for name, typed in words.items()]
    for status in statuses:
        kinds.append(Kind(f"frequent, {status}", _fixed(Ask("kettle", status))))
        kinds.append(Kind(f"frequent, zh, {status}", _fixed(Ask("水壶", status))))
        kinds.append(Kind(f"absent, {status}", _fixed(Ask("xylophone", status))))
        kinds.append(Kind(f"old, {status}", _fixed(Ask(OLD_WORD, status))))
        kinds.append(Kind(f"one letter, {status}", _fixed(Ask("k", status))))
    kinds += [
        Kind("frequent, in the depth", _deep(Ask("kettle"))),
        Kind("frequent, zh, in the depth", _deep(Ask("水壶"))),
        Kind(f"frequent, {statuses[0]}, in the depth", _deep(Ask("kettle", statuses[0]))),
        Kind("ticket number", _of_case(lambda row, one: f"{one.number}-{row}")),
        Kind("order number", _of_case(lambda _row, one: one.order)),
        Kind("its last four digits", _of_case(lambda _row, one: one.order[-4:])),
        Kind("customer's name", _of_case(lambda _row, one: one.name)),
        Kind("surname", _of_case(lambda _row, one: one.name[:1])),
        Kind("a rare item", lambda number, rows: Ask(f"rarity{_rare(number, rows)}")),
        Kind("what was typed for long", _fixed(Ask("红色水壶收到就坏了我要退款"))),
    ]
    return kinds


def _rare(number: int, rows: int) -> int:
    return 17 + RARE_EVERY * (number % max(1, rows // RARE_EVERY))


_TICKET_STATUSES = ("open", "in_progress", "completed", "closed")
_TALK_STATUSES = ("human", "bot", "closed")
TICKETS = [
    *_of_list(_TICKET_STATUSES),
    *_of_words(_TICKET_STATUSES),
    Kind("phone's last digits", _of_case(lambda _row, one: one.phone[-4:])),
    Kind("whole phone", _of_case(lambda _row, one: one.phone)),
    Kind("e-mail", _of_case(lambda _row, one: one.email)),
]
CONVERSATIONS = [
    *_of_list(_TALK_STATUSES),
    *_of_words(_TALK_STATUSES),
    Kind("a word of nearly every talk", _fixed(Ask("退款"))),
    Kind("what was said", _of_case(lambda _row, one: one.said[0][1][:60])),
]
