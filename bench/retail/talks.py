"""How many scenarios the dialog solves from plain-worded turns, without a language model.

A scripted customer says his wishes and answers what he is asked from the instruction's facts; he
says yes to a summary. Asked the same thing three times he gives up. Everything runs in one
transaction that is undone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from backend.changes.policy import ChangePolicy
from backend.conversations import service as conversations
from backend.customers import service as customers
from backend.customers.models import payment_method
from backend.kit.actor import Actor
from backend.kit.db import Tx
from backend.kit.errors import DomainError
from backend.pipeline.actions import carry_out
from backend.pipeline.change_ports import ChangeRules
from backend.pipeline.ports import bind_ports
from backend.refunds.facts import DEFAULT_POLICY
from bench.retail import expected
from bench.retail.data import Scenario
from bench.retail.state import comparable, stored
from bench.retail.wishes import METHODS, Told, Wish, read
from bench.retail.writes import TIMEZONE
from bot.dialogs import slots
from bot.dialogs.actions import Refused
from bot.dialogs.state import DialogState, Mode, view_of
from bot.messages import InboundKind, InboundMessage, Sender
from bot.ports import Passage, Shop
from bot.rendering import wording
from bot.replies import Reply, ReplyOption
from bot.turn import Turn, take_turn
from bot.understanding.base import Understanding
from templates_i18n.catalog import Catalog

PATIENCE = 3
"""Times he answers the same question."""
MOST_TURNS = 40
CATALOG = Catalog.load()


@dataclass(slots=True)
class Talks:
    """What came of the talks: solved of those written in fixed forms and freely, and where others
    ended."""

    tried: Counter[str] = field(default_factory=Counter)
    solved: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    unsolved: list[str] = field(default_factory=list)


class _NoArticles:
    def answer(self, question: str, locale: str) -> Passage | None:
        return None


class _Chat:
    """One conversation, turn by turn, in a transaction."""

    def __init__(self, tx: Tx, understanding: Any, policy: ChangePolicy) -> None:
        self.tx = tx
        self.understanding = understanding
        self.rules = ChangeRules(policy, TIMEZONE)
        self.shop = Shop("Retail", TIMEZONE, "en")
        self.contact = customers.lock_contact(tx, "bench-chat", "visitor", "", "en")
        self.conversation = conversations.get_or_open(tx, self.contact.id, "bench-chat", "en")
        self.state = DialogState(locale="en", locale_fixed=True)
        self.said: tuple[Reply, ...] = ()
        self.turns = 0

    def say(self, text: str = "", choice: str = "") -> None:
        """One message of his, and the bot's answer."""
        self.turns += 1
        kind = InboundKind.CHOICE if choice else InboundKind.TEXT
        message = InboundMessage(
            f"m{self.turns}",
            Sender("visitor"),
            kind,
            self.tx.now + timedelta(seconds=self.turns),
            self.turns,
            text=text,
            choice=choice or None,
        )
        view = view_of(self.state, message, wording(CATALOG))
        understood = self.understanding.read(message, view)
        turn = self._carried(
            lambda no: take_turn(self.state, message, understood, self._ports(), no)
        )
        said = list(turn.replies)
        while turn.continues:
            state = turn.state
            turn = self._carried(lambda no, s=state: take_turn(s, None, None, self._ports(), no))
            said += turn.replies
        self.state, self.said = turn.state, tuple(said)

    def _ports(self) -> Any:
        contact = customers.get_contact(self.tx, self.contact.id)
        return bind_ports(self.tx, contact, self.shop, _NoArticles(), DEFAULT_POLICY, self.rules)

    def _carried(self, compute: Any) -> Turn:
        turn: Turn = compute(None)
        try:
            with self.tx.savepoint():
                self._act(turn)
        except _NotDone as no:
            turn = compute(no.refused)
            self._act(turn)
        return turn

    def _act(self, turn: Turn) -> None:
        actor = Actor("customer", self.contact.id, "")
        for place, action in enumerate(turn.actions):
            version = self.turns * 10 + place
            here = _numbered(self.conversation, version)
            try:
                carry_out(self.tx, action, here, self.contact, actor, DEFAULT_POLICY, self.rules)
            except DomainError as error:
                raise _NotDone(Refused(action, error.code, error.params)) from error


class _NotDone(Exception):
    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused


def _numbered(conversation: Any, version: int) -> Any:
    return replace(conversation, state_version=version)


def talk(
    tx: Tx,
    shop: Mapping[str, Any],
    fresh: expected.State,
    scenario: Scenario,
    policy: ChangePolicy,
    understanding: Understanding,
) -> tuple[str, bool, str]:
    """Hold one talk: which form the instruction has, whether the shop is as it should be, and how
    the talk ended."""
    wanted = expected.copied(fresh)
    for write in scenario.writes:
        try:
            expected.after(wanted, shop, write)
        except expected.NotAllowed:
            continue
    told = read(scenario)
    chat = _Chat(tx, understanding, policy)
    ended = "done"
    for wish in told.wishes:
        ended = _serve(chat, told, wish)
        if ended == "handed to a person":
            break
    solved = comparable(stored(tx)) == comparable(wanted)
    return ("fixed form" if told.exact else "free words"), solved, ended


def _serve(chat: _Chat, told: Told, wish: Wish) -> str:
    """One wish, until it is done, given up, or a person has it."""
    asked: Counter[str] = Counter()
    chat.say(wish.says)
    while chat.turns < MOST_TURNS:
        if chat.state.mode is Mode.HUMAN:
            return "handed to a person"
        prompt = chat.state.prompt
        if not chat.state.stack and asked[slots.CONFIRMED]:
            return "done"
        if prompt is None:
            return "nothing open"
        place = f"{prompt.slot}:{chat.said[-1].params.get('title', '') if chat.said else ''}"
        asked[place] += 1
        asked[prompt.slot] += 1
        if asked[place] > PATIENCE:
            chat.say("never mind")
            return f"stuck at {prompt.slot or chat.said[-1].key}"
        if not _answer(chat, told, wish, asked[place], asked[prompt.slot]):
            chat.say("never mind")
            return f"no answer to {prompt.slot or chat.said[-1].key}"
    return "too long"


def _answer(chat: _Chat, told: Told, wish: Wish, time: int, in_all: int) -> bool:
    """Answer the open question out of what he knows; False if he knows nothing. `time`: how often
    just this was asked, `in_all` this and the like."""
    reply = chat.said[-1]
    prompt = chat.state.prompt
    slot = prompt.slot if prompt else ""
    if slot == slots.VARIANTS:
        return _choose(chat, told, wish, reply, time)
    if not slot and wish.does:
        alike = {"items": ("items", "exchange"), "exchange": ("exchange", "items")}
        return any(
            _pick(chat, reply, CATALOG.text(f"change.choice_{does}", "en", {}))
            for does in alike.get(wish.does, (wish.does,))
        )
    if slot == slots.METHOD and time > 1:
        return _pick_method(chat, reply, wish.method)
    if not told.exact and _picked_by_his_words(chat, told, wish, reply, slot, time):
        return True
    words = {
        slots.WHO: told.who[min(in_all, len(told.who)) - 1] if told.who else "",
        slots.ORDER: wish.order,
        slots.ITEMS: " and ".join(_items(wish, time)),
        slots.METHOD: METHODS.get(wish.method.partition("_")[0], ""),
        slots.CANCEL_REASON: wish.reason,
        slots.ADDRESS: wish.address,
        slots.QUANTITIES: "1",
        slots.CONFIRMED: "yes",
    }.get(slot, "")
    if slot == slots.ITEMS and not wish.items and not told.exact:
        words = told.words
    if not words:
        return False
    chat.say(words)
    return True


def _picked_by_his_words(
    chat: _Chat, told: Told, wish: Wish, reply: Reply, slot: str, time: int
) -> bool:
    """Press the orders or items shown that his words name, where there are such; of payment
    methods, if he told of none, the first."""
    if slot == slots.ORDER and not wish.order:
        named = [one for one in reply.options if any(_is_named(t, wish) for t in _titles(one))]
        return _press(chat, named[:1])
    if slot == slots.ITEMS and time > 1:
        return _press(chat, [one for one in reply.options if _is_named(one.label, wish)])
    if slot == slots.METHOD and not wish.method:
        return _press(chat, list(reply.options[:1]))
    return False


def _titles(option: ReplyOption) -> list[str]:
    titles = option.params.get("titles", ())
    return [str(one) for one in titles] if isinstance(titles, list | tuple) else []


def _is_named(title: str, wish: Wish) -> bool:
    """Whether his words hold the last word of a product's name, in singular or plural."""
    name = title.partition(" (")[0].casefold().split()[-1]
    return re.search(rf"\b{re.escape(name.rstrip('s'))}s?\b", wish.says.casefold()) is not None


def _press(chat: _Chat, options: Sequence[ReplyOption]) -> bool:
    if options:
        chat.say(choice=",".join(one.value for one in options))
    return bool(options)


def _items(wish: Wish, time: int) -> list[str]:
    """His items by name; asked again, with what they are like."""
    if time == 1 or not wish.now:
        return list(wish.items)
    return [f"{name} {' '.join(options.values())}" for name, options in wish.now]


def _nearest(reply: Reply, wish: Wish) -> list[ReplyOption]:
    """The one variant shown that has most of what he says; none if several do."""
    said = wish.says.casefold()
    counts = [
        sum(value.split(": ")[-1].casefold() in said for value in option.label.split(" · "))
        for option in reply.options
    ]
    best = max(counts, default=0)
    fitting = [one for one, count in zip(reply.options, counts, strict=True) if count == best]
    return fitting if best and len(fitting) == 1 else []


def _pick(chat: _Chat, reply: Reply, label: str) -> bool:
    """Press the option that says what he wants, if it is there."""
    for option in reply.options:
        if option.label_key and CATALOG.text(option.label_key, "en", {}) == label:
            chat.say(choice=option.value)
            return True
    return False


def _pick_method(chat: _Chat, reply: Reply, method_id: str) -> bool:
    """He has several of a kind and tells them apart by their number."""
    query = sa.select(payment_method.c.last_four).where(payment_method.c.id == method_id)
    tail = chat.tx.conn.execute(query).scalar_one_or_none()
    if not tail:
        return False
    chat.say(f"the one ending in {tail}")
    return True


def _choose(chat: _Chat, told: Told, wish: Wish, reply: Reply, time: int) -> bool:
    """He names the options he wants; shown variants, he picks the one that has them all."""
    title = str(reply.params.get("title", ""))
    wants = next((options for name, options in wish.wants if title.startswith(name)), None)
    if wants is None:
        if time > 1:
            return _press(chat, _nearest(reply, wish))
        chat.say(wish.says)
        return True
    now = {part.strip() for part in str(reply.params.get("options", "")).split(" · ")}
    for option in reply.options:
        values = [part.split(": ")[-1] for part in option.label.split(" · ")]
        if sorted(values) == sorted(wants.values()) and time > 1:
            chat.say(choice=option.value)
            return True
    changed = [
        f"{name} {value}"
        for name, value in wants.items()
        if value not in now and f"{name}: {value}" not in now
    ]
    chat.say(", ".join(changed) if changed else "keep it as it is")
    return True
