"""What a flow is made of: a few types of steps, and what a step may answer.

A flow is a list of steps. At each turn its frame runs from the top and passes every step that is
already satisfied; the first that isn't asks, and the turn ends. So there is no position to keep:
take a slot back and the flow stands at that question again.

Steps hold plain functions of a `Talk`. They only read; what shall change is in what they return.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.dialogs.actions import Action, Refused
from bot.dialogs.state import Effect
from bot.messages import Presentation
from bot.ports import Ports
from bot.replies import Reply


@dataclass(frozen=True, slots=True)
class Talk:
    """What a step may look at.

    `slots` holds what is known at this point of the flow: told by the customer, derived, and
    looked up by earlier steps. `raw` are words still unread, `taken_back` values he took back;
    `room` how many more requests can wait for their turn.
    """

    ports: Ports
    locale: str
    slots: Mapping[str, Any]
    raw: Mapping[str, str] = field(default_factory=dict)
    taken_back: Mapping[str, Any] = field(default_factory=dict)
    photos: tuple[str, ...] = ()
    room: int = 0


@dataclass(frozen=True, slots=True)
class Given:
    """An answer to read: `picked` canonical values of options, or else `words` as typed.

    `asked` tells an answer to the question just asked from something said earlier or besides;
    `corrects` that it takes another value back.
    """

    words: str = ""
    picked: tuple[str, ...] = ()
    asked: bool = False
    corrects: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """An option of a question: what picking it does, and what is shown for it."""

    effect: Effect
    value: str = ""
    label_key: str = ""
    label: str = ""
    detail_key: str = ""
    detail: str = ""
    params: Mapping[str, object] = field(default_factory=dict)
    image: str | None = None
    slots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask and wait. `slot` is what a typed answer fills; `clears` slots that are void from now on;
    `notes` are said before."""

    slot: str
    key: str
    params: Mapping[str, object] = field(default_factory=dict)
    offers: tuple[Offer, ...] = ()
    presentation: Presentation = Presentation.BUTTONS
    multiple: bool = False
    wants_photo: bool = False
    clears: tuple[str, ...] = ()
    notes: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """An answer was read: values for one or more slots (JSON values), words that other slots
    shall read in their turn, and what to say of it. `later`: what the same flow shall be told when
    it runs again after this, once for each."""

    values: Mapping[str, Any]
    notes: tuple[Reply, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    later: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Bad:
    """An answer was read and can't be: said, then asked again."""

    note: Reply


@dataclass(frozen=True, slots=True)
class End:
    """The flow is over. `offers` go with the last of `notes`; `handoff` brings a person in."""

    notes: tuple[Reply, ...] = ()
    offers: tuple[Offer, ...] = ()
    handoff: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A value for the later steps of this pass; it is looked up anew at each turn."""

    value: object


@dataclass(frozen=True, slots=True)
class Again:
    """Ask the confirmation anew, as a new question: an earlier yes no longer counts."""

    notes: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on in a follow-up turn, once the actions are carried out; `values` are kept till then."""

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """What an act leads to: actions for the house, words, and how the flow goes on."""

    actions: tuple[Action, ...]
    notes: tuple[Reply, ...] = ()
    then: End | Ask | Resume = field(default_factory=End)


Test = Callable[[Talk], bool]


@dataclass(frozen=True, slots=True)
class Collect:
    """Get a slot's value.

    `read` takes an answer (None: it is nothing for this slot); `guess` fills it, before asking,
    from what else was said; `derive` gives a value that follows from other slots and is never
    stored; `complete` says when a stored value is enough. `when` skips the step.
    """

    slot: str
    ask: Callable[[Talk], Ask | End]
    read: Callable[[Talk, Given], Known | Bad | Ask | End | None]
    guess: Callable[[Talk], Known | None] | None = None
    derive: Callable[[Talk], Any] | None = None
    complete: Test | None = None
    when: Test | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """Look something up for the later steps, under `slot`; or say why the flow can't go on so."""

    slot: str
    look: Callable[[Talk], Found | Ask | End]


@dataclass(frozen=True, slots=True)
class Check:
    """See that the flow may go on."""

    check: Callable[[Talk], Ask | End | None]


@dataclass(frozen=True, slots=True)
class Call:
    """Run another flow first. `give` is what it is told; `take` names its slots whose values come
    back as words for slots here."""

    flow: str
    when: Test
    give: Callable[[Talk], Mapping[str, str]]
    take: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Confirm:
    """Show what will be done and go on only at a clear yes to exactly that."""

    ask: Callable[[Talk], Ask]
    no: Callable[[Talk], Ask | End]


@dataclass(frozen=True, slots=True)
class Say:
    """Say something once, and go on. `mark` remembers that it was said."""

    mark: str
    say: Callable[[Talk], tuple[Reply, ...]]


@dataclass(frozen=True, slots=True)
class Act:
    """Do it. `refused` says what becomes of the flow when the house refused the action."""

    act: Callable[[Talk], Done | Ask | End]
    refused: Callable[[Talk, Refused], Ask | End | Again]


Step = Collect | Look | Check | Call | Confirm | Say | Act


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow. `needs` maps a slot to those it depends on: when one of them changes, it is void.

    `aside` flows only tell something: they run in the middle of another flow, which then goes on.
    `photos`: photos sent while it runs belong to it.
    """

    id: str
    steps: tuple[Step, ...]
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aside: bool = False
    photos: bool = False

    @property
    def slots(self) -> frozenset[str]:
        """The slots this flow asks for."""
        return frozenset(step.slot for step in self.steps if isinstance(step, Collect))

    def collect(self, slot: str) -> Collect | None:
        """The step that gets this slot."""
        for step in self.steps:
            if isinstance(step, Collect) and step.slot == slot:
                return step
        return None

    def depending_on(self, changed: frozenset[str]) -> frozenset[str]:
        """All slots that are void when `changed` change, directly or through others."""
        void: set[str] = set()
        while True:
            more = {
                slot
                for slot, needed in self.needs.items()
                if slot not in void and (changed | void).intersection(needed)
            }
            if not more:
                return frozenset(void)
            void |= more
