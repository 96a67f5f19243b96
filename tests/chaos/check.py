"""The independent checker: compares what customers and vendors saw with what was stored.

It reads the record of the senders and the vendors, and the tables by plain SQL; of the service it
knows the names of tables and columns and the documented form of the audit log, none of its code.
How a conversation has to go is learnt from calm customers, who came before the storm.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from tests.chaos.check_deliveries import check_deliveries
from tests.chaos.check_money import check_audit, check_money
from tests.chaos.findings import Findings, Thread, is_incoming, key_of, step_of, threads
from tests.chaos.record import Record, Sent
from tests.chaos.tables import Row, Tables

Usual = Mapping[str, Mapping[str, Counter[str]]]
"""Script -> step -> which templates answer it, perhaps none; `notices` is what is said besides."""

NOT_AN_ANSWER = frozenset({"system.busy"})
"""Said when there is much to do, by no script."""


IN_ORDER = frozenset({"wecom_kf"})
"""Channels whose vendor hands out messages in their order, so that none can overtake another."""


def check(record: Record, tables: Tables) -> Findings:
    """All promises, one after another."""
    findings = Findings(conversations=len(record.customers))
    found = threads(record, tables)
    usual = _usual(found)
    for thread in found:
        _check_stored(findings, thread)
        _check_turns(findings, thread, usual)
        _check_order(findings, thread)
        _check_shown(findings, thread)
        check_deliveries(findings, thread, record.faults, tables)
    check_money(findings, found, tables)
    check_audit(findings, tables)
    _check_jobs(findings, tables)
    return findings


def _check_stored(findings: Findings, thread: Thread) -> None:
    """Each accepted message is there, once, as it was sent; and none that nobody sent."""
    name = thread.customer.name
    if len(thread.conversations) != 1:
        findings.broken("turn_twice", name, f"has {len(thread.conversations)} conversations")
    numbers = [row["seq"] for row in thread.messages]
    if numbers != list(range(1, len(numbers) + 1)):
        findings.broken("lost", name, f"message numbers {numbers}")
    stored = {row["external_id"]: row for row in thread.incoming}
    for one in thread.sent:
        findings.handed_over += one.tries
        row = stored.pop(one.external_id, None)
        if one.accepted is None:
            continue
        findings.accepted += 1
        if row is None:
            findings.broken("lost", name, f"{one.external_id} was accepted and is not there")
        elif one.text not in (row["body"]["text"], row["body"]["choice"], ""):
            findings.broken("lost", name, f"{one.external_id} says {row['body']}")
        elif row["turn_state"] != "done":
            findings.broken("lost", name, f"{one.external_id}: turn is {row['turn_state']}")
    for external_id in stored:
        findings.broken("turn_twice", name, f"{external_id} was never sent by anybody")


def _usual(found: Sequence[Thread]) -> Usual:
    return {
        thread.customer.script: {
            **{step: Counter[str]() for step in _steps(thread)},
            **{step: Counter(keys) for step, keys in _answers(thread).items()},
            "notices": Counter(_notices(thread)),
        }
        for thread in found
        if thread.customer.calm
    }


def _answers(thread: Thread) -> Mapping[str, Sequence[str]]:
    """Step -> the templates of the answers to it. An album is one step, in however many turns."""
    answers: dict[str, list[str]] = defaultdict(list)
    for row in thread.outgoing:
        if row["answers"] is not None:
            answers[thread.step_of.get(row["answers"], "unknown")].append(key_of(row))
    return answers


def _steps(thread: Thread) -> set[str]:
    """What the customer is known to have said."""
    return {step_of(one) for one in thread.sent if one.accepted is not None}


def _notices(thread: Thread) -> list[str]:
    unasked = [key_of(row) for row in thread.outgoing if row["answers"] is None]
    return [key for key in unasked if key not in NOT_AN_ANSWER]


def _check_turns(findings: Findings, thread: Thread, usual: Usual) -> None:
    """Each message was answered by one turn, with the words an undisturbed customer gets."""
    name, expected = thread.customer.name, usual.get(thread.customer.script)
    # Every turn writes the state once: its version counts them, whatever they said.
    turns = sum(row["state_version"] for row in thread.conversations)
    findings.turns += turns
    findings.replies += len(thread.outgoing)
    least, most = _turns(thread)
    if turns > most:
        findings.broken("turn_twice", name, f"{turns} turns were taken, {most} at most were due")
    elif turns < least:
        findings.broken("lost", name, f"{turns} turns were taken, {least} were due")
    if expected is None:
        findings.broken("wrong_answer", name, f"no calm customer spoke {thread.customer.script}")
        return
    answers = _answers(thread)
    for step in sorted(_steps(thread) | set(answers)):
        _compare(findings, thread, step, Counter(answers.get(step, ())), expected.get(step))
    if thread.customer.finished:
        _compare(findings, thread, "notices", Counter(_notices(thread)), expected["notices"])


def _turns(thread: Thread) -> tuple[int, int]:
    """How many turns the stored messages are worth, at least and at most. An album is one turn,
    and each photo that comes when that has been taken is one more."""
    photos = [row["body"]["group_id"] for row in thread.incoming if row["body"]["group_id"]]
    others = sum(is_incoming(row) for row in thread.messages) - len(photos)
    return others + len(set(photos)), others + len(photos)


def _compare(
    findings: Findings,
    thread: Thread,
    step: str,
    got: Counter[str],
    wanted: Counter[str] | None,
) -> None:
    if wanted is None or got == wanted:
        if wanted is None:
            findings.broken("wrong_answer", thread.customer.name, f"step {step} is in no script")
        return
    albums = {step_of(one) for one in thread.sent if one.group}
    if step in albums and not wanted - got:
        return  # a photo that came late was answered by itself
    kind = "turn_twice" if not wanted - got else "wrong_answer"
    findings.broken(
        kind, thread.customer.name, f"step {step} was answered {dict(got)}, not {dict(wanted)}"
    )


def _check_order(findings: Findings, thread: Thread) -> None:
    """Turns follow the vendor's order among all messages that had been accepted.

    A message was there in time for a turn when it was accepted before the previous turn of the
    conversation was stored, or before the turn's own message had so much as set out.
    """
    sent = {one.external_id: one for one in thread.sent}
    by_id = {row["id"]: row for row in thread.messages if is_incoming(row)}
    taken: list[tuple[Sent, float]] = []
    for row in thread.outgoing:
        source = by_id.get(row["answers"] or "")
        one = sent.get(source["external_id"]) if source else None
        if one is not None and (not taken or taken[-1][0] is not one):
            taken.append((one, row["sent_at"].timestamp()))
    in_order = thread.customer.channel in IN_ORDER
    for place, (one, _at) in enumerate(taken):
        before = taken[place - 1][1] if place else 0.0
        for later, _ in taken[place + 1 :]:
            if later.order > one.order or later.accepted is None:
                continue
            if in_order or later.accepted < max(before, one.first_sent):
                findings.broken(
                    "out_of_order",
                    thread.customer.name,
                    f"{one.external_id} was answered before {later.external_id}",
                )


def _check_shown(findings: Findings, thread: Thread) -> None:
    """What the customer's own client was shown is what is stored, without gap or repetition."""
    customer = thread.customer
    for complaint in customer.complaints:
        findings.broken("client", customer.name, complaint)
    stored = {row["seq"]: row["id"] for row in thread.messages}
    for number, message_id in customer.seen.items():
        if stored.get(number) != message_id:
            findings.broken("reply_lost", customer.name, f"was shown {message_id} as {number}")
    for connection in customer.connections:
        first = connection.after + 1
        if connection.pushed != list(range(first, first + len(connection.pushed))):
            findings.broken(
                "out_of_order",
                customer.name,
                f"pushed {connection.pushed} after {connection.after}",
            )


def _check_jobs(findings: Findings, tables: Tables) -> None:
    for row in tables["job"]:
        if row["state"] != "done":
            findings.broken("stuck", f"job {row['id']}", _job_words(row))


def _job_words(row: Row) -> str:
    return f"{row['kind']} {row['payload']} is {row['state']}: {row['last_error']}"
