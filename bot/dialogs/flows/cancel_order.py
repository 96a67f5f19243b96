"""Cancel an order that is not sent yet: which one, why where the shop asks, and his yes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.change_ports import ChangeWish
from bot.dialogs.flow import Ask, Bad, Collect, Flow, Given, Known, Offer, Talk
from bot.dialogs.menu import PERSON
from bot.dialogs.parts import changing, orders, pictured
from bot.dialogs.parts.refused_changes import OTHER_ORDER, OTHER_REASON
from bot.dialogs.parts.wording import nearest, titles
from bot.dialogs.slots import CANCEL_REASON
from bot.dialogs.state import Effect
from bot.messages import Presentation
from bot.replies import Reply

_WORD = re.compile(r"[^\W\d_]{4,}|[\u4e00-\u9fff]{2}")


def _asks_reason(talk: Talk) -> bool:
    return bool(talk.ports.changes.reasons())


def _ask_reason(talk: Talk) -> Ask:
    offers = tuple(
        Offer(Effect.ANSWER, word, label=nearest(labels, talk.locale) or word)
        for word, labels in talk.ports.changes.reasons().items()
    )
    return Ask(
        CANCEL_REASON,
        "change.ask_cancel_reason",
        offers=(*offers, PERSON),
        presentation=Presentation.REASONS,
    )


def _read_reason(talk: Talk, given: Given) -> Known | Bad | None:
    reasons = talk.ports.changes.reasons()
    words = given.picked[0] if given.picked else given.words
    if words in reasons:
        return Known({CANCEL_REASON: words})
    fitting = [word for word, labels in reasons.items() if _means(words, word, labels)]
    if len(fitting) == 1:
        return Known({CANCEL_REASON: fitting[0]})
    if not given.asked:
        return None
    at = talk.ports.names.nearest(words, [tuple(labels.values()) for labels in reasons.values()])
    if at is not None:
        return Known({CANCEL_REASON: list(reasons)[at]})
    return Bad(Reply("change.reason_not_accepted"))


def _means(words: str, reason: str, labels: Mapping[str, str]) -> bool:
    """Whether the words hold the telling words of a reason's name in any language."""
    text = words.casefold()
    for label in (reason.replace("_", " "), *labels.values()):
        telling = [word for word in _WORD.findall(label.casefold()) if word not in _COMMON]
        if telling and any(word in text for word in telling):
            return True
    return False


_COMMON = frozenset({"order", "ordered", "wrong", "with", "this", "that", "下单"})


def _wish(talk: Talk) -> ChangeWish:
    return ChangeWish("cancel", reason=str(talk.slots.get(CANCEL_REASON, "")))


def _params(talk: Talk) -> Mapping[str, object]:
    labels = talk.ports.changes.reasons().get(str(talk.slots.get(CANCEL_REASON, "")), {})
    return {
        "titles": titles(orders.order_of(talk), talk.locale),
        "reason": nearest(labels, talk.locale),
    }


FLOW = Flow(
    id="cancel_order",
    steps=(
        changing.prove_customer(),
        pictured.pictured_order(),
        orders.prove_order(),
        orders.collect_order("change.ask_order_to_cancel", fits=changing.orders_fit("cancel")),
        changing.may_be("cancel"),
        Collect(CANCEL_REASON, ask=_ask_reason, read=_read_reason, when=_asks_reason),
        changing.look_quote(_wish),
        changing.confirm(
            lambda _talk: "change.summary_cancel", _params, (OTHER_ORDER, OTHER_REASON)
        ),
        changing.act(_wish),
    ),
)
