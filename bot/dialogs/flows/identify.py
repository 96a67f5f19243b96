"""Show who the customer is, by what the shop accepts: his e-mail, or his name and postal code.

Somebody the shop doesn't know and a detail that is wrong get the very same answer, and tries are
limited with those at order numbers. Another flow calls this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.dialogs.actions import CountFailedVerification, ProveIdentity, Refused
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
    Resume,
    Talk,
)
from bot.dialogs.menu import PERSON
from bot.dialogs.parts.who import EMAIL, NAME, POSTAL_CODE, mark_of, read_who
from bot.dialogs.slots import WHO
from bot.replies import Reply

GRANTED: Final = "granted"
PART: Final = "who_so_far"
BY_NAME: Final = "name_postal_code"


def _tries_left(talk: Talk) -> End | None:
    if talk.slots.get(GRANTED) or talk.ports.identity.attempts_left() > 0:
        return None
    return End(handoff="verification_failed")


def _ask(talk: Talk) -> Ask:
    so_far = talk.slots.get(PART)
    if isinstance(so_far, Mapping) and NAME in so_far:
        return Ask(WHO, "change.ask_postal_code", {"name": so_far[NAME]}, offers=(PERSON,))
    if isinstance(so_far, Mapping) and POSTAL_CODE in so_far:
        return Ask(WHO, "change.ask_name", offers=(PERSON,))
    ways = talk.ports.changes.identity_ways()
    params = {"by_email": EMAIL in ways, "by_name": BY_NAME in ways}
    return Ask(WHO, "change.ask_who", params, offers=(PERSON,))


def _read(talk: Talk, given: Given) -> Known | Bad | None:
    told = read_who(given.words)
    ways = talk.ports.changes.identity_ways()
    if EMAIL in told:
        if EMAIL in ways:
            return Known({WHO: told})
        return Bad(Reply("change.no_email"))
    before = talk.slots.get(PART)
    both = {**(before if isinstance(before, Mapping) else {}), **told}
    if BY_NAME not in ways or not told:
        return Bad(Reply("change.not_understood_who"))
    if NAME in both and POSTAL_CODE in both:
        return Known({WHO: both})
    return Known({PART: both})


def _prove(talk: Talk) -> Done | End:
    if talk.slots.get(GRANTED):
        return End()
    told = talk.slots[WHO]
    if talk.ports.changes.identify(told):
        return Done((ProveIdentity(told),), (Reply("change.identified"),), Resume({GRANTED: True}))
    left = talk.ports.identity.attempts_left() - 1
    counted = (CountFailedVerification(mark_of(told)),)
    if left <= 0:
        return Done(counted, then=End(handoff="verification_failed"))
    return Done(counted, then=_failed(left))


def _failed(left: int) -> Ask:
    return Ask(WHO, "change.who_failed", {"left": left}, offers=(PERSON,), clears=(WHO, PART))


def _refused(talk: Talk, refused: Refused) -> Ask | End:
    left = talk.ports.identity.attempts_left()
    return _failed(left) if left > 0 else End(handoff="verification_failed")


FLOW = Flow(
    id="identify",
    steps=(
        Check(_tries_left),
        Collect(WHO, ask=_ask, read=_read),
        Act(_prove, refused=_refused),
    ),
    needs={GRANTED: (WHO,)},
)
