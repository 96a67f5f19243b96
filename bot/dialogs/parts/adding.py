"""Things beside those named before, not in their place: "also the towel", "再加一个滤芯"."""

from __future__ import annotations

import re
from typing import Final

from bot.dialogs.flow import Known, Talk
from bot.dialogs.parts.matching import match_items
from bot.dialogs.parts.wording import title
from bot.dialogs.slots import ITEMS, ORDER
from bot.ports import OrderView
from bot.replies import Reply

_ADDS: Final = re.compile(
    r"另外|还有|還有|还要|還要|也(?!许|不[退换用错])|(?:再|外)?加上?(?!急|热|熱|工|价|價|运|運)|再[来來退]|一起|连同|連同"
    r"|も|また|追加|도|추가"
    r"|\b(?:also|as well|in addition|along with|together with|plus|add(?:ing)?|include)\b"
    r"|\btoo(?=\W*$)|^\W*and\b"
    r"|\bauch\b|\bdazu\b|\baußerdem\b|\bzusätzlich\b|\bfüge?n?\b|\btambi[eé]n\b|\bad[eé]m[aá]s\b"
    r"|\bañad\w+|\bagreg\w+|\baussi\b|\bajoute\w*|\ben plus\b|\banche\b|\baggiung\w*"
    r"|\btamb[eé]m\b|\badicion\w*|\bтакже\b|\bтоже\b|\bдобав\w*|أيضا|أضف",
    re.IGNORECASE,
)


def adds(words: str) -> bool:
    """Whether what is named comes beside what was named before."""
    return bool(_ADDS.search(words))


def later(talk: Talk, order: OrderView, words: str) -> Known:
    """Things of another order, or that order, beside this one: kept for later, as he is told."""
    items = match_items(words, order.items).chosen or order.items
    named = [title(item, talk.locale) for item in items]
    note = Reply("order.later", {"titles": named, "order_number": order.number})
    told = {ORDER: order.number, ITEMS: ", ".join(named)}
    return Known({}, (note,) if talk.room else (), later=(told,))
