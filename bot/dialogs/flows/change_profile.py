"""Change where a customer's orders go unless told: his default address."""

from __future__ import annotations

from bot.dialogs.actions import ChangeDefaultAddress, Refused
from bot.dialogs.flow import Act, Ask, Check, Confirm, Done, End, Flow, Offer, Talk
from bot.dialogs.menu import LEAVE_IT, PERSON
from bot.dialogs.parts import changing
from bot.dialogs.parts.asking_addresses import address_params, collect_address
from bot.dialogs.slots import ADDRESS, CONFIRMED, NO, YES
from bot.dialogs.state import Effect
from bot.replies import Reply

_OTHER = Offer(Effect.CORRECT, ADDRESS, label_key="change.choice_other_address")


def _known_to_be_him(talk: Talk) -> End | None:
    if talk.ports.identity.is_verified():
        return None
    return End((Reply("change.refused_identity", {"order_number": ""}),), (PERSON,))


def _ask(talk: Talk) -> Ask:
    offers = (
        Offer(Effect.ANSWER, YES, label_key="change.choice_yes"),
        Offer(Effect.ANSWER, NO, label_key="choice.no_change"),
    )
    return Ask(CONFIRMED, "change.summary_profile", address_params(talk), offers)


def _no(talk: Talk) -> Ask:
    return Ask("", "change.what_to_change", offers=(_OTHER, LEAVE_IT, PERSON))


def _change(talk: Talk) -> Done:
    note = Reply("change.done_profile", address_params(talk))
    return Done((ChangeDefaultAddress(talk.slots[ADDRESS]),), (note,))


def _refused(talk: Talk, refused: Refused) -> End:
    return End((Reply("change.refused_identity", {"order_number": ""}),), (PERSON,))


FLOW = Flow(
    id="change_profile",
    steps=(
        changing.prove_customer(),
        Check(_known_to_be_him),
        collect_address("change.ask_default_address", default=False),
        Confirm(_ask, no=_no),
        Act(_change, refused=_refused),
    ),
)
