"""Has it arrived, what is wrong with it, and the photos that show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.dialogs.flow import Ask, Bad, Given, Known, Offer, Talk
from bot.dialogs.menu import LEAVE_IT, PERSON
from bot.dialogs.parts.orders import order_of
from bot.dialogs.slots import COMMENT, EVIDENCE, NO, NONE, REASON, RECEIVED, YES
from bot.dialogs.state import Effect
from bot.messages import Presentation
from bot.ports import REASONS
from bot.replies import Reply

_TELLS_RECEIVED: Final[Mapping[str, bool]] = {
    "quality": True,
    "damaged": True,
    "wrong_item": True,
    "missing_parts": True,
    "not_as_described": True,
    "not_received": False,
}
"""Reasons that only make sense with the parcel in hand, or without it."""

_WITH_PARCEL: Final = tuple(reason for reason in REASONS if _TELLS_RECEIVED.get(reason, True))
_WITHOUT_PARCEL: Final = tuple(
    reason for reason in REASONS if not _TELLS_RECEIVED.get(reason, False)
)
_LABELS: Final[Mapping[str, str]] = {
    "quality": "refund.reason.quality",
    "damaged": "refund.reason.damaged",
    "wrong_item": "refund.reason.wrong_item",
    "missing_parts": "refund.reason.missing_parts",
    "not_as_described": "refund.reason.not_as_described",
    "no_longer_wanted": "refund.reason.no_longer_wanted",
    "late": "refund.reason.late",
    "not_received": "refund.reason.not_received",
    "other": "refund.reason.other",
}


# Received


def received_by_facts(talk: Talk) -> bool | None:
    """Known without asking: it never left us, or the reason he gave tells."""
    if _never_left(talk):
        return False
    reason = talk.slots.get(REASON) or talk.raw.get(REASON)
    return _TELLS_RECEIVED.get(reason) if isinstance(reason, str) else None


def _never_left(talk: Talk) -> bool:
    return order_of(talk).status in ("pending", "paid")


def ask_received(talk: Talk) -> Ask:
    """Ask whether the parcel has arrived."""
    offers = (
        Offer(Effect.ANSWER, YES, label_key="choice.received"),
        Offer(Effect.ANSWER, NO, label_key="choice.not_received"),
    )
    return Ask(RECEIVED, "refund.ask_received", {"order_number": order_of(talk).number}, offers)


def read_received(talk: Talk, given: Given) -> Known | None:
    """Read yes or no; of what never left us, whatever he says, it is no."""
    words = given.picked[0] if given.picked else given.words
    if words not in (YES, NO):
        return None
    return Known({RECEIVED: words == YES and not _never_left(talk)})


# Reason


def reason_fits(talk: Talk) -> bool:
    """Whether the reason given goes with whether the parcel has arrived."""
    reason = talk.slots.get(REASON)
    return reason in REASONS and _TELLS_RECEIVED.get(reason) in (None, talk.slots[RECEIVED])


def ask_reason(talk: Talk) -> Ask:
    """Ask why, offering the reasons that fit."""
    fitting = _WITH_PARCEL if talk.slots[RECEIVED] else _WITHOUT_PARCEL
    offers = tuple(Offer(Effect.ANSWER, one, label_key=_LABELS[one]) for one in fitting)
    return Ask(REASON, "refund.ask_reason", offers=offers, presentation=Presentation.REASONS)


def read_reason(talk: Talk, given: Given) -> Known | Bad | Ask | None:
    """Read one of the known reasons. One that tells whether it arrived corrects that too."""
    reason = given.picked[0] if given.picked else given.words
    if reason not in REASONS:
        return None
    tells = _TELLS_RECEIVED.get(reason)
    if tells is None:
        return Known({REASON: reason})
    if talk.slots.get(RECEIVED) in (None, tells):
        return Known({REASON: reason, RECEIVED: tells})
    if _never_left(talk):
        # It cannot be damaged: it never left us. Also told ahead, that is not passed over.
        note = Reply("refund.reason_before_shipping")
        if given.asked or given.corrects:
            return Bad(note)
        return replace(ask_reason(talk), notes=(note,))
    return Known({REASON: reason, RECEIVED: tells})


# Comment


def comment_wanted(talk: Talk) -> bool:
    """A reason without a name needs a sentence."""
    return bool(talk.slots.get(REASON) == "other")


def ask_comment(talk: Talk) -> Ask:
    """Ask for his own words."""
    return Ask(COMMENT, "refund.ask_comment")


def read_comment(talk: Talk, given: Given) -> Known | None:
    """Take the words as they are."""
    words = given.words.strip()
    return Known({COMMENT: words}) if words else None


# Evidence


def photos_missing(talk: Talk) -> int:
    """How many photos are still needed."""
    needed = talk.ports.refunds.photos_needed(
        order_of(talk).id, talk.slots[REASON], talk.slots[RECEIVED]
    )
    return max(0, needed - len(talk.photos))


def enough_photos(talk: Talk) -> Sequence[str] | None:
    """The photos, once there are as many as the reason asks for."""
    return list(talk.photos) if photos_missing(talk) == 0 else None


def ask_photos(talk: Talk) -> Ask:
    """Ask for photos."""
    offers = (Offer(Effect.ANSWER, NONE, label_key="choice.no_photo"),)
    key = "refund.ask_more_photos" if talk.photos else "refund.ask_photos"
    params = {"missing": photos_missing(talk), "reason": talk.slots[REASON]}
    return Ask(EVIDENCE, key, params, offers, wants_photo=True)


def read_evidence(talk: Talk, given: Given) -> Known | Ask | None:
    """Only words come here: a description, kept as his comment, or that he has no photo.

    Without photos this reason can't go on: explained, and a person offered.
    """
    words = given.picked[0] if given.picked else given.words
    if words != NONE:
        notes = (Reply("dialog.noted"),) if photos_missing(talk) else ()
        return Known({COMMENT: words.strip()}, notes) if words.strip() else None
    offers = (Offer(Effect.CORRECT, REASON, label_key="choice.other_reason"), PERSON, LEAVE_IT)
    params = {"missing": photos_missing(talk), "reason": talk.slots[REASON]}
    return Ask(EVIDENCE, "refund.photos_required", params, offers, wants_photo=True)
