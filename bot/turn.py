"""One turn, pure: (state, message, understanding, ports) -> Turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.dialogs.actions import Action
from bot.messages import Presentation

if TYPE_CHECKING:
    from bot.dialogs.state import DialogState


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


@dataclass(frozen=True, slots=True)
class Turn:
    """What one message led to. `trace` tells in order which commands ran and why, for the desk."""

    state: DialogState
    replies: tuple[Reply, ...]
    actions: tuple[Action, ...] = ()
    trace: tuple[str, ...] = ()
