"""What a language model may word of a turn's replies, and did (`backend.pipeline.model_work`).

Words are found by the text they stand for: if the turn, computed again, says something else, that
stands as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from bot.messages import OutboundMessage
from bot.replies import Reply
from bot.understanding.llm.permission import ANSWER, Permission, facts_in

MOST = 3
"""Texts of one turn that are worded."""


@dataclass(frozen=True, slots=True)
class Want:
    """A text the model may word. `title`: of the passage, where it is an answer from one."""

    text: str
    title: str = ""
    keep: tuple[str, ...] = ()


class WordsWanted(Exception):
    """Roll back, ask for these, and compute again."""

    def __init__(self, wants: Sequence[Want]) -> None:
        super().__init__(f"{len(wants)} texts")
        self.wants = tuple(wants)


@dataclass(slots=True)
class Words:
    """What the model may word in one turn, and did."""

    allowed: Permission
    found: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Text -> (words, title of their source)."""
    asked: bool = False

    def put_in(
        self,
        replies: Sequence[Reply],
        messages: Sequence[OutboundMessage],
        render: Callable[[Reply], OutboundMessage],
        *,
        numbered: bool,
    ) -> list[OutboundMessage]:
        """The messages, in the model's words where there are some. `numbered`: options stand in
        the text. Raises: WordsWanted, once."""
        wants: list[Want] = []
        worded = []
        for reply, message in zip(replies, messages, strict=True):
            want = self._want(reply, message, numbered)
            if want is None or (want.text not in self.found and self.asked):
                worded.append(message)
            elif want.text not in self.found:
                wants.append(want)
                worded.append(message)
            else:
                worded.append(self._worded(reply, message, want, render))
        if wants:
            raise WordsWanted(wants[:MOST])
        return worded

    def _want(self, reply: Reply, message: OutboundMessage, numbered: bool) -> Want | None:
        if not self.allowed.allows(reply.key, reply.params):
            return None
        if reply.key == ANSWER:
            return Want(str(reply.params["text"]), str(reply.params["title"]))
        if numbered and message.options:
            return None
        return Want(message.text, keep=tuple(facts_in(reply.params)))

    def _worded(
        self,
        reply: Reply,
        message: OutboundMessage,
        want: Want,
        render: Callable[[Reply], OutboundMessage],
    ) -> OutboundMessage:
        text, title = self.found[want.text]
        if reply.key != ANSWER:
            return replace(message, text=text)
        return render(replace(reply, params={**reply.params, "text": text, "title": title}))
