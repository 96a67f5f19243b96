"""Words a reply: template key and facts in, a message in the customer's language out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bot.dialogs.state import Wording
from bot.messages import Option, OutboundMessage
from bot.replies import Reply, ReplyOption


class Texts(Protocol):
    """The catalog of templates, as far as wording a reply needs it."""

    def text(
        self, key: str, locale: str, params: Mapping[str, object], *, timezone: str = "UTC"
    ) -> str:
        """The text of `key` in the language of `locale`, with `params` put in."""
        ...


def render(
    reply: Reply, locale: str, catalog: Texts, shop_timezone: str, numbered: bool
) -> OutboundMessage:
    """The message for a reply.

    `numbered` is for channels without buttons: the options stand in the text as a numbered list,
    and are kept besides, so that a typed number is understood. Raises what `catalog.text` raises.
    """
    text = catalog.text(reply.key, locale, reply.params, timezone=shop_timezone)
    options = tuple(_option(option, locale, catalog, shop_timezone) for option in reply.options)
    if numbered and options:
        text = "\n".join([text, "", *_numbered(options)])
    return OutboundMessage(
        text=text,
        options=options,
        presentation=reply.presentation,
        multiple=reply.multiple,
        wants_photo=reply.wants_photo,
        template_key=reply.key,
    )


def wording(catalog: Texts) -> Wording:
    """Labels for `bot.dialogs.state.view_of`."""
    return lambda key, locale: catalog.text(key, locale, {})


def _option(option: ReplyOption, locale: str, catalog: Texts, shop_timezone: str) -> Option:
    def word(key: str, plain: str) -> str:
        if not key:
            return plain
        return catalog.text(key, locale, option.params, timezone=shop_timezone)

    return Option(
        value=option.value,
        label=word(option.label_key, option.label),
        detail=word(option.detail_key, option.detail),
        image=option.image,
    )


def _numbered(options: tuple[Option, ...]) -> list[str]:
    return [
        f"{number}. {option.label}" + (f" ({option.detail})" if option.detail else "")
        for number, option in enumerate(options, start=1)
    ]
