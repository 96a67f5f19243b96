"""Turns: the oldest waiting message of a conversation is understood, answered and acted on.

What is slow (fetching photos, understanding) happens outside the transaction; then one transaction
checks the state's version, runs the dialog on what it reads under its locks, carries out the
actions and stores replies, state and the job's end.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from backend.conversations import repository
from backend.conversations.repository import Conversation, Message
from backend.customers import service as customers
from backend.customers.repository import Contact
from backend.kit import jobs
from backend.kit.actor import Actor
from backend.kit.db import Database, Tx
from backend.kit.errors import DomainError
from backend.kit.jobs import Job
from backend.pipeline import watch
from backend.pipeline.actions import carry_out
from backend.pipeline.bodies import inbound_to_json, understood_to_json
from backend.pipeline.change_ports import NO_CHANGES, ChangeRules
from backend.pipeline.channels import Channels
from backend.pipeline.media import Media
from backend.pipeline.notify import Notifier
from backend.pipeline.taking_back import FAILED
from backend.pipeline.waiting import (
    Begun,
    StateMoved,
    Waiting,
    load_waiting,
    lock_unmoved,
    read_message,
)
from backend.pipeline.words import WordsWanted
from backend.refunds.facts import RefundPolicy
from bot.dialogs.actions import Action, HandOff, Refused
from bot.dialogs.observer import Observer
from bot.dialogs.state import DialogState, Mode, view_of
from bot.messages import InboundKind
from bot.ports import Ports
from bot.replies import Reply
from bot.turn import Turn, take_turn
from bot.understanding.base import (
    DialogView,
    PromptUnderstanding,
    Understanding,
    Understood,
)

if TYPE_CHECKING:
    # Its parts are loaded only where a model is configured.
    from backend.pipeline.model_work import ModelTurn, ModelWork

log = logging.getLogger(__name__)

PortsFor = Callable[[Tx, Contact], Ports]
"""Binds the ports to one contact within one transaction."""

CONTINUATIONS = 3
"""How often one turn may go on after its actions; more is a flow's bug."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Takes turns."""

    db: Database
    channels: Channels
    media: Media
    notifier: Notifier
    understanding: Understanding
    ports_for: PortsFor
    policy: RefundPolicy
    observer: Observer | None = None
    model: ModelWork | None = None
    changes: ChangeRules = NO_CHANGES

    async def take(self, job: Job) -> bool:
        """Job `turn`. A turn whose state moved meanwhile is computed again."""
        conversation_id = str(job.payload["conversation_id"])
        begun: Begun | None = job.known
        waiting = begun.waiting if begun else None
        model: ModelTurn | None = None
        while True:
            if waiting is None:
                with watch.part("load"):
                    waiting = await self.db.read(load_waiting, conversation_id)
            if waiting is None:
                return False
            if waiting.has_photos_to_fetch:
                # Looked at again afterwards: an album may have grown meanwhile.
                await self._take_media_in(job, waiting)
                waiting = None
                continue
            if self.model is not None and (model is None or model.message_id != waiting.rows[0].id):
                model = self.model.begin(waiting.rows[0].id)
            try:
                if waiting.conversation.status == "bot":
                    with watch.turn(waiting.rows[0].id, conversation_id):
                        said = await self._answer(job, waiting, model)
                    if begun is not None:
                        begun.said = said
                else:
                    await self.db.tx(_leave_to_people, job, waiting)
            except StateMoved:
                log.info("state of conversation %s moved, computing again", conversation_id)
                waiting = None
                continue
            return True

    def take_at_once(
        self, tx: Tx, waiting: Waiting, understanding: PromptUnderstanding
    ) -> Sequence[Message] | None:
        """The turn of a message just stored, in its transaction, which holds contact and
        conversation. What was said, if it is all that the message led to. Raises what goes wrong:
        nothing of the turn may stay then."""
        state = waiting.state
        with watch.part("understanding"):
            understood = understanding.read(waiting.message, self._view(waiting, state))
        return self._store(tx, waiting, waiting.conversation, state, understood, None)

    def _view(self, waiting: Waiting, state: DialogState) -> DialogView:
        # Who pressed a button typed nothing that could name one.
        pressed = waiting.message.kind is InboundKind.CHOICE
        return view_of(state, waiting.message, None if pressed else self._wording)

    async def _take_media_in(self, job: Job, waiting: Waiting) -> None:
        """Photos are fetched and stored before the turn; their refs are kept with the message, so
        a turn computed again does not fetch them twice."""
        adapter = self.channels.adapter(waiting.conversation.channel_account)
        for row in waiting.rows:
            message = read_message(row, waiting.contact)
            taken = await self.media.take_in(
                waiting.conversation.id, message.attachments, adapter, job.attempt
            )
            body = {
                **row.body,
                **inbound_to_json(dataclasses.replace(message, attachments=taken)),
            }
            await self.db.tx(_keep_body, row.id, body)

    async def _answer(
        self, job: Job, waiting: Waiting, model: ModelTurn | None
    ) -> Sequence[Message] | None:
        """What was said, if it is all that the message led to."""
        state = waiting.state
        view = self._view(waiting, state)
        with watch.part("understanding"):
            understood = await (model or self.understanding).understand(waiting.message, view)
        try:
            with watch.part("commit"):
                return await self.db.tx(self._commit, job, waiting, state, understood, model)
        except WordsWanted as wanted:
            if model is None:
                raise
            with watch.part("wording"):
                locale = understood.locale or waiting.conversation.locale
                await model.find_words(wanted, waiting.message.text, locale)
        with watch.part("commit"):
            return await self.db.tx(self._commit, job, waiting, state, understood, model)

    def _wording(self, key: str, locale: str) -> str:
        return self.notifier.catalog.text(key, locale, {})

    def _compute(
        self,
        tx: Tx,
        waiting: Waiting,
        state: DialogState,
        understood: Understood,
        refused: Refused | None,
    ) -> Turn:
        ports = self.ports_for(tx, waiting.contact)
        return take_turn(state, waiting.message, understood, ports, refused, observer=self.observer)

    def _commit(
        self,
        tx: Tx,
        job: Job,
        waiting: Waiting,
        state: DialogState,
        understood: Understood,
        model: ModelTurn | None = None,
    ) -> Sequence[Message] | None:
        contact, conversation = lock_unmoved(tx, waiting)
        waiting = dataclasses.replace(waiting, contact=contact)
        said = self._store(tx, waiting, conversation, state, understood, model)
        jobs.finish(tx, job)
        return said

    def _store(
        self,
        tx: Tx,
        waiting: Waiting,
        conversation: Conversation,
        state: DialogState,
        understood: Understood,
        model: ModelTurn | None,
    ) -> Sequence[Message] | None:
        """The turn and all it leads to, under the locks of contact and conversation. What was said,
        if it is all that the message led to."""
        with watch.part("compute"):
            turn = self._compute(tx, waiting, state, understood, None)
        final, replies = self._settle(tx, waiting, state, understood, turn)
        # What the actions led to ("your refund is approved") is said before the dialog goes on.
        tx.react()
        locale = final.locale or conversation.locale
        after = {
            "state": final.to_json(),
            "state_version": conversation.state_version + 1,
            "locale": locale,
        }
        said: Sequence[Message] = ()
        if replies:
            said = self.notifier.say(
                tx,
                conversation.id,
                replies,
                answers=waiting.rows[0].id,
                locale=locale,
                # What an action did may have been said in the conversation meanwhile.
                conversation=None if turn.actions else conversation,
                after=after,
                words=model.words if model else None,
            )
        else:
            repository.update(tx, conversation.id, **after)
        if model is not None:
            understood = model.used(understood)
            model.count(tx, conversation.id, understood)
        repository.update_messages(
            tx,
            [row.id for row in waiting.rows],
            turn_state="done",
            understood=understood_to_json(understood, turn.trace),
        )
        followed = said and not turn.actions and said[0].seq == waiting.rows[-1].seq + 1
        return said if followed else None

    def _settle(
        self,
        tx: Tx,
        waiting: Waiting,
        state: DialogState,
        understood: Understood,
        turn: Turn,
    ) -> tuple[DialogState, list[Reply]]:
        """Carry out the turn's actions, and those of the turns it goes on with."""
        contact = waiting.contact
        actor = Actor("customer", contact.id, contact.display_name)
        carried = partial(self._carried, tx, waiting, actor)
        turn = carried(turn, partial(self._compute, tx, waiting, state, understood))
        replies = list(turn.replies)
        for _ in range(CONTINUATIONS):
            if not turn.continues:
                return turn.state, replies
            if self.changes.policy.identity:
                # Who the contact is may be what the actions found out.
                contact = customers.get_contact(tx, contact.id)
            go_on = partial(self._go_on, tx, contact, turn.state)
            turn = carried(go_on(None), go_on)
            replies.extend(turn.replies)
        raise RuntimeError("a turn goes on without end")

    def _go_on(self, tx: Tx, contact: Contact, state: DialogState, refused: Refused | None) -> Turn:
        ports = self.ports_for(tx, contact)
        return take_turn(state, None, None, ports, refused, observer=self.observer)

    def _carried(
        self,
        tx: Tx,
        waiting: Waiting,
        actor: Actor,
        turn: Turn,
        again: Callable[[Refused], Turn],
    ) -> Turn:
        """The turn whose actions were carried out: if one is refused, the one that answers it."""
        if not turn.actions:
            return turn
        try:
            with tx.savepoint():
                self._act(tx, waiting, actor, turn.actions)
        except ActionRefused as refusal:
            turn = again(refusal.refused)
            self._act(tx, waiting, actor, turn.actions)
        return turn

    def _act(self, tx: Tx, waiting: Waiting, actor: Actor, actions: Sequence[Action]) -> None:
        for action in actions:
            try:
                carry_out(
                    tx,
                    action,
                    waiting.conversation,
                    waiting.contact,
                    actor,
                    self.policy,
                    self.changes,
                )
            except DomainError as error:
                raise ActionRefused(Refused(action, error.code, error.params)) from error

    def give_up(self, tx: Tx, job: Job, error: str) -> None:
        """A turn that can't be computed: the message stays, people take over, he is told so."""
        conversation = repository.get(tx, str(job.payload["conversation_id"]))
        if conversation is None:
            return
        # What is read from here on is written back: nobody else may write it meanwhile.
        customers.lock_contact_by_id(tx, conversation.contact_id)
        waiting = load_waiting(tx, conversation.id)
        if waiting is None:
            return
        repository.update_messages(tx, [row.id for row in waiting.rows], turn_state="failed")
        if waiting.conversation.status == "bot":
            self._hand_over(tx, waiting, FAILED)

    def _hand_over(self, tx: Tx, waiting: Waiting, reason: str) -> None:
        state = dataclasses.replace(waiting.state, mode=Mode.HUMAN)
        actor = Actor("system", "system", "Aftercare")
        carry_out(tx, HandOff(reason), waiting.conversation, waiting.contact, actor, self.policy)
        repository.update(
            tx,
            waiting.conversation.id,
            state=state.to_json(),
            state_version=waiting.conversation.state_version + 1,
        )
        self.notifier.tell(tx, waiting.conversation.id, "system.error", {})


class ActionRefused(Exception):
    """Carries what the dialog has to be told."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused


def _keep_body(tx: Tx, message_id: str, body: dict[str, Any]) -> None:
    repository.update_messages(tx, [message_id], body=body)


def _leave_to_people(tx: Tx, job: Job, waiting: Waiting) -> None:
    """While people answer, the bot only marks the message as theirs. Raises: StateMoved: the bot
    may have taken the conversation back, and then nobody else sees that the message waits."""
    lock_unmoved(tx, waiting)
    repository.update_messages(tx, [row.id for row in waiting.rows], turn_state="unanswered")
    jobs.finish(tx, job)
