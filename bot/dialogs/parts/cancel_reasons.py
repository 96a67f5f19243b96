"""Why does he cancel? The shop's reasons, told and read in his language.

A shop names its reasons in the languages it speaks. What the commonest of them mean is known in all
of ours: who writes German is not offered English words, and "aus Versehen" is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.dialogs.flow import Ask, Bad, Given, Known, Offer, Talk
from bot.dialogs.menu import PERSON
from bot.dialogs.parts.wording import nearest
from bot.dialogs.slots import CANCEL_REASON
from bot.dialogs.state import Effect
from bot.messages import Presentation
from bot.replies import Reply

_WORD = re.compile(r"[^\W\d_]{4,}|[\u4e00-\u9fff]{2}")
_COMMON: Final = frozenset({"order", "ordered", "wrong", "with", "this", "that", "下单"})

_KINDS: Final = {
    "by_mistake": re.compile(
        r"\bmistake|\baccident|\bby error|\bwrong (?:one|item|order)|\bversehen|\bversehentlich"
        r"|\birrtümlich|\birrtum|\bfalsch bestellt|\bverklickt|\bpor error|\bsin querer"
        r"|\bequivoc|\bpar erreur|\btrompé|\bmégarde|間違|まちが|誤って|誤注文|\bsbagli"
        r"|\bper errore|\bpor engano|по ошибке|실수|잘못|[下拍买選选點点]错|[下拍買點]錯|误下|手滑",
        re.IGNORECASE,
    ),
    "no_longer_needed": re.compile(
        r"\b(?:no longer|not|don['’]?t|do not)\b.{0,12}\b(?:need|want|wish|like)"
        r"|\bchanged my mind"
        r"|\bnicht mehr\b|\bbrauche?.{0,12}\bnicht\b|\bkein(?:en)? bedarf|\bwill.{0,8}\bnicht"
        r"|\bya no\b|\bno l[oa]s? (?:quiero|necesito)|\bne .{0,16}\bplus\b"
        r"|\bplus besoin|いらな|要らな|不要|必要(?:が|で)?な[いく]|\bnon .{0,8}\bpiù"
        r"|\bnão .{0,12}\bmais|больше не|필요 ?없|不(?:再)?(?:想要|需要|要|用)了?",
        re.IGNORECASE,
    ),
    "found_elsewhere": re.compile(
        r"\belsewhere|\b(?:an)?other (?:shop|store|site)|\bcheaper|\banderswo|\bwoanders"
        r"|\bgünstiger|\bbilliger|\ben otr[ao]|\bm[áa]s barato|\bailleurs|\bmoins cher"
        r"|他(?:で|の店)|別の店|安く|\baltrove|в другом|다른 ?(?:곳|데)|别处|別處|别家|別家|更便宜",
        re.IGNORECASE,
    ),
}
_NAMES: Final = {
    "by_mistake": re.compile(r"mistake|accident|wrong", re.IGNORECASE),
    "no_longer_needed": re.compile(r"no_longer|not_(?:needed|wanted)|unwanted|changed_mind"),
    "found_elsewhere": re.compile(r"elsewhere|cheaper"),
}
_LABELS: Final = {
    "by_mistake": "change.cancel_reason.by_mistake",
    "no_longer_needed": "change.cancel_reason.no_longer_needed",
    "found_elsewhere": "change.cancel_reason.found_elsewhere",
}


def ask_cancel_reason(talk: Talk) -> Ask:
    """Ask for one of the shop's reasons, each in his language where it is known in it."""
    offers = tuple(
        Offer(Effect.ANSWER, word, label_key=_LABELS[kind])
        if (kind := _worded_by_us(talk, word, labels))
        else Offer(Effect.ANSWER, word, label=nearest(labels, talk.locale) or word)
        for word, labels in talk.ports.changes.reasons().items()
    )
    return Ask(
        CANCEL_REASON,
        "change.ask_cancel_reason",
        offers=(*offers, PERSON),
        presentation=Presentation.REASONS,
    )


def read_cancel_reason(talk: Talk, given: Given) -> Known | Bad | None:
    """The one reason that the words mean."""
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


def reason_params(talk: Talk) -> Mapping[str, str]:
    """The reason as a summary shows it: the shop's words, or the kind that ours are for."""
    word = str(talk.slots.get(CANCEL_REASON, ""))
    labels = talk.ports.changes.reasons().get(word, {})
    kind = _worded_by_us(talk, word, labels)
    return {"reason": "" if kind else nearest(labels, talk.locale), "reason_kind": kind}


def _worded_by_us(talk: Talk, word: str, labels: Mapping[str, str]) -> str:
    """The kind of a reason that the shop doesn't name in his language and we do; else empty."""
    language = talk.locale.partition("-")[0]
    named = any(tag.partition("-")[0] == language and text for tag, text in labels.items())
    return "" if named else _kind(word)


def _kind(reason: str) -> str:
    return next((kind for kind, name in _NAMES.items() if name.search(reason)), "")


def _means(words: str, reason: str, labels: Mapping[str, str]) -> bool:
    """Whether the words hold the telling words of a reason's name in any language."""
    kind = _KINDS.get(_kind(reason))
    if kind is not None and kind.search(words):
        return True
    text = words.casefold()
    for label in (reason.replace("_", " "), *labels.values()):
        telling = [word for word in _WORD.findall(label.casefold()) if word not in _COMMON]
        if telling and any(word in text for word in telling):
            return True
    return False
