"""How is my refund going? Tells the state of the requests this contact has made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.dialogs.flow import Check, End, Flow, Talk
from bot.dialogs.menu import ORDER_STATUS, PERSON, REFUND
from bot.dialogs.slots import TICKET
from bot.ports import RequestView
from bot.replies import Reply

SHOWN: Final = 3

_STATUS: Final[Mapping[str, str]] = {
    "open": "request.status_open",
    "in_progress": "request.status_in_progress",
    "completed": "request.status_completed",
    "closed": "request.status_closed",
}


def _tell(talk: Talk) -> End:
    requests = list(talk.ports.tickets.recent())
    wanted = "".join(talk.raw.get(TICKET, "").split()).upper()[:40]
    if wanted:
        named = [request for request in requests if request.number.upper() == wanted]
        if not named:
            return End((Reply("request.not_found", {"ticket": wanted}),), (PERSON,))
        requests = named
    if not requests:
        return End((Reply("request.none"),), (REFUND, ORDER_STATUS, PERSON))
    undecided = [request for request in requests if request.status in ("open", "in_progress")]
    shown = (undecided or requests)[:SHOWN]
    return End(tuple(_state(request) for request in shown))


def _state(request: RequestView) -> Reply:
    return Reply(
        _STATUS.get(request.status, "request.status_open"),
        {
            "ticket": request.number,
            "order_number": request.order_number,
            "amount": request.amount,
            "opened_at": request.opened_at,
        },
    )


FLOW = Flow(id="request_status", steps=(Check(_tell),), aside=True)
