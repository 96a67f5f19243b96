"""What is said besides the flows: greetings, help, answers from articles, asking what is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.dialogs.flow import Ask
from bot.dialogs.menu import PERSON, STARTS, menu_of
from bot.dialogs.offered import CHANGES, flow_for
from bot.dialogs.session import Session
from bot.replies import Reply

NEAREST: Final = 3
"""Flows offered where it is nearly clear which is meant."""

_ANY_MATTER: Final = frozenset({"order_status", "refund"})
"""What the rules ask about an order that was named and nothing else."""

_SMALL_TALK: Final = {
    "greeting": "chat.hello",
    "thanks": "chat.thanks",
    "bye": "chat.bye",
    "help": "chat.help",
}


def clarify(session: Session, flows: Sequence[str] = ()) -> None:
    """Ask what is meant: between flows, or because nothing was understood."""
    meant = dict.fromkeys(flow_for(session.ports, flow, {})[0] for flow in flows)
    if "refund" in flows and _ANY_MATTER.issuperset(flows):
        # Where orders can be changed, who names one may want any of that.
        here = (offer.value for offer in menu_of(session.ports) if offer.value in CHANGES)
        known = [flow for flow in (*here, *meant) if flow in STARTS]
    else:
        known = [flow for flow in meant if flow in STARTS][:NEAREST]
    known = list(dict.fromkeys(known))
    if known and not session.stack:
        offers = (*(STARTS[flow] for flow in known), PERSON)
        session.ask(Ask("", "clarify.which", offers=offers))
        return
    session.missed = True
    if session.stack:
        session.say(Reply("clarify.in_flow"))
    elif session.begun.misses:
        session.ask(Ask("", "clarify.second", offers=menu_of(session.ports)))
    else:
        session.ask(Ask("", "clarify.first", offers=menu_of(session.ports)))


def greet(session: Session) -> None:
    """Greet and show what one can do here."""
    params = {"shop": session.ports.shop.name, "name": session.ports.identity.customer_name() or ""}
    if session.stack:
        session.say(Reply("chat.hello", params))
    else:
        session.ask(Ask("", "chat.greeting", params, menu_of(session.ports)))


def small_talk(session: Session, kind: str) -> None:
    """Answer small talk; the open question follows."""
    key = _SMALL_TALK.get(kind)
    if key is None:
        clarify(session)
    elif kind == "greeting":
        greet(session)
    elif kind == "help" and not session.stack:
        session.ask(Ask("", key, offers=menu_of(session.ports)))
    else:
        session.say(Reply(key))


def answer_from_articles(session: Session, question: str) -> None:
    """Answer a question in the words of an article; the open question follows."""
    passage = session.ports.articles.answer(question, session.locale)
    if passage is not None:
        session.say(Reply("chat.answer", {"title": passage.title, "text": passage.text}))
        return
    session.missed = True
    if session.stack:
        session.say(Reply("chat.no_answer_now"))
    else:
        session.ask(Ask("", "chat.no_answer", offers=menu_of(session.ports)))


def change_language(session: Session, locale: str) -> None:
    """Speak another language from now on."""
    if locale not in session.ports.shop.locales:
        session.say(Reply("chat.language_unknown"))
        return
    session.locale, session.locale_fixed = locale, True
    session.say(Reply("chat.language_changed"))
