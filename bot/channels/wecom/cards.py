"""An app's words and options: text messages, and a template card for what can be picked.

Up to six options are buttons (按钮交互型); more, or several to pick at once, a list with a button
under it (投票选择型, up to 20). A card holds few words: what does not fit goes before it as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.wecom.words import label_of, parts_of, split_tail
from bot.messages import Option, OutboundMessage

MAX_BUTTONS = 6
MAX_OPTIONS = 20
"""Of a list; WeCom refuses more."""

MAX_TITLE = 36
MAX_SUBTITLE = 160
"""Characters; WeCom recommends them and cuts what is longer on small screens."""

_MAX_BUTTON_LABEL = 30
_MAX_LIST_LABEL = 60
_QUESTION = "choice"
_SUBMIT = "✓"

Part = Mapping[str, Any]


def words_and_card(message: OutboundMessage) -> list[Part]:
    """The parts of `message` as bodies of message/send, without whom they are for."""
    texts = list(parts_of(message.text))
    if not texts:
        return []
    options = message.options[:MAX_OPTIONS]
    if not options:
        return [_text(text) for text in texts]
    as_list = message.multiple or len(options) > MAX_BUTTONS
    head, tail = split_tail(texts.pop(), MAX_TITLE if as_list else MAX_SUBTITLE, characters=True)
    if head:
        texts.append(head)
    card = _list(tail, options, message.multiple) if as_list else _buttons(tail, options)
    return [*map(_text, texts), {"msgtype": "template_card", "template_card": card}]


def _text(text: str) -> Part:
    return {"msgtype": "text", "text": {"content": text}}


def _buttons(text: str, options: Sequence[Option]) -> Part:
    short = len(text) <= MAX_TITLE
    return {
        "card_type": "button_interaction",
        **({"main_title": {"title": text}} if short else {"sub_title_text": text}),
        "button_list": [
            {
                "text": label_of(option, _MAX_BUTTON_LABEL, characters=True),
                "style": 1,
                "key": option.value,
            }
            for option in options
        ],
    }


def _list(text: str, options: Sequence[Option], multiple: bool) -> Part:
    return {
        "card_type": "vote_interaction",
        "main_title": {"title": text},
        "checkbox": {
            "question_key": _QUESTION,
            "mode": 1 if multiple else 0,
            "option_list": [
                {
                    "id": option.value,
                    "text": label_of(option, _MAX_LIST_LABEL, characters=True),
                    "is_checked": False,
                }
                for option in options
            ],
        },
        "submit_button": {"text": _SUBMIT, "key": _QUESTION},
    }
