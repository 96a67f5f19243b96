"""Take a request back while nobody has decided on it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogs.actions import Refused, WithdrawRequest
from bot.dialogs.flow import (
    Act,
    Ask,
    Check,
    Collect,
    Confirm,
    Done,
    End,
    Flow,
    Given,
    Known,
    Offer,
    Talk,
)
from bot.dialogs.menu import PERSON, REQUEST_STATUS
from bot.dialogs.slots import CONFIRMED, NO, TICKET, YES
from bot.dialogs.state import Effect
from bot.ports import RequestView
from bot.replies import Reply


def _withdrawable(talk: Talk) -> Sequence[RequestView]:
    return [request for request in talk.ports.tickets.recent() if request.withdrawable]


def _any(talk: Talk) -> End | None:
    # One he was asked about, and that was decided meanwhile, is told of by itself.
    if _withdrawable(talk) or TICKET in talk.slots:
        return None
    offers = (REQUEST_STATUS, PERSON) if talk.ports.tickets.recent(1) else (PERSON,)
    return End((Reply("withdraw.none"),), offers)


def _only_one(talk: Talk) -> Known | None:
    requests = _withdrawable(talk)
    return Known({TICKET: requests[0].number}) if len(requests) == 1 else None


def _ask_which(talk: Talk, key: str = "withdraw.ask_which") -> Ask:
    offers = tuple(
        Offer(
            Effect.ANSWER,
            request.number,
            label=request.number,
            detail_key="request.detail",
            params={"order_number": request.order_number, "amount": request.amount},
        )
        for request in _withdrawable(talk)
    )
    return Ask(TICKET, key, offers=offers)


def _read_which(talk: Talk, given: Given) -> Known | Ask:
    wanted = "".join((given.picked[0] if given.picked else given.words).split()).upper()
    for request in _withdrawable(talk):
        if request.number.upper() == wanted:
            return Known({TICKET: request.number})
    return _ask_which(talk, "withdraw.not_withdrawable")


def _request(talk: Talk) -> RequestView | None:
    number = talk.slots[TICKET]
    return next((one for one in _withdrawable(talk) if one.number == number), None)


def _still_there(talk: Talk) -> End | None:
    return None if _request(talk) else End((Reply("withdraw.decided"),), (REQUEST_STATUS, PERSON))


def _ask_if_sure(talk: Talk) -> Ask:
    request = _request(talk)
    params = {
        "ticket": talk.slots[TICKET],
        "order_number": request.order_number if request else "",
        "amount": request.amount if request else None,
    }
    offers = (
        Offer(Effect.ANSWER, YES, label_key="choice.yes_withdraw"),
        Offer(Effect.ANSWER, NO, label_key="choice.no_keep"),
    )
    return Ask(CONFIRMED, "withdraw.confirm", params, offers)


def _kept(talk: Talk) -> End:
    return End((Reply("withdraw.kept", {"ticket": talk.slots[TICKET]}),))


def _withdraw(talk: Talk) -> Done:
    return Done((WithdrawRequest(talk.slots[TICKET]),))


def _refused(talk: Talk, refused: Refused) -> End:
    return End((Reply("withdraw.decided"),), (REQUEST_STATUS, PERSON))


FLOW = Flow(
    id="withdraw",
    steps=(
        Check(_any),
        Collect(TICKET, ask=_ask_which, read=_read_which, guess=_only_one),
        Check(_still_there),
        Confirm(_ask_if_sure, no=_kept),
        Act(_withdraw, refused=_refused),
    ),
)
