"""Applies commands to a session: starting, answering, correcting, digressing, giving up.

Commands come from understanding and are only proposals. Each is checked against what the dialog
knows; one that fits nothing changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from bot.dialogs import commands as c
from bot.dialogs.engine import known_before
from bot.dialogs.flow import Ask, Call, Given, Known, Offer
from bot.dialogs.menu import MENU, PERSON, STARTS, WITHDRAW
from bot.dialogs.session import Session
from bot.dialogs.slots import CONFIRMED, NO, YES
from bot.dialogs.state import Choice, Effect
from bot.replies import Reply

MAX_WORDS: Final = 500
"""Characters of one raw slot."""

_VALUE = re.compile(r"p(\d{1,9}):(\d{1,4})")

_SMALL_TALK: Final = {
    "greeting": "chat.hello",
    "thanks": "chat.thanks",
    "bye": "chat.bye",
    "help": "chat.help",
}
_QUEUED: Final = {
    "refund": "queue.later_refund",
    "order_status": "queue.later_order_status",
    "request_status": "queue.later_request_status",
    "withdraw": "queue.later_withdraw",
}


def apply(session: Session, proposed: Sequence[c.Command]) -> None:
    """Apply the commands of one message in their order."""
    for command in _sound(session, proposed):
        session.trace.append(_named(command))
        _HANDLERS[type(command)](session, command)
    if session.asked or session.verdict or session.replies or session.changed:
        return
    if session.noted:
        session.say(Reply("dialog.noted"))
    elif session.unplaced:
        clarify(session)


def pick(session: Session, values: Sequence[str]) -> None:
    """Take pressed options; a value of another prompt, or none of ours, closes nothing."""
    prompt = session.begun.prompt
    choices: dict[int, Choice] = {}
    for value in values:
        found = _VALUE.fullmatch(value)
        index = int(found[2]) if found else -1
        if not found or prompt is None or int(found[1]) != prompt.id:
            return closed(session)
        if not 0 <= index < len(prompt.choices):
            return closed(session)
        choices[index] = prompt.choices[index]
    if prompt is None or not choices:
        return closed(session)
    chosen = list(choices.values())
    if all(choice.effect is Effect.ANSWER for choice in chosen):
        if len(chosen) > 1 and not prompt.multiple:
            session.say(Reply("dialog.pick_one"))
            return None
        return _answer(session, prompt.slot, [choice.value for choice in chosen])
    if len(chosen) > 1:
        session.say(Reply("dialog.pick_one"))
        return None
    return _effect(session, chosen[0])


def closed(session: Session) -> None:
    """An option that is no longer, or never was, on offer: say so; the open question follows."""
    session.trace.append("closed question")
    session.say(Reply("dialog.closed_question"))
    if not session.stack:
        session.ask(Ask("", "chat.menu", offers=MENU))


def start(session: Session, flow: str, raw: dict[str, str]) -> None:
    """Start a flow: at once, in the middle of another, or after it."""
    if flow == "handoff":
        session.hand_off("asked")
        return
    if flow not in STARTS:
        session.trace.append(f"no flow {flow}")
        return
    running = [index for index, frame in enumerate(session.stack) if frame.flow == flow]
    if running:
        if not session.stack[-1].called:
            session.drop_above(running[-1])
        for slot, words in raw.items():
            _set(session, slot, words)
    elif not session.stack or (session.flows[flow].aside and session.begun.stack):
        session.start(flow, raw)
    elif session.enqueue(flow, raw):
        session.say(Reply(_QUEUED[flow]))


def _sound(session: Session, proposed: Sequence[c.Command]) -> Sequence[c.Command]:
    """What can be meant together: a person outweighs all; a yes stands alone or is none."""
    for command in proposed:
        if isinstance(command, c.HumanHandoff):
            return [command]
    if not proposed:
        return [c.Clarify()]
    verdicts = {
        command.value
        for command in proposed
        if isinstance(command, c.SetSlot) and command.slot == CONFIRMED
    }
    against = any(
        isinstance(command, c.CancelFlow | c.Clarify | c.CorrectSlot | c.StartFlow)
        for command in proposed
    )
    if YES in verdicts and (len(verdicts) > 1 or against):
        rest = [
            command
            for command in proposed
            if not (isinstance(command, c.SetSlot) and command.slot == CONFIRMED)
        ]
        return [*rest, c.SetSlot(CONFIRMED, "unclear")]
    return proposed


def _named(command: c.Command) -> str:
    match command:
        case c.StartFlow(flow=flow):
            return f"StartFlow {flow}"
        case c.SetSlot(slot=slot) | c.CorrectSlot(slot=slot):
            return f"{type(command).__name__} {slot}"
        case _:
            return type(command).__name__


# Answers and corrections


def _set(session: Session, slot: str, value: str) -> None:
    words = value[:MAX_WORDS]
    prompt = session.begun.prompt
    if slot == CONFIRMED:
        if prompt is not None and prompt.slot == CONFIRMED:
            session.verdict = words if words in (YES, NO) else "unclear"
        else:
            session.trace.append("nothing to confirm")
        return
    index = session.frame_with(slot)
    if index is None:
        if session.stack:
            session.trace.append(f"no place for {slot}")
            session.unplaced = True
        else:
            session.carried[slot] = words
        return
    frame = session.stack[index]
    on_top = index == len(session.stack) - 1
    if on_top and prompt is not None and prompt.slot == slot:
        session.asked.add(slot)
        session.put(index, replace(frame, raw={**frame.raw, slot: words}))
    elif slot in frame.slots:
        _correct_to(session, index, slot, words)
    else:
        session.noted = True
        session.put(index, replace(frame, raw={**frame.raw, slot: words}))


def _correct(session: Session, slot: str, value: str) -> None:
    words = value[:MAX_WORDS]
    index = session.frame_with(slot)
    if index is None:
        session.trace.append(f"no place for {slot}")
        return
    if words and slot in session.stack[index].slots and _correct_to(session, index, slot, words):
        return
    session.changed = True
    session.drop_above(index)
    session.forget(index, (slot,))
    if words:
        frame = session.stack[index]
        prompt = session.begun.prompt
        if prompt is not None and prompt.slot == slot:
            session.asked.add(slot)
        session.put(index, replace(frame, raw={**frame.raw, slot: words}))


def _correct_to(session: Session, index: int, slot: str, words: str) -> bool:
    """Replace a known value if the words are a good one; else leave all as it is."""
    collect = session.flows[session.stack[index].flow].collect(slot)
    if collect is None:
        return False
    talk = known_before(session, index, slot)
    read = collect.read(talk, Given(words=words))
    if not isinstance(read, Known):
        session.trace.append(f"no new {slot} in it")
        session.unplaced = True
        return False
    session.changed = True
    session.drop_above(index)
    session.know(index, read)
    return True


def _answer(session: Session, slot: str, values: Sequence[str]) -> None:
    if slot == CONFIRMED:
        session.verdict = values[0]
    else:
        session.picked = tuple(values)


def _effect(session: Session, choice: Choice) -> None:
    match choice.effect:
        case Effect.START:
            start(session, choice.value, dict(choice.slots))
        case Effect.CORRECT:
            _correct(session, choice.value, "")
        case Effect.HUMAN:
            session.hand_off("asked")
        case Effect.CANCEL:
            cancel(session)
        case Effect.LEAVE:
            leave(session)


def leave(session: Session) -> None:
    """Leave a called flow: the caller forgets the words it called it for, and asks otherwise."""
    if len(session.stack) < 2 or not session.stack[-1].called:
        return
    left = session.stack.pop()
    caller = session.stack[-1]
    told = {
        slot
        for step in session.flows[caller.flow].steps
        if isinstance(step, Call) and step.flow == left.flow
        for slot in step.take.values()
    }
    raw = {name: value for name, value in caller.raw.items() if name not in told}
    session.put(len(session.stack) - 1, replace(caller, raw=raw))


def cancel(session: Session) -> None:
    """Leave what is under way; with nothing under way, say so and offer what could be meant."""
    if session.stack:
        session.stack.clear()
        session.photos = []
        session.flow_ended = True
        session.say(Reply("dialog.cancelled"))
        return
    offers: tuple[Offer, ...] = MENU
    if any(request.withdrawable for request in session.ports.tickets.recent()):
        offers = (WITHDRAW, *MENU)
    session.ask(Ask("", "dialog.nothing_to_cancel", offers=offers))


# Besides the flows


def clarify(session: Session, flows: Sequence[str] = ()) -> None:
    """Ask what is meant: between flows, or because nothing was understood."""
    known = [flow for flow in flows if flow in STARTS]
    if known and not session.stack:
        offers = (*(STARTS[flow] for flow in known), PERSON)
        session.ask(Ask("", "clarify.which", offers=offers))
        return
    session.missed = True
    if session.stack:
        session.say(Reply("clarify.in_flow"))
    elif session.begun.misses:
        session.ask(Ask("", "clarify.second", offers=MENU))
    else:
        session.ask(Ask("", "clarify.first", offers=MENU))


def greet(session: Session) -> None:
    """Greet and show what one can do here."""
    params = {"shop": session.ports.shop.name, "name": session.ports.identity.customer_name() or ""}
    if session.stack:
        session.say(Reply("chat.hello", params))
    else:
        session.ask(Ask("", "chat.greeting", params, MENU))


def _small_talk(session: Session, kind: str) -> None:
    key = _SMALL_TALK.get(kind)
    if key is None:
        clarify(session)
    elif kind == "greeting":
        greet(session)
    elif kind == "help" and not session.stack:
        session.ask(Ask("", key, offers=MENU))
    else:
        session.say(Reply(key))


def _from_articles(session: Session, question: str) -> None:
    passage = session.ports.articles.answer(question, session.locale)
    if passage is not None:
        session.say(Reply("chat.answer", {"title": passage.title, "text": passage.text}))
        return
    session.missed = True
    if session.stack:
        session.say(Reply("chat.no_answer_now"))
    else:
        session.ask(Ask("", "chat.no_answer", offers=MENU))


def _change_language(session: Session, locale: str) -> None:
    if locale not in session.ports.shop.locales:
        session.say(Reply("chat.language_unknown"))
        return
    session.locale, session.locale_fixed = locale, True
    session.say(Reply("chat.language_changed"))


_HANDLERS: Final[dict[type, Callable[[Session, Any], None]]] = {
    c.StartFlow: lambda s, command: start(s, command.flow, dict(command.slots)),
    c.SetSlot: lambda s, command: _set(s, command.slot, command.value),
    c.CorrectSlot: lambda s, command: _correct(s, command.slot, command.value),
    c.PickOptions: lambda s, command: pick(s, command.values),
    c.CancelFlow: lambda s, command: cancel(s),
    c.Clarify: lambda s, command: clarify(s, command.flows),
    c.Answer: lambda s, command: _from_articles(s, command.question),
    c.SmallTalk: lambda s, command: _small_talk(s, command.kind),
    c.ChangeLanguage: lambda s, command: _change_language(s, command.locale),
    c.HumanHandoff: lambda s, command: s.hand_off(command.reason),
}
