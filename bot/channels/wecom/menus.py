"""A customer service account's words and options: text, and a menu message (msgmenu).

Limits of developer.work.weixin.qq.com/document/path/94677: 2,048 bytes of text, 1,024 above a menu,
10 items of 128 bytes whose ids have 64.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.channels.wecom.words import label_of, parts_of, split_tail
from bot.messages import OutboundMessage

MAX_ITEMS = 10
MAX_HEAD = 1024
MAX_LABEL = 128

Part = Mapping[str, Any]


def words_and_menu(message: OutboundMessage) -> list[Part]:
    """The parts of `message` as bodies of kf/send_msg, without whom they are for."""
    texts = list(parts_of(message.text))
    if not texts:
        return []
    if not message.options:
        return [_text(text) for text in texts]
    head, tail = split_tail(texts.pop(), MAX_HEAD)
    if head:
        texts.append(head)
    items = [
        {"type": "click", "click": {"id": option.value, "content": label_of(option, MAX_LABEL)}}
        for option in message.options[:MAX_ITEMS]
    ]
    menu = {"msgtype": "msgmenu", "msgmenu": {"head_content": tail, "list": items}}
    return [*map(_text, texts), menu]


def _text(text: str) -> Part:
    return {"msgtype": "text", "text": {"content": text}}
