"""The working copy of a dialog during one turn: what the engine and the repairs change.

It lives no longer than `take_turn`; outside of it there are only frozen states.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from bot.dialogs.actions import Action, HandOff, Refused
from bot.dialogs.flow import Ask, Flow, Known, Offer, Step, Talk
from bot.dialogs.observer import Observer, Outcome
from bot.dialogs.slots import ALL, CONFIRMED, ITEMS, ORDER
from bot.dialogs.state import Choice, DialogState, Frame, Mode, Photo, Prompt, Request
from bot.ports import Ports
from bot.replies import Reply, ReplyOption

MAX_QUEUED: Final = 3
MAX_PHOTOS: Final = 10
MAX_THINGS: Final = 500
"""Characters in which the things of one waiting request are named."""
PHOTO_LIFE: Final = timedelta(days=1)
"""A photo sent before its request was named still counts for it this long."""


class Session:
    """One turn's working copy.

    `begun` is the state the turn began with. `asked` names slots whose raw words answer the
    question just asked; `picked` are the canonical answers of pressed options; `verdict` is what
    was said to a confirmation. `changed` tells that a command changed something; `noted` that
    something was told for a later question; `unplaced` that it fits nothing; `missed` that it
    was not understood; `silent` that no answer is due. `continues` asks for a follow-up turn.
    """

    def __init__(
        self,
        begun: DialogState,
        ports: Ports,
        flows: Mapping[str, Flow],
        refused: Refused | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.observer = observer
        self.begun = begun
        self.ports = ports
        self.flows = flows
        self.refused = refused
        self.locale = begun.locale or ports.shop.default_locale
        self.locale_fixed = begun.locale_fixed
        self.mode = begun.mode
        self.stack = list(begun.stack)
        self.queue = list(begun.queue)
        self.photos = [photo for photo in begun.photos if ports.now - photo.at <= PHOTO_LIFE]
        self.carried = dict(begun.carried)
        self.album = begun.album
        self.prompt: Prompt | None = None
        self.prompts = begun.prompts
        self.replies: list[Reply] = []
        self.actions: list[Action] = []
        self.trace: list[str] = []
        self.asked: set[str] = set()
        self.picked: tuple[str, ...] = ()
        self.verdict = ""
        self.missed = False
        self.noted = False
        self.unplaced = False
        self.changed = False
        self.continues = False
        self.silent = False
        self.flow_ended = False

    # What is going on

    @property
    def top(self) -> Frame | None:
        """The frame that runs."""
        return self.stack[-1] if self.stack else None

    @property
    def top_flow(self) -> Flow | None:
        """The flow of the frame that runs."""
        return self.flows[self.stack[-1].flow] if self.stack else None

    def frame_with(self, slot: str) -> int | None:
        """Index of the nearest frame whose flow asks for `slot`."""
        for index in range(len(self.stack) - 1, -1, -1):
            if slot in self.flows[self.stack[index].flow].slots:
                return index
        return None

    def talk(self, frame: Frame, extra: Mapping[str, Any]) -> Talk:
        """What a step of `frame` may look at; `extra` is derived and looked up before it."""
        return Talk(
            ports=self.ports,
            locale=self.locale,
            slots={**extra, **frame.slots},
            raw=frame.raw,
            taken_back=frame.taken_back,
            photos=tuple(photo.ref for photo in self.photos),
            room=MAX_QUEUED - len(self.queue),
        )

    # Frames

    def start(self, flow: str, raw: Mapping[str, str]) -> None:
        """Put a new frame on top, with what was told before the customer said what he wants.

        Words that may name items add up: "my sneakers are too small" … "refund please".
        """
        self.trace.append(f"start {flow}")
        self.changed = True
        told = {**self.carried, **raw}
        if ITEMS in self.carried and ITEMS in raw:
            told[ITEMS] = f"{self.carried[ITEMS]} {raw[ITEMS]}"
        self.stack.append(Frame(flow=flow, raw=told))
        self.carried = {}

    def enqueue(self, flow: str, raw: Mapping[str, str]) -> bool:
        """Keep a request for later; what one that waits already can be told with it is told to
        that one. False if too many wait: said, so that he knows what he has to write again."""
        for place, waiting in enumerate(self.queue):
            if waiting.flow == flow and (told := told_together(waiting.raw, raw)) is not None:
                self.queue[place] = Request(flow, told)
                self.trace.append(f"waits already: {flow}")
                return True
        if len(self.queue) >= MAX_QUEUED:
            self.trace.append(f"no room for {flow}")
            self.say(Reply("queue.full", {"wish": flow}))
            return False
        self.trace.append(f"queue {flow}")
        self.queue.append(Request(flow, dict(raw)))
        return True

    def put(self, index: int, frame: Frame) -> None:
        """Replace a frame."""
        self.stack[index] = frame

    def drop_above(self, index: int) -> None:
        """Leave the sub-flows and asides above a frame."""
        del self.stack[index + 1 :]

    def know(self, index: int, known: Known) -> None:
        """Store values; what depends on a changed one is void."""
        frame = self.stack[index]
        changed = frozenset(
            name for name, value in known.values.items() if frame.slots.get(name) != value
        )
        void = self.flows[frame.flow].depending_on(changed) - known.values.keys()
        slots = {name: value for name, value in frame.slots.items() if name not in void}
        raw = {name: words for name, words in frame.raw.items() if name not in known.values}
        raw.update(known.words)
        for name in sorted(changed):
            self.trace.append(f"set {frame.flow}.{name}")
        self.put(index, replace(frame, slots={**slots, **known.values}, raw=raw))
        for note in known.notes:
            self.say(note)
        for told in known.later:
            self.enqueue(frame.flow, told)

    def forget(self, index: int, slots: Sequence[str]) -> None:
        """Empty slots and what depends on them; the old values are remembered as taken back."""
        frame = self.stack[index]
        void = self.flows[frame.flow].depending_on(frozenset(slots)) | frozenset(slots)
        taken_back = {name: frame.slots[name] for name in slots if name in frame.slots}
        self.put(
            index,
            replace(
                frame,
                slots={name: value for name, value in frame.slots.items() if name not in void},
                raw={name: words for name, words in frame.raw.items() if name not in void},
                taken_back={**frame.taken_back, **taken_back},
            ),
        )

    # Who watches

    def visited(self, step: Step, outcome: Outcome) -> None:
        """Tell what became of a step of the frame that runs."""
        if self.observer is not None and self.stack:
            self.observer.visited(self.stack[-1].flow, step, outcome)

    # Photos

    def add_photo(self, ref: str) -> None:
        """Keep a checked photo for the request it belongs to; a repeated or eleventh one is not."""
        if len(self.photos) < MAX_PHOTOS and all(photo.ref != ref for photo in self.photos):
            self.photos.append(Photo(ref, self.ports.now))

    # What goes out

    def say(self, reply: Reply) -> None:
        """Say something."""
        self.replies.append(reply)

    def act(self, action: Action) -> None:
        """Want something changed. A handoff also silences the bot."""
        self.actions.append(action)
        self.trace.append(f"act {type(action).__name__}")
        if isinstance(action, HandOff):
            self.mode = Mode.HUMAN

    def ask(self, ask: Ask, *, fresh: bool = False) -> None:
        """Ask a question: it becomes the open prompt.

        Asked again unchanged it keeps its number, so that the buttons shown before stay good;
        `fresh` makes it a new one all the same.
        """
        if ask.clears and self.stack:
            self.forget(len(self.stack) - 1, ask.clears)
        for note in ask.notes:
            self.say(note)
        fingerprint = self.fingerprint(ask)
        last = self.begun.prompt
        if last is not None and last.fingerprint == fingerprint and not fresh:
            number = last.id
        else:
            self.prompts += 1
            number = self.prompts
        self.prompt = Prompt(
            id=number,
            slot=ask.slot,
            fingerprint=fingerprint,
            choices=tuple(_choice(offer) for offer in ask.offers),
            multiple=ask.multiple,
        )
        self.say(_worded(ask, number))
        self.trace.append(f"ask {ask.slot or ask.key}")

    def fingerprint(self, ask: Ask) -> str:
        """Tells questions apart by all that is shown; a confirmation also by all it would do."""
        frame = self.top
        behind = dict(frame.slots) if frame and ask.slot == CONFIRMED else {}
        content = [
            frame.flow if frame else "",
            ask.slot,
            ask.key,
            ask.params,
            [[o.effect, o.value, o.label_key, o.label, dict(o.slots)] for o in ask.offers],
            behind,
        ]
        text = json.dumps(content, sort_keys=True, ensure_ascii=True, default=repr)
        return hashlib.blake2b(text.encode("ascii"), digest_size=12).hexdigest()

    def hand_off(self, reason: str) -> None:
        """Leave everything to a person; said and done by the handoff flow."""
        shown = self.begun.prompt is not None and self.begun.prompt.slot == CONFIRMED
        undone = shown and bool(self.begun.stack)
        self.stack = [Frame(flow="handoff", slots={"reason": reason, "undone": undone})]
        self.queue = []
        self.prompt = None


def told_together(one: Mapping[str, str], other: Mapping[str, str]) -> Mapping[str, str] | None:
    """What two wishes for the same flow tell as one, things named adding up; None if they are two:
    of different orders, or with anything else told differently."""
    if one.get(ORDER) != other.get(ORDER):
        return None
    if any(one[slot] != other[slot] for slot in one.keys() & other.keys() - {ITEMS}):
        return None
    things = dict.fromkeys(told[ITEMS] for told in (one, other) if ITEMS in told)
    named = ALL if ALL in things else " ".join(things)
    if len(named) > MAX_THINGS:
        return None
    return {**one, **other, ITEMS: named} if things else {**one, **other}


def _choice(offer: Offer) -> Choice:
    return Choice(offer.effect, offer.value, offer.label_key, offer.label, offer.slots)


def _worded(ask: Ask, number: int) -> Reply:
    options = tuple(
        ReplyOption(
            value=f"p{number}:{index}",
            label_key=offer.label_key,
            label=offer.label,
            detail_key=offer.detail_key,
            detail=offer.detail,
            params=offer.params,
            image=offer.image,
        )
        for index, offer in enumerate(ask.offers)
    )
    return Reply(
        ask.key, ask.params, options, ask.presentation, ask.multiple, wants_photo=ask.wants_photo
    )
