"""Is something named that he wishes for, or that he does not want, or that was done already?

"No canceles mi pedido", "nicht stornieren" and "why was my order cancelled?" hold the words of a
wish and are none. Looked at are the words right before and behind those of the wish: in a longer
text a denial may be about anything else ("it does not work, refund please").
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

NEAR: Final = 60
"""Characters before a wish in which what turns it round may stand."""


class Turned(StrEnum):
    """What becomes of a wish by the words around it."""

    DENIED = "denied"
    REPORTED = "reported"


_WANTING_EN: Final = (
    r"really|actually|even|ever|yet|want|wanted|wish|like|need|going|trying|mean|meant|have|ask|asked"
    r"|asking|request|requested|order|get|to|for|a|an|any|the|my|you|please|be|send|me"
)
_DENIED_BEFORE: Final = re.compile(
    rf"\b(?:not|never|without|\w+n['’]t|(?:do|does|did|ca|wo|is|was|are|would|should|have|has)nt)\s+(?:(?:{_WANTING_EN})\s+)*$"
    r"|\b(?:undo|revert|reverse|withdraw|take back)\s+(?:(?:the|my|that|this)\s+)*$"
    r"|\bno\s+(?:(?:quiero|quer[ií]a|deseo|ped[ií]|solicit[eé]|he|pedido|solicitado|hace falta"
    r"|me|lo|la|un|el|mi|ning[uú]n|por favor|que|se|vayan? a)\s+)*$"
    r"|\b(?:veux|voulais|voudrais|souhaite|d[ée]sire|compte|vais|faut|demande|ai)"
    r"\s+(?:pas|plus|jamais)"
    r"\s+(?:(?:du tout|demand[ée]|vous|que|de|[àa]|[êe]tre|le|la|un|mon|ma|me)\s+|d['’])*$"
    r"|\b(?:kein\w*|niemals)\s+$"
    r"|\bnon\s+(?:(?:voglio|vorrei|volevo|ho|chiesto|un|il|lo|la|mi)\s+)*$"
    r"|\b(?:n[ãa]o|nunca)\s+(?:(?:quero|queria|pedi|o|a|um|meu|minha)\s+)*$"
    r"|\bне\s+(?:(?:хочу|надо|нужно|нужен|нужна|просил\w*|буду)\s+)*$"
    r"|(?:不想|不要|不用|别|不需要|不打算|无需|不会"
    r"|没有?(?:要|想|说)?|沒有?(?:要|想|說)?|不是(?:要|想)?)"
    r"(?:再|去|给我|給我|帮我|幫我)?(?:申请|申請|办理|要求)?$",
    re.IGNORECASE,
)
_BARE_NOT: Final = re.compile(r"(?<![要是还還迟遲])不再?$")
"""Denies a verb that follows at once: "不取消了", and not the 想 of "不想要了退款"."""
_DENIED_BEHIND: Final = re.compile(
    r"\s+(?:(?:sie|du|ihr|bitte|es|das|doch|auch|die|meine?|diese|bestellung)\s+){0,4}"
    r"(?:nicht|auf keinen fall)\b(?!\s*[,?]?\s*(?:oder|wahr))"
    r"|\s+(?:surtout\s+)?pas\b"
    r"|(?:は|を|に|も|が)?(?:し(?:たく)?な(?:い|く)|しません|したくありません|せず|やめ|じゃな|ではな|不要)"
    r"|\s*(?:은|는|을|를)?\s*(?:말고|하지 ?(?:마|말|않)|안 ?(?:해|할))",
    re.IGNORECASE,
)
_ASKED_WHY: Final = re.compile(
    r"\b(?:why|who|how come|warum|wieso|weshalb|wer|por qu[eé]|qui[eé]n|pourquoi|qui a|perch[eé]"
    r"|por que|почему|кто|wurden?)\b[^.!?。！？]*$"
    r"|(?:为什么|為什麼|为何|なぜ|どうして|왜)[^。！？]*$"
    r"|\b(?:did|have) you (?:already )?$|\bneighbou?r\b[^.!?]*$|(?:被|已经|已經)$",
    re.IGNORECASE,
)
_DONE_BEFORE: Final = re.compile(
    r"\b(?:was|were|been|got|has|have|had)\s+(?:\w+ly\s+)?$|\b(?:ya|est[aá]|fue|han?)\s+$"
    r"|\b(?:[ée]t[ée]|est|ont|avez(?:-vous)?|a)\s+(?:d[ée]j[àa]\s+)?$|\b(?:è|stato|foi)\s+$",
    re.IGNORECASE,
)
_PARTICIPLE: Final = re.compile(r"(?:ed|ad[oa]s?|ée?s?|at[oa]|iert)$", re.IGNORECASE)
_PAST: Final = re.compile(r"(?:aron|aste|ó|ou|aram)$", re.IGNORECASE)


def turned(text: str, start: int, end: int) -> Turned | None:
    """What becomes of the wish at [start, end) of a normalised text; None where it stays one."""
    before = text[max(0, start - NEAR) : start]
    behind = text[end : end + NEAR]
    words = text[start:end]
    if _ASKED_WHY.search(before) or _PAST.search(words):
        return Turned.REPORTED  # also "why don't you refund me?"
    if _DENIED_BEFORE.search(before) or _DENIED_BEHIND.match(behind) or _at_once(before, words):
        return Turned.DENIED
    done = _PARTICIPLE.search(words) and _DONE_BEFORE.search(before)
    return Turned.REPORTED if done else None


def _at_once(before: str, wish: str) -> bool:
    """ "Bitte nicht stornieren", "不取消", but not "passt nicht, Rückgabe": it denies its verb."""
    nicht = wish.endswith("en") and re.search(r"\bnicht\s+$", before, re.IGNORECASE)
    return bool(nicht or (wish.startswith(("取消", "退", "换", "換")) and _BARE_NOT.search(before)))
