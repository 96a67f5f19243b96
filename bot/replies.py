"""What a turn says, before it is worded: template keys and what they need.

Params hold text, numbers, stable codes (worded by the template filter `label`), dates, anything
with `.minor` and `.currency`, and lists and mappings of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.messages import Presentation


@dataclass(frozen=True, slots=True)
class ReplyOption:
    """An option before it is worded: `label_key` names a template, or `label` is a fact as it
    stands (an order number, a product's title)."""

    value: str
    label_key: str = ""
    label: str = ""
    detail_key: str = ""
    detail: str = ""
    params: Mapping[str, object] = field(default_factory=dict)
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply before it is worded: a template's key and what it needs."""

    key: str
    params: Mapping[str, object] = field(default_factory=dict)
    options: tuple[ReplyOption, ...] = ()
    presentation: Presentation = Presentation.BUTTONS
    multiple: bool = False
    wants_photo: bool = False
