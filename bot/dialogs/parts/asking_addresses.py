"""Where should it go? Read, offered out of those the shop knows, asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.dialogs.flow import Ask, Bad, Collect, Given, Known, Offer, Talk
from bot.dialogs.menu import PERSON
from bot.dialogs.parts.addresses import one_line, read_address
from bot.dialogs.slots import ADDRESS
from bot.dialogs.state import Effect
from bot.replies import Reply

SHOWN: Final = 4
NOW: Final = "address_now"

_DEFAULT = re.compile(r"default|profile|home address|默认|我的地址", re.IGNORECASE)


def collect_address(question: str) -> Collect:
    """Get an address, asking with the template `question`."""

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
        country = next((one["country"] for one in talk.ports.changes.addresses()), "CN")
        found = read_address(given.words, country)
        if found is not None:
            return Known({ADDRESS: found})
        if known and _DEFAULT.search(given.words):
            return Known({ADDRESS: dict(known[0])})
        return Bad(Reply("change.address_incomplete")) if given.asked else None

    return Collect(ADDRESS, ask=ask, read=read)


def address_params(talk: Talk) -> Mapping[str, object]:
    """The address as a confirmation shows it."""
    return {"address": one_line(talk.slots[ADDRESS])}


def _others(talk: Talk) -> list[Mapping[str, str]]:
    """Addresses the shop knows of him, but for the one it would replace."""
    now = talk.slots.get(NOW)
    return [one for one in talk.ports.changes.addresses() if one != now]
