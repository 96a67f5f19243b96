"""Show that an order is the customer's: its number, and something only he and the shop know of it.

An unknown number and a wrong detail get the very same answers, so that nobody can find out here
which orders exist. Another flow calls this one; it hands the proven order number back.
"""

from __future__ import annotations

import re
from typing import Final

from bot.dialogs.actions import CountFailedVerification, GrantOrderAccess, Refused
from bot.dialogs.flow import (
    Act,
    Ask,
    Bad,
    Check,
    Collect,
    Done,
    End,
    Flow,
    Given,
    Known,
    Offer,
    Resume,
    Talk,
)
from bot.dialogs.parts.orders import order_number
from bot.dialogs.parts.pictured import pictured_number
from bot.dialogs.slots import FACTOR, ORDER
from bot.dialogs.state import Effect
from bot.replies import Reply

GRANTED: Final = "granted"
MAX_EMAIL: Final = 254
TAIL: Final = 4
PHONE: Final = range(7, 16)

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MY_ORDERS: Final = Offer(Effect.LEAVE, label_key="choice.my_orders")


def _tries_left(talk: Talk) -> End | None:
    if talk.slots.get(GRANTED) or talk.ports.identity.attempts_left() > 0:
        return None
    return End(handoff="verification_failed")


def _ask_number(talk: Talk) -> Ask:
    return Ask(ORDER, "verify.ask_order_number")


def _read_number(talk: Talk, given: Given) -> Known | Bad:
    number = order_number(given.words)
    if number is None:
        return Bad(Reply("verify.not_an_order_number"))
    return Known({ORDER: number})


def _proven(talk: Talk) -> bool:
    number = talk.slots.get(ORDER)
    return isinstance(number, str) and talk.ports.orders.find(number) is not None


def _ask_factor(talk: Talk) -> Ask:
    return Ask(
        FACTOR, "verify.ask_factor", {"order_number": talk.slots[ORDER]}, offers=_ways_out(talk)
    )


def _ways_out(talk: Talk) -> tuple[Offer, ...]:
    return (_MY_ORDERS,) if talk.ports.orders.recent(1) else ()


def _read_factor(talk: Talk, given: Given) -> Known | Bad:
    words = given.words.strip()
    if len(words) <= MAX_EMAIL and _EMAIL.fullmatch(words):
        return Known({FACTOR: words.lower()})
    digits = "".join(character for character in words if character.isdigit())
    if len(digits) == TAIL or len(digits) in PHONE:
        return Known({FACTOR: digits[-TAIL:]})
    return Bad(Reply("verify.not_a_factor"))


def _prove(talk: Talk) -> Done | End:
    if _proven(talk):
        return End()
    if talk.slots.get(GRANTED):
        # Granted, committed, and still not to be seen: nothing the customer could do better.
        return End((Reply("system.error"),), handoff="stuck")
    number, factor = talk.slots[ORDER], talk.slots[FACTOR]
    verified = talk.ports.identity.check(number, factor)
    if verified.ok and verified.order_id is not None:
        return Done(
            (GrantOrderAccess(verified.order_id, number, factor),),
            (Reply("verify.ok"),),
            Resume({GRANTED: True}),
        )
    left = talk.ports.identity.attempts_left() - 1
    counted = (CountFailedVerification(number),)
    if left <= 0:
        return Done(counted, then=End(handoff="verification_failed"))
    return Done(counted, then=_failed(talk, left))


def _failed(talk: Talk, left: int) -> Ask:
    return Ask(FACTOR, "verify.failed", {"left": left}, offers=_ways_out(talk), clears=(FACTOR,))


def _refused(talk: Talk, refused: Refused) -> Ask | End:
    left = talk.ports.identity.attempts_left()
    return _failed(talk, left) if left > 0 else End(handoff="verification_failed")


FLOW = Flow(
    id="verify_identity",
    steps=(
        Check(_tries_left),
        pictured_number(),
        Collect(ORDER, ask=_ask_number, read=_read_number),
        Collect(FACTOR, ask=_ask_factor, read=_read_factor, when=lambda t: not _proven(t)),
        Act(_prove, refused=_refused),
    ),
    needs={FACTOR: (ORDER,), GRANTED: (ORDER,)},
)
