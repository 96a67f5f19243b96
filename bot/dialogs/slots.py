"""Names of the slots flows ask for and understanding may fill. Both sides use these words only.

What understanding proposes for a slot is raw words; the forms below are what its reader expects.
"""

from __future__ import annotations

from typing import Final

ORDER: Final = "order"
"""An order number as typed; or `latest`, `other`; or words that name an item of the order."""

PICTURED: Final = "pictured"
"""`yes` or `no`: is it the order whose number was read on his picture."""

ABOUT: Final = "about"
"""The number of the order just told of: meant by what follows, unless that names another."""

FACTOR: Final = "factor"
"""Proof that an order is his: the phone's last four digits, the whole phone number, an e-mail."""

ITEMS: Final = "items"
"""Words that name items ("the kettle"), `all`, or `other`."""

QUANTITIES: Final = "quantities"
"""How many units, in digits; or `all`."""

RECEIVED: Final = "received"
"""`yes` or `no`: has the parcel arrived."""

REASON: Final = "reason"
"""One of `bot.ports.REASONS`."""

COMMENT: Final = "comment"
"""His own words on what is wrong."""

EVIDENCE: Final = "evidence"
"""`none` when he says he has no photo. Photos themselves come as attachments."""

TICKET: Final = "ticket"
"""A request's number."""

WHO: Final = "who"
"""Words that say who he is: an e-mail, or a name and a postal code."""

CANCEL_REASON: Final = "cancel_reason"
"""One of the shop's reasons to cancel, or words that mean one."""

VARIANTS: Final = "variants"
"""Words that say which variant he wants instead ("the blue one, size M")."""

METHOD: Final = "method"
"""Words that name one of his payment methods ("the gift card", "visa ending in 4242")."""

ADDRESS: Final = "address"
"""A postal address in one line or several."""

CONFIRMED: Final = "confirmed"
"""`yes` or `no`, and only when the words can mean nothing else; otherwise `unclear`."""

YES: Final = "yes"
NO: Final = "no"
ALL: Final = "all"
NONE: Final = "none"
OTHER: Final = "other"
LATEST: Final = "latest"
