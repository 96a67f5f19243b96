"""Which templates a model may put into other words: those a manager names, of those that may be.

What is told of money, of identity, of a request's fate or of a right stands as the shop wrote it,
whatever is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.ports import Money

ANSWER: Final = "chat.answer"
"""The template that gives a passage's own words: named, the answer is worded from the passage."""
DOMAINS: Final = ("chat", "clarify", "dialog", "handoff", "order", "queue")


@dataclass(frozen=True, slots=True)
class Permission:
    """`names`: keys of templates, or a domain's all as `chat.*`."""

    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, setting: str) -> Permission:
        """A comma-separated list. Raises: ValueError for a name that can't be allowed."""
        names = frozenset(name.strip() for name in setting.split(",") if name.strip())
        for name in sorted(names):
            if name.partition(".")[0] not in DOMAINS or not name.partition(".")[2]:
                raise ValueError(f"{name} can't be left to a model; domains: {', '.join(DOMAINS)}")
        return cls(names)

    def allows(self, key: str, params: Mapping[str, object]) -> bool:
        """Whether the template, with what is put into it, may be said in other words. Never with an
        amount in it."""
        named = key in self.names or f"{key.partition('.')[0]}.*" in self.names
        return named and not _has_money(params)


def facts_in(value: object) -> Sequence[str]:
    """The words put into a template, which must stand in whatever is made of it."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, Mapping):
        return [word for one in value.values() for word in facts_in(one)]
    if isinstance(value, list | tuple):
        return [word for one in value for word in facts_in(one)]
    return []


def _has_money(value: object) -> bool:
    if isinstance(value, Money) or hasattr(value, "minor"):
        return True
    if isinstance(value, Mapping):
        return any(_has_money(one) for one in value.values())
    return isinstance(value, list | tuple) and any(_has_money(one) for one in value)
