"""Is a thing named for what is under way, or only spoken of? "The towel" and "I meant the towel"
name it, "the towel is great by the way" does not: a yes must not do what was only spoken of.
"""

from __future__ import annotations

import re
from typing import Final

from bot.dialogs.parts.adding import adds

LONGEST: Final = 60
"""Characters in which a thing is named with nothing said of it."""

_WONDERS: Final = re.compile(
    r"^\W*(?:and |but )?(?:what if|if i\b|suppose|was wenn|wenn ich|et si|si je|y si|si yo|e se)\b"
    r"|^\W*(?:如果|要是|假如|もし)",
    re.IGNORECASE,
)
_MEANS: Final = re.compile(
    r"\b(?:mean|meant|instead|rather|actually|sorry|wrong|change|swap|switch|make it|return\w*"
    r"|refund\w*|send(?:ing)? (?:it |them )?back|exchange|cancel\w*|take|want|only|just"
    r"|it(?:['’]s| is) (?:the|my)|sondern|stattdessen|statt|doch|meine?|zurück\w*|erstatt\w*"
    r"|umtausch\w*|stornier\w*|nur|en lugar|en vez|quiero|quer[ií]a|devolver|cambiar|cancelar|solo"
    r"|plutôt|au lieu|rembours\w*|rendre|retourn\w*|échang\w*|annul\w*|seulement|invece)\b"
    r"|不对|不是|应该是|我说的是|[说弄搞]错|[换換改退]|取消|[只就想]要|じゃなく|ではなく|返品|返金|交換"
    r"|キャンセル|だけ",
    re.IGNORECASE,
)
_TELLS: Final = re.compile(
    r"\b(?:is|are|was|were|looks?|feels?|works?|fits?|came|arrived|has|have|had|wants?|wanted|keeps?"
    r"|keeping|kept|loves?|loved|likes?|liked|hates?|ist|sind|war|waren|passt|passen|gefällt|kam"
    r"|behalte|hat|est|sont|était|plaît|garde|está|están|son|fue|gusta|llegó|è|sono|piace)\b"
    r"|[挺很太]|好用|没问题|收到|不错|还行|喜欢|[留拿]着|でした|ました|気に入|いいです",
    re.IGNORECASE,
)


def is_meant(words: str) -> bool:
    """Whether words that name a thing ask for it, or do nothing but name it."""
    if _WONDERS.search(words):
        return False
    if adds(words) or _MEANS.search(words):
        return True
    return len(words) <= LONGEST and not _TELLS.search(words)
