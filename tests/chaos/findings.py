"""What a checker found, and the threads it follows through a record and the tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tests.chaos.record import Customer, Receipt, Record, Sent
from tests.chaos.tables import Row, Tables

KINDS = (
    "lost",
    "turn_twice",
    "wrong_answer",
    "disclosed",
    "out_of_order",
    "reply_lost",
    "reply_twice",
    "refund",
    "audit",
    "stuck",
    "client",
)
"""Kinds of violations: `lost` an accepted message, `turn_twice` one turn's effect two times,
`wrong_answer` other words than an undisturbed customer gets, `disclosed` something of another
customer's, `refund` double, missing, untold or without a yes,
`stuck` work that never ended, `client` what customers' own programs complained of."""


@dataclass(frozen=True)
class Violation:
    """A broken promise: what kind, about whom, what exactly."""

    kind: str
    who: str
    detail: str


@dataclass
class Findings:
    """What came of it. `violations` must be empty; `repeats` may be what `may_repeat` allows."""

    conversations: int = 0
    accepted: int = 0
    handed_over: int = 0
    """Deliveries of messages to us: first tries, retries and repeats."""
    turns: int = 0
    replies: int = 0
    refunds: int = 0
    audit_entries: int = 0
    repeats: int = 0
    """Replies a customer saw once more, on channels without an idempotency key."""
    may_repeat: int = 0
    """How many of those sends had begun and were not yet recorded when something broke."""
    violations: list[Violation] = field(default_factory=list)

    def broken(self, kind: str, who: str, detail: str) -> None:
        """Note a violation."""
        assert kind in KINDS, kind
        self.violations.append(Violation(kind, who, detail))

    def by_kind(self) -> Mapping[str, int]:
        """How many violations of each kind."""
        return Counter(each.kind for each in self.violations)


@dataclass(frozen=True)
class Thread:
    """One customer's conversation from both sides."""

    customer: Customer
    sent: Sequence[Sent]
    receipts: Sequence[Receipt]
    conversations: Sequence[Row]
    messages: Sequence[Row]

    @property
    def incoming(self) -> Sequence[Row]:
        """What is stored of the customer's messages, without the opening of the chat."""
        return [row for row in self.messages if is_incoming(row) and not is_opening(row)]

    @property
    def outgoing(self) -> Sequence[Row]:
        """What was said to him, in order of its number."""
        return [row for row in self.messages if row["author"] == "bot"]

    @cached_property
    def said_yes(self) -> bool:
        """Whether the service has his yes to the refund: said to be accepted, or stored although
        its answer was cut off."""
        stored = {row["external_id"] for row in self.incoming}
        return any(
            one.confirms and (one.accepted is not None or one.external_id in stored)
            for one in self.sent
        )

    @cached_property
    def step_of(self) -> Mapping[str, str]:
        """Stored message -> step of the script; the opening of the chat is a step of its own."""
        steps = {one.external_id: step_of(one) for one in self.sent}
        return {
            row["id"]: "opened" if is_opening(row) else steps.get(row["external_id"], "unknown")
            for row in self.messages
            if is_incoming(row)
        }


def step_of(sent: Sent) -> str:
    """A message's step in the script; the photos of an album are one step."""
    return sent.step.partition(".")[0] if sent.group else sent.step


def is_incoming(row: Row) -> bool:
    """Whether a stored message is a customer's."""
    return bool(row["author"] == "customer")


def is_opening(row: Row) -> bool:
    """Whether it is the opening of a web chat, which the service notes by itself."""
    return row["body"].get("kind") == "start" and ":opened-" in (row["external_id"] or "")


def key_of(row: Row) -> str:
    """Which template a reply was worded by."""
    return str(row["body"].get("template_key"))


def threads(record: Record, tables: Tables) -> list[Thread]:
    """Every customer with what belongs to him."""
    sent: dict[str, list[Sent]] = defaultdict(list)
    for one in record.sent:
        sent[one.customer].append(one)
    receipts: dict[tuple[str, str], list[Receipt]] = defaultdict(list)
    for receipt in record.receipts:
        receipts[receipt.channel, receipt.to].append(receipt)
    contacts = {
        (row["channel_account"], row["external_id"]): row["id"] for row in tables["contact"]
    }
    conversations: dict[str, list[Row]] = defaultdict(list)
    for row in tables["conversation"]:
        conversations[row["contact_id"]].append(row)
    messages: dict[str, list[Row]] = defaultdict(list)
    for row in tables["message"]:
        messages[row["conversation_id"]].append(row)
    found = []
    for customer in record.customers:
        own = conversations[contacts.get((customer.account, customer.contact), "")]
        found.append(
            Thread(
                customer,
                sent[customer.name],
                receipts[customer.channel, customer.contact],
                own,
                [row for one in own for row in messages[one["id"]]],
            )
        )
    return found
