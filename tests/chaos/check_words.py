"""Checks what replies say: what an undisturbed customer is told, and nothing of anybody else."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.chaos.findings import Findings, Thread, key_of, step_of
from tests.chaos.record import Record
from tests.chaos.tables import Row, Tables

NOT_AN_ANSWER = frozenset({"system.busy"})
"""Said when there is much to do, by no script."""
NOTICES = "notices"
"""What is said besides answers stands under this name, beside the steps of a script."""

_NAME = re.compile(r"[A-Za-z]+\d+(?:-\d+)?|\d{6,}")
"""What names of customers, orders, tickets and contacts look like here, and few other words do."""


@dataclass(frozen=True)
class Reply:
    """What a reply says, without what is the customer's own: `Order {order}`."""

    key: str
    text: str
    options: tuple[str, ...]


Usual = Mapping[str, Mapping[str, Counter[Reply]]]
"""Script -> step -> what answers it, perhaps nothing; `notices` is what is said besides."""


class Owners:
    """Whose the names, order numbers, ticket numbers and contacts of a campaign are."""

    def __init__(self, record: Record, tables: Tables) -> None:
        self._of: dict[str, tuple[str, str]] = {}
        buyers = {one.order_number: one.name for one in record.customers}
        orders = {row["id"]: row["number"] for row in tables["order"]}
        for number in orders.values():
            self._note(number, buyers.get(number, "nobody who came"), "{order}")
        for row in tables["ticket"]:
            owner = buyers.get(orders.get(row["order_id"], ""), "nobody who came")
            self._note(row["number"], owner, "{ticket}")
        for one in record.customers:
            self._note(one.contact, one.name, "{contact}")
            self._note(one.name, one.name, "{name}")

    def impersonal(self, customer: str, text: str) -> str:
        """The text with what is this customer's own taken out. An order's price, day and parcel
        need not be: they are the same for all orders of a campaign, but its number."""

        def plain(match: re.Match[str]) -> str:
            owner, kind = self._of.get(match[0].upper(), ("", ""))
            return kind if owner == customer else match[0]

        return _NAME.sub(plain, text)

    def of_others(self, customer: str, text: str) -> list[str]:
        """What stands in the text that is another customer's."""
        named = ((word, self._of.get(word.upper())) for word in _NAME.findall(text))
        return [f"{word} of {owned[0]}" for word, owned in named if owned and owned[0] != customer]

    def _note(self, text: str, owner: str, kind: str) -> None:
        for word in _NAME.findall(text):
            self._of[word.upper()] = owner, kind


class Words:
    """The words of a campaign: learnt from its calm customers, to be the same for everybody."""

    def __init__(self, record: Record, tables: Tables, found: Sequence[Thread]) -> None:
        self._owners = Owners(record, tables)
        self._usual: Usual = {
            thread.customer.script: {
                **{step: Counter[Reply]() for step in _steps(thread)},
                **self._replies(thread),
            }
            for thread in found
            if thread.customer.calm
        }

    def check(self, findings: Findings, thread: Thread) -> None:
        """One customer's replies: as stored, and as they came to him."""
        self._check_disclosed(findings, thread)
        name, script = thread.customer.name, thread.customer.script
        if script not in self._usual:
            findings.broken("wrong_answer", name, f"no calm customer spoke {script}")
            return
        usual, replies = self._usual[script], self._replies(thread)
        for step in sorted(_steps(thread) | set(replies)):
            if step not in usual:
                findings.broken("wrong_answer", name, f"step {step} is in no script")
                continue
            got, wanted = replies.get(step, Counter()), usual[step]
            if step == NOTICES and not (thread.customer.finished or thread.said_yes):
                wanted = wanted & got  # they come after his yes
            _compare(findings, thread, step, got, wanted)

    def _replies(self, thread: Thread) -> dict[str, Counter[Reply]]:
        """Step -> what answers it. An album is one step, in however many turns."""
        replies: dict[str, Counter[Reply]] = defaultdict(Counter)
        replies[NOTICES] = Counter()
        for row in thread.outgoing:
            if row["answers"] is not None:
                step = thread.step_of.get(row["answers"], "unknown")
                replies[step][self._reply(thread, row)] += 1
            elif key_of(row) not in NOT_AN_ANSWER:
                replies[NOTICES][self._reply(thread, row)] += 1
        return dict(replies)

    def _reply(self, thread: Thread, row: Row) -> Reply:
        name = thread.customer.name
        return Reply(
            key_of(row),
            self._owners.impersonal(name, row["body"]["text"]),
            tuple(self._owners.impersonal(name, label) for label in _labels(row)),
        )

    def _check_disclosed(self, findings: Findings, thread: Thread) -> None:
        """Nobody hears about an order that isn't his, nor of its ticket or its owner."""
        name = thread.customer.name
        for where, text in _texts(thread):
            for word in self._owners.of_others(name, text):
                findings.broken("disclosed", name, f"{where} tells {word}: {text!r}")


def _texts(thread: Thread) -> Iterator[tuple[str, str]]:
    """Everything a customer could read of ours: where it stands, its words."""
    for row in thread.outgoing:
        for text in (row["body"]["text"], *_labels(row)):
            yield f"reply {row['id']}", text
    for receipt in thread.receipts:
        yield "what the vendor was sent", receipt.text
    for number, shown in [*thread.customer.seen.items(), *thread.customer.told]:
        yield f"what he was shown as {number}", shown.text


def _labels(row: Row) -> list[str]:
    return [str(option["label"]) for option in row["body"].get("options", ())]


def _steps(thread: Thread) -> set[str]:
    """What the customer is known to have said."""
    return {step_of(one) for one in thread.sent if one.accepted is not None}


def _compare(
    findings: Findings, thread: Thread, step: str, got: Counter[Reply], wanted: Counter[Reply]
) -> None:
    missing, beyond = wanted - got, got - wanted
    albums = {step_of(one) for one in thread.sent if one.group}
    if not missing and (not beyond or step in albums):
        return  # a photo that came late was answered by itself
    kind = "wrong_answer" if missing else "turn_twice"
    told = f"step {step} was answered {_told(beyond)}, not {_told(missing)}"
    findings.broken(kind, thread.customer.name, told)


def _told(replies: Counter[Reply]) -> str:
    words = [f"{times} × {one.key} {one.text!r}" for one, times in replies.items()]
    return "; ".join(words) or "nothing"
