"""Is something named that he wishes for, or that he does not want, or that was done already?

"No canceles mi pedido", "nicht stornieren" and "why was my order cancelled?" hold the words of a
wish and are none. Looked at are the words right before and behind those of the wish: in a longer
text a denial may be about anything else ("it does not work, refund please").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from itertools import islice
from typing import Final

from bot.dialogs import commands as c

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
    rf"|\b(?:never|not|\w+n['’]?t) (?:said|say|told you|tell you) (?:that )?(?:i|we)\s+"
    rf"(?:(?:{_WANTING_EN})\s+)*$"
    r"|\b(?:undo|revert|reverse|withdraw|take back)\s+(?:(?:the|my|that|this)\s+)*$"
    rf"|\b(?:rather than|instead of|in place of)\s+(?:(?:{_WANTING_EN})\s+)*$"
    r"|\b(?:an)?(?:statt|stelle)\s+(?:(?:eine[rs]?|der|des|von|sie|es|zu)\s+)*$"
    r"|\ben (?:lugar|vez) de\s+(?:(?:una?|el|la|que|me|lo)\s+)*$"
    r"|\b(?:au lieu d|plut[ôo]t qu)(?:e\s+|['’])(?:(?:une?|de|le|la)\s+)*$"
    r"|\b(?:invece d(?:i\s+|['’])|anzich[ée]\s+|em vez de\s+)(?:(?:una?|um|uma|il|la|o|a)\s+)*$"
    r"|\bno\s+(?:(?:quiero|quer[ií]a|deseo|ped[ií]|solicit[eé]|he|pedido|solicitado|hace falta"
    r"|me|lo|la|un|el|mi|ning[uú]n|por favor|que|se|vayan? a)\s+)*$"
    r"|\b(?:veux|voulais|voudrais|souhaite|d[ée]sire|compte|vais|faut|demande|ai)"
    r"\s+(?:pas|plus|jamais)"
    r"\s+(?:(?:du tout|demand[ée]|vous|que|de|[àa]|[êe]tre|le|la|un|mon|ma|me)\s+|d['’])*$"
    rf"|\bno\s+(?:need|wish|intention|reason|plans?)\s+(?:to|for|of)\s+(?:(?:{_WANTING_EN})\s+)*$"
    r"|\b(?:kein\w*|niemals|nichts)\s+$|\bnicht,?\s+dass\b[^.!?]*$"
    r"|\bnon\s+(?:(?:voglio|vorrei|volevo|ho|chiesto|un|il|lo|la|mi)\s+)*$"
    r"|\b(?:n[ãa]o|nunca)\s+(?:(?:quero|queria|pedi|o|a|um|meu|minha)\s+)*$"
    r"|\bне\s+(?:(?:хочу|надо|нужно|нужен|нужна|просил\w*|буду)\s+)*$"
    r"|(?:与其|與其|而不是)(?:给我|給我)?$"
    r"|(?:不想|不要|不用|别|不需要|不打算|无需|不会|不接受|不同意|拒绝|拒絕"
    r"|没有?(?:要|想|说|让|叫)?|沒有?(?:要|想|說|讓|叫)?|不是(?:要|想)?)"
    r"(?:再|去|给我|給我|帮我|幫我|你们|你們|您|你)?(?:申请|申請|办理|要求|转|轉|找|叫|接)?$",
    re.IGNORECASE,
)
_BARE_NOT: Final = re.compile(r"(?<![要是还還迟遲])不再?$")
"""Denies a verb that follows at once: "不取消了", and not the 想 of "不想要了退款"."""
_ASKING_FOR: Final = re.compile(r"(?:想|要|能|可以|需要)[^了]*$")
_NOT_ASKED_FOR: Final = re.compile(r"(?<![要是能想可需])不$")
"""Denies a wish read with the words that ask for it: "不想要退款"."""
_DENIED_BEHIND: Final = re.compile(
    r"\s+(?:(?:sie|du|ihr|bitte|es|das|doch|auch|die|meine?|diese|bestellung)\s+){0,4}"
    r"(?:nicht|auf keinen fall)\b(?!\s*[,?]?\s*(?:oder|wahr))"
    r"|\s+(?:surtout\s+)?pas\b"
    r"|(?:は|を|に|も|が)?(?:(?:お願い|希望|依頼|申請)?(?:し(?:た|ている|て)?|頼んだ|する)"
    r"(?:覚え|つもり)は(?:ない|ありません|ございません))"
    r"|より(?:も)?|の?代わりに"
    r"|(?:は|を|に|も|が)?(?:し(?:たく)?な(?:い|く)|しません|したくありません|せず|やめ|じゃな|ではな|不要)"
    r"|\s*(?:은|는|을|를)?\s*(?:말고|대신|하지 ?(?:마|말|않)|안 ?(?:해|할))",
    re.IGNORECASE,
)
_ASKED_WHY: Final = re.compile(
    r"\b(?:why|who|how come|warum|wieso|weshalb|wer|por qu[eé]|qui[eé]n|pourquoi|qui a|perch[eé]"
    r"|por que|почему|кто|wurden?)\b[^.!?。！？]*$"
    r"|(?:为什么|為什麼|为何|なぜ|どうして|왜)[^。！？]*$"
    r"|谁(?:把)?(?:[^，。,.!?！？]{0,6})$|(?:什么时候|什麼時候|几时|哪里|何时)(?:说|說|讲|講)(?:过|過|要|想|了)*$"
    r"|(?:怎么还|怎麼還|为啥|凭什么|憑什麼)[^，。,.!?！？]{0,8}$"
    r"|\bwie lange (?:dauert|braucht|ist)\b[^.!?]*$|\bcombien de temps\b[^.!?]*$"
    r"|\bcu[aá]nto (?:tarda\w*|demora\w*)\b[^.!?]*$|\bcu[aá]ndo (?:(?:me|nos) )?$"
    r"|\bany (?:update|news) (?:on|of|about) (?:my|the) $"
    r"|\bwhat (?:happens|would happen|if)\b[^.!?]*$"
    r"|\b(?:fee|charge|penalty|costs?)\s+(?:for|to|of)\s+$"
    r"|\b(?:did|have) (?:you|i|we|they) (?:already )?$|\bneighbou?r\b[^.!?]*$|(?:被|已经|已經)$",
    re.IGNORECASE,
)
_SUGGESTED: Final = re.compile(
    r"\bwhy\s+(?:not|(?:do|ca|wo)n['’]?t\s+(?:you|we|i)\s+(?:just|simply))\s+(?:just\s+)?$"
    r"|\bwarum nicht (?:einfach )?$|\bpor qu[eé] no (?:simplemente )?$|\bpourquoi ne pas $"
    r"|(?:为什么|為什麼|干嘛|何)不(?:直接|干脆)(?:给我|給我)?$",
    re.IGNORECASE,
)
"""A "why" that asks for it: "why not refund the towel?"."""
_IF_NOT: Final = re.compile(
    rf"\bif\s+(?:you|we|it|they)\s+(?:(?:do|ca|wo|is|are)n['’]?t|cannot|can not|do not)\s+"
    rf"(?:(?:{_WANTING_EN})\s+)*$|(?:如果|要是|若是?|假如)(?:你们|你們|您)?(?:不能?|没法|沒法)(?:给我|給我)?$",
    re.IGNORECASE,
)
"""No denial: "if you can't change the address …" would have it changed."""
_DONE_BEFORE: Final = re.compile(
    r"\b(?:was|were|been|got|has|have|had)\s+(?:\w+ly\s+)?$|\b(?:ya|est[aá]|fue|han?)\s+$"
    r"|\b(?:[ée]t[ée]|est|ont|avez(?:-vous)?|a)\s+(?:d[ée]j[àa]\s+)?$|\b(?:è|stato|foi)\s+$",
    re.IGNORECASE,
)
_TOLD_BEHIND: Final = re.compile(
    r"され(?:まし|た|て|ちゃ)|料|不[了掉]|(?:は|が)?いつ"
    r"|[^，。,.!?！？]{0,6}(?:要|收|扣|有)[^，。,.!?！？]{0,4}(?:手续费|手續費|费用|費用|违约金)"
)
_IS_IT: Final = re.compile(
    r"(?:是不是|有没有|有沒有|怎么|怎麼)(?:(?![能想要可])[^，。,.!?！？]){0,12}$"
)
"""With 了 behind the wish: "you have refunded it, haven't you"."""
_BY_OTHERS: Final = re.compile(
    r"\b(?:you|they|he|she|some(?:one|body)|seller|shop|store)\s+(?:(?:just|already|have)\s+)*$",
    re.IGNORECASE,
)
_PARTICIPLE: Final = re.compile(r"(?:ed|ad[oa]s?|ée?s?|at[oa]|iert)$", re.IGNORECASE)
_PAST: Final = re.compile(r"(?:aron|aste|ó|ou|aram)$", re.IGNORECASE)


def turned(text: str, start: int, end: int) -> Turned | None:
    """What becomes of the wish at [start, end) of a normalised text; None where it stays one."""
    before = text[max(0, start - NEAR) : start]
    behind = text[end : end + NEAR]
    words = text[start:end]
    if _SUGGESTED.search(before) or _IF_NOT.search(before):
        return None
    if _ASKED_WHY.search(before) or _PAST.search(words):
        return Turned.REPORTED  # also "why don't you refund me?"
    if _TOLD_BEHIND.match(behind) or (behind.startswith(("了", "掉了")) and _IS_IT.search(before)):
        return Turned.REPORTED
    if _DENIED_BEFORE.search(before) or _DENIED_BEHIND.match(behind) or _at_once(before, words):
        return Turned.DENIED
    told = _DONE_BEFORE.search(before) or _BY_OTHERS.search(before)
    done = _PARTICIPLE.search(words) and told
    return Turned.REPORTED if done else None


def _at_once(before: str, wish: str) -> bool:
    """ "Bitte nicht stornieren", "不取消", but not "passt nicht, Rückgabe": it denies its verb."""
    nicht = wish.endswith(("en", "rn", "ln")) and re.search(r"\bnicht\s+$", before, re.IGNORECASE)
    if _ASKING_FOR.match(wish) and _NOT_ASKED_FOR.search(before):
        return True
    return bool(
        nicht or (wish.startswith(("取消", "退", "换", "換", "改")) and _BARE_NOT.search(before))
    )


_REFUND: Final = (
    r"\brefund\w*|\breturn(?:s|ed|ing)?\b|\bmoney back\b|\breimburs\w*|退(?![出休步订訂])"
    r"|\b(?:rück|zurück)?erstatt\w*|\brückgabe|\bretour\w*|\bzurück(?:zu)?(?:geb|schick|send)\w*"
    r"|\breembols\w*|\bdevol\w+|\bdevu[eé]l\w+|\brembours\w*|\brenvo\w+|\brendre\b"
    r"|\brimbors\w*|\bвозврат\w*|返金|返品|払い戻し|返送|환불|반품"
)
_CANCEL: Final = (
    r"\bcancel\w*|取消|撤单|撤單|退订|退訂|\bstornier\w*|\bstorno\b|\bannul\w*|\banul\w*|キャンセル"
    r"|取り消[さしす]?|\bотмен\w*|취소"
)
_EXCHANGE: Final = (
    r"\bexchang\w*|\bswap\w*|\breplac\w*|[换換]|\bum(?:zu)?tausch\w*|\btausch\w*|\bcambi\w*"
    r"|[ée]chang\w*|交換|\bs?cambi\w*|\btroc\w*|\bобмен\w*|교환"
)
_CHANGE: Final = r"\bchang\w*|\bupdat\w*|改|\bänder\w*|\bmodifi\w*|\bcambi\w*|変更|\bизмен\w*|변경"
_PERSON: Final = (
    r"\b(?:human|agent|person|operator|representative)\b|(?:人工|真人)(?:客服|服务|服務)?|客服|\bmensch\w*|\bmitarbeiter\w*"
    r"|\bpersona\b|\bhumano\b|\bagente\b|\bhumain\b|\bconseiller\b|オペレーター|担当者|有人"
)
PERSON: Final = "person"
_FIRST_THEN: Final = {
    "refund": (_REFUND, _CANCEL),
    "return_items": (_REFUND, _CANCEL),
    "cancel_order": (_CANCEL, _REFUND),
    "exchange": (_EXCHANGE, _CHANGE),
    "change_items": (_EXCHANGE, _CHANGE),
    "change_address": (_CHANGE,),
    "change_payment": (_CHANGE,),
    "change_profile": (_CHANGE,),
    PERSON: (_PERSON,),
}
_NAMED: Final = {
    wish: tuple(re.compile(words, re.IGNORECASE) for words in each)
    for wish, each in _FIRST_THEN.items()
}
"""Flow, or a person -> words by which it is wished for; the second where none of the first is."""
MOST: Final = 20
"""Words of a wish looked at in a text."""


def is_unwished(wish: str, text: str) -> bool:
    """Whether a normalised text names a wish (a flow, or PERSON), and each time to say that it is
    none. What proposes a wish, rules, likeness or a language model, is held against this."""
    for words in _NAMED.get(wish, ()):
        if found := list(islice(words.finditer(text), MOST)):
            return all(turned(text, *one.span()) for one in found)
    return False


def wished(commands: Iterable[c.Command], text: str) -> list[c.Command]:
    """The commands without those for what the text says is not wished for."""
    return [one for one in commands if not is_unwished(_wish(one), text)]


def _wish(command: c.Command) -> str:
    if isinstance(command, c.StartFlow):
        return command.flow
    return PERSON if command == c.HumanHandoff("asked") else ""
