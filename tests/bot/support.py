"""A chat with the bot between fakes, for tests: say something, look at what came."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.dialogs.actions import Action, Refused
from bot.dialogs.commands import Command
from bot.dialogs.state import DialogState, view_of
from bot.messages import Attachment, AttachmentKind, InboundKind, InboundMessage, Sender
from bot.rendering import wording
from bot.replies import Reply
from bot.turn import Turn, take_turn
from bot.understanding.base import Understood
from bot.understanding.rules import RulesUnderstanding
from templates_i18n.catalog import Catalog
from tests.bot.fakes import ActionRefused, FakeShop

CATALOG = Catalog.load()
RULES = RulesUnderstanding("en")
CONTACT = "contact"


@dataclass
class Chat:
    """One customer (None: an anonymous visitor) and the bot."""

    customer: str | None = "C1002"
    shop: FakeShop = field(default_factory=FakeShop.load)
    state: DialogState = field(default_factory=lambda: DialogState(locale="en"))
    turns: list[Turn] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.shop.contacts[CONTACT] = self.customer

    def say(self, *texts: str) -> list[str]:
        """Type; gives the template keys of the answers to the last text."""
        for text in texts:
            self.take(self.message(text=text))
        return self.keys

    def press(self, choice: str) -> list[str]:
        """Press an option by its value."""
        self.take(self.message(kind=InboundKind.CHOICE, choice=choice))
        return self.keys

    def photo(self, *, text: str = "", group: str | None = None, **changes: object) -> list[str]:
        """Send one attachment, a good photo unless changed."""
        given: dict[str, object] = {"ref": f"photo-{next(self.numbers)}", **changes}
        kind = AttachmentKind(str(given.pop("kind", "image")))
        attachment = Attachment(kind, **given)  # type: ignore[arg-type]
        self.take(
            self.message(
                kind=InboundKind.MEDIA, text=text, attachments=(attachment,), group_id=group
            )
        )
        return self.keys

    def command(self, *commands: Command, text: str = "…") -> list[str]:
        """Have a message understood as these commands, whatever it says."""
        message = self.message(text=text)
        self.take(message, Understood("en", commands, 1.0, "test"))
        return self.keys

    def message(self, **changes: object) -> InboundMessage:
        """A message; a text unless changed."""
        number = next(self.numbers)
        given: dict[str, object] = {
            "external_id": f"m{number}",
            "sender": Sender(CONTACT),
            "kind": InboundKind.TEXT,
            "sent_at": self.shop.now,
            "order": number,
            **changes,
        }
        return InboundMessage(**given)  # type: ignore[arg-type]

    def take(self, message: InboundMessage, understood: Understood | None = None) -> None:
        """One message through understanding, turn, actions, and what follows of itself."""
        self.replies, self.actions = [], []
        if understood is None:
            understood = RULES.read(message, view_of(self.state, message, wording(CATALOG)))
        turn = take_turn(self.state, message, understood, self.shop.ports(CONTACT))
        refused = self._carry_out(turn)
        if refused is not None:
            ports = self.shop.ports(CONTACT)
            turn = take_turn(self.state, message, understood, ports, refused)
            assert self._carry_out(turn) is None
        self._keep(turn)
        for _ in range(5):
            if not turn.continues:
                return
            turn = take_turn(self.state, None, None, self.shop.ports(CONTACT))
            assert self._carry_out(turn) is None
            self._keep(turn)
        raise AssertionError("the turn goes on without end")

    @property
    def keys(self) -> list[str]:
        """Template keys of the last answers."""
        return [reply.key for reply in self.replies]

    @property
    def last(self) -> Reply:
        """The last answer."""
        return self.replies[-1]

    def option(self, label: str) -> str:
        """The value of an option of the last answer, by its label or label's key."""
        for option in self.last.options:
            if label in (option.label, option.label_key):
                return option.value
        raise AssertionError(f"{label} is not among {self.last.options}")

    def _carry_out(self, turn: Turn) -> Refused | None:
        for action in turn.actions:
            try:
                self.shop.carry_out(CONTACT, action)
            except ActionRefused as error:
                return Refused(action, error.code, error.params)
        self.actions.extend(turn.actions)
        return None

    def _keep(self, turn: Turn) -> None:
        self.turns.append(turn)
        self.replies.extend(turn.replies)
        self.state = DialogState.from_json(turn.state.to_json())
        assert self.state == turn.state


def label_keys(reply: Reply) -> Sequence[str]:
    """What the options of a reply are called."""
    return [option.label_key or option.label for option in reply.options]
