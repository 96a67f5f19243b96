"""Which flows a shop has. What it lacks goes another way: none is a dead end.

The flows that change orders exist only where the shop's policy has them; understanding need not
know, it proposes what the customer means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.dialogs.slots import ADDRESS, ITEMS, METHOD, ORDER, REASON, WHO
from bot.ports import Ports

CHANGES: Final[Mapping[str, str]] = {
    "cancel_order": "cancel",
    "change_address": "address",
    "change_payment": "payment",
    "change_items": "items",
    "return_items": "return",
    "exchange": "exchange",
    "change_profile": "default_address",
}
"""Flow -> the kind of change it asks for."""

PERSON: Final = "handoff"

_DEFAULT = re.compile(
    r"(?<!to my )(?<!to the )\b(?:default|profile|account)\b|默认|預設|账户|帳戶"
    r"|\bstandardadresse\b|\bpredeterminada\b|\bpar défaut\b|デフォルト|既定",
    re.IGNORECASE,
)
_OTHER_DETAIL = re.compile(
    r"\b(?:account|profile)(?:'s)? (?:user ?)?(?:name|holder|number|id|e-?mail|phone|password)\b"
    r"|\b(?:name|e-?mail|phone|password)(?: (?:number|address))? (?:on|of|in|for) (?:my|the|this) "
    r"(?:account|profile)\b"
    r"|(?:账户|账号|帳戶|帳號)[的里]?(?:用户)?(?:名|昵称|暱稱|手机|手機|电话|電話|邮箱|郵箱|密码|密碼)"
    r"|\bkontoname\w*|\bnombre de (?:la |mi )?cuenta\b|\bnom (?:de|du) (?:mon )?compte\b"
    r"|アカウント(?:の)?(?:名|メール|電話)",
    re.IGNORECASE,
)
"""What an account has beside an address: people change that, or he only says whose it is."""
_ADDRESS = re.compile(r"\baddress(?:es)?\b|地址|住址|\badress|\bdirecci|住所|\d", re.IGNORECASE)
_AN_ORDER = re.compile(
    r"\borders?\b|\bparcel|订单|訂單|包裹|\bbestellung|\bpedido|\bcommande|注文", re.IGNORECASE
)


def flow_for(ports: Ports, flow: str, raw: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """The flow that serves a wish in this shop, with what was told for it; `handoff` for people."""
    changes = ports.changes
    if flow == "refund" and not changes.keeps_refunds():
        words = raw.get(ITEMS, "")
        told = {METHOD: words, WHO: words, **raw} if words else raw
        return ("return_items", told) if changes.offers("return") else (PERSON, raw)
    if flow == "change_address" and _means_other_detail(raw):
        return PERSON, raw
    if flow == "change_address" and changes.offers("default_address") and _means_default(raw):
        return "change_profile", raw
    kind = CHANGES.get(flow)
    if kind is None or changes.offers(kind):
        return flow, raw
    if flow == "cancel_order":
        return "refund", {REASON: "no_longer_wanted", **raw}
    if flow == "return_items":
        return "refund", raw
    if flow == "change_address" and changes.offers("default_address"):
        return "change_profile", raw
    return PERSON, raw


def _means_default(raw: Mapping[str, str]) -> bool:
    """Whether he wants his own address changed, and not that of an order."""
    words = _OTHER_DETAIL.sub(" ", raw.get(ADDRESS, ""))
    return ORDER not in raw and bool(_DEFAULT.search(words)) and not _AN_ORDER.search(words)


def _means_other_detail(raw: Mapping[str, str]) -> bool:
    """Whether it is the name, or the like, of his account that he wants changed, and no address."""
    words = raw.get(ADDRESS, "")
    rest = _OTHER_DETAIL.sub(" ", words)
    return rest != words and not _ADDRESS.search(rest)
