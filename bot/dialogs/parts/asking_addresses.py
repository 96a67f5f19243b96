"""Where should it go? Read, offered out of those the shop knows, asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from bot.dialogs.flow import Ask, Bad, Collect, Given, Known, Offer, Talk
from bot.dialogs.menu import PERSON
from bot.dialogs.parts.addresses import MAX_TEXT, is_part, one_line, read_address, unpadded
from bot.dialogs.parts.amending_addresses import amended
from bot.dialogs.parts.orders import known_order, recent_orders
from bot.dialogs.slots import ADDRESS
from bot.dialogs.state import Effect
from bot.replies import Reply

SHOWN: Final = 4
NOW: Final = "address_now"
SO_FAR: Final = "address_so_far"
"""Parts of an address he wrote in several messages."""

_NOT_BY_NAME = re.compile(r"\d|[省市区县镇乡路街道巷弄村]")
"""What an address of its own has, and the mere name of a city has not."""
_THE_ONE = re.compile(r"\bone\b|那个|那边|那里|的地址", re.IGNORECASE)
"""Says which of his addresses, also where it is not asked: "no, the Boston one"."""
_AWAY = re.compile(
    r"\b(?:from|out of|leav\w+|not|near)\b|n['’]t\b|不[去寄在送]|[从离]", re.IGNORECASE
)
OF_A_CITY: Final = 40
"""Characters in which he says which of his addresses, by its city."""
_CODE = re.compile(r"(?P<code>\d{4,6}(?:-\d{4})?)")
_CODE_NAMED = re.compile(
    r"(?:\bzip\b|\bpost(?:al|code)|\bplz\b|\bpostleitzahl|\bc[oó]digo postal|\bcode postal"
    r"|邮编|郵編|邮政编码|郵便番号)\D{0,12}(?P<code>\d{4,6}(?:-\d{4})?)(?!\d)",
    re.IGNORECASE,
)
_FORMER = re.compile(
    r"\b(?:old|former|previous|used to)\b|\b(?:alte|bisherige|antigua|ancienne)\b|原来|以前|旧地址",
    re.IGNORECASE,
)
"""Tells where he lived, not where it shall go."""
_DEFAULT = re.compile(r"default|profile|home address|默认|我的地址", re.IGNORECASE)


def collect_address(question: str, *, default: bool = True) -> Collect:
    """Get an address, asking with the template `question`. `default`: his default one can be
    meant by that word."""

    def ask(talk: Talk) -> Ask:
        known = _others(talk)[:SHOWN]
        offers = tuple(
            Offer(Effect.ANSWER, str(number), label=one_line(one))
            for number, one in enumerate(known)
        )
        return Ask(ADDRESS, question, {}, (*offers, PERSON))

    def read(talk: Talk, given: Given) -> Known | Bad | None:
        known = _others(talk)
        if given.picked:
            number = given.picked[0]
            there = number.isdecimal() and int(number) < len(known)
            return Known({ADDRESS: dict(known[int(number)])}) if there else None
        if (found := _read(talk, given)) is not None:
            return Known({ADDRESS: found, SO_FAR: ""})
        which = given.asked or _THE_ONE.search(given.words)
        if which and (one := _in_city(known, given.words)) is not None:
            return Known({ADDRESS: dict(one)})
        if default and known and _DEFAULT.search(given.words):
            return Known({ADDRESS: dict(known[0])})
        if not given.asked or not is_part(given.words):
            return None
        so_far = _together(talk, given.words)
        note = Reply("change.address_incomplete")
        return Known({SO_FAR: so_far}, (note,)) if so_far != _so_far(talk) else Bad(note)

    return Collect(ADDRESS, ask=ask, read=read)


def address_params(talk: Talk) -> Mapping[str, object]:
    """The address as a confirmation shows it."""
    return {"address": one_line(talk.slots[ADDRESS])}


def _read(talk: Talk, given: Given) -> Mapping[str, str] | None:
    """The address in the words, with what he wrote of it before where they are a part of it."""
    country = _country(talk)
    now = talk.slots.get(ADDRESS)
    if _FORMER.search(given.words) and not given.asked:
        return None
    if isinstance(now, Mapping):
        code = _CODE.fullmatch(given.words.strip()) or _CODE_NAMED.search(given.words)
        if code and len(given.words) <= OF_A_CITY:
            return {**now, "postal_code": code["code"]}
        if given.corrects and (changed := amended(now, given.words)) is not None:
            return changed
    return read_address(given.words, country) or read_address(_together(talk, given.words), country)


def _country(talk: Talk) -> str:
    """Where an address is whose country he doesn't name: where his others are, or his orders."""
    known = (one["country"] for one in talk.ports.changes.addresses())
    order = known_order(talk)
    sent = (one.country for one in ((order,) if order else recent_orders(talk)))
    return next((one for one in (*known, *sent) if one), "CN")


def _in_city(known: Sequence[Mapping[str, str]], words: str) -> Mapping[str, str] | None:
    """The known address whose city he names: "to the Boston one"; None if that fits several."""
    if len(words) > OF_A_CITY or _NOT_BY_NAME.search(words) or _AWAY.search(words):
        return None  # an address of its own, or a city that it is not in
    there = [one for one in known if _names(words, one["city"].removesuffix("市"))]
    return there[0] if len(there) == 1 else None


def _names(words: str, city: str) -> bool:
    if not city:
        return False
    edge = r"\b" if city.isascii() else ""
    return bool(re.search(rf"{edge}{re.escape(city)}{edge}", words, re.IGNORECASE))


def _together(talk: Talk, words: str) -> str:
    before, words = _so_far(talk), unpadded(words)
    if not before or words.casefold().startswith(before.casefold()):
        return words[:MAX_TEXT]
    return f"{before}, {words}"[:MAX_TEXT]


def _so_far(talk: Talk) -> str:
    return str(talk.slots.get(SO_FAR, ""))


def _others(talk: Talk) -> list[Mapping[str, str]]:
    """Addresses the shop knows of him, but for the one it would replace."""
    now = talk.slots.get(NOW)
    return [one for one in talk.ports.changes.addresses() if one != now]
