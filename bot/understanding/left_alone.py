"""An order named only to be left alone: "all except 1002", "but keep 1002", 「1002留着」."""

from __future__ import annotations

import re
from typing import Final

NEAR: Final = 40
"""Characters around a number in which that is said."""

_ORDER: Final = (
    r"(?:(?:the |my |die |meine |la |le |el |mi )?(?:orders?|bestellung|commande|pedido)"
    r"|订单|訂單|注文)?"
)
_BEFORE: Final = re.compile(
    r"(?:\b(?:except(?: for)?|apart from|other than|excluding|(?:all|everything) but"
    r"|keep(?:ing)?|leave|außer|behalt\w*|excepto|salvo|conserv\w+|sauf|garde[rz]?|tranne)"
    rf"|除了?|保留|留着|别动|不要动)\W*{_ORDER}\W*$"
    rf"|(?:\b(?:not|nicht|pas)\s+|不是){_ORDER}\s*$",
    re.IGNORECASE,
)
_BEHIND: Final = re.compile(
    rf"\s*{_ORDER}\s*(?:留着|留下|保留|不动|别动|先?不要?[取退]|は残し|はそのまま"
    r"|(?:is fine|can stay|stays?|bleibt|se queda|reste)\b)",
    re.IGNORECASE,
)


def is_left_alone(text: str, start: int, end: int) -> bool:
    """Whether the number at [start, end) stands for an order that nothing is to happen to."""
    before = text[max(0, start - NEAR) : start]
    return bool(_BEFORE.search(before) or _BEHIND.match(text[end : end + NEAR]))
