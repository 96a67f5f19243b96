"""Tickets: opened with the units they claim, moved by their kind's table.

Whoever opens or moves a ticket holds the lock of its order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from backend.audit import service as audit
from backend.audit.rules import clean_text
from backend.conversations import repository as conversations
from backend.kit.actor import Actor
from backend.kit.db import Tx
from backend.kit.errors import FieldError, Invalid, NotFound
from backend.tickets import repository
from backend.tickets.events import TicketMoved
from backend.tickets.repository import Claim, Ticket, TicketLine, TicketRow
from backend.tickets.states import (
    MACHINES,
    RELEASED,
    START,
    STATUS,
    ends_of,
    take,
)

MAX_COMMENT = 2_000


@dataclass(frozen=True, slots=True)
class NewTicketLine:
    """Units (numbered from 0) of an order's item; `amount` is what they bring, in minor units."""

    order_item_id: str
    units: tuple[int, ...]
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What a ticket is opened with. `evidence`: ids of attachments of its conversation."""

    kind: str
    order_id: str
    customer_id: str | None
    contact_id: str | None
    conversation_id: str | None
    reason: str
    lines: tuple[NewTicketLine, ...]
    comment: str = ""
    evidence: tuple[str, ...] = ()
    amount: int | None = None
    currency: str | None = None


def open_ticket(
    tx: Tx, new: NewTicket, actor: Actor, *, timezone: str, at: datetime | None = None
) -> Ticket:
    """Open a ticket, numbered by the day in `timezone` (IANA), and claim its units.

    `at` is when, if not now (histories). Raises: Invalid for evidence that isn't the
    conversation's; the database refuses units that another ticket holds.
    """
    _check_evidence(tx, new)
    when = at or tx.now
    day = f"{when.astimezone(ZoneInfo(timezone)):%Y%m%d}"
    opened = Ticket(
        id=tx.ids.new(),
        number=f"AS{day}-{repository.next_number(tx, day)}",
        kind=new.kind,
        state=START,
        order_id=new.order_id,
        customer_id=new.customer_id,
        contact_id=new.contact_id,
        conversation_id=new.conversation_id,
        reason=new.reason,
        comment=clean_text(new.comment, MAX_COMMENT),
        amount=new.amount,
        currency=new.currency,
        created_at=when,
        updated_at=when,
        closed_at=None,
    )
    lines = [TicketLine(line.order_item_id, len(line.units), line.amount) for line in new.lines]
    units = [(line.order_item_id, unit) for line in new.lines for unit in line.units]
    repository.add(tx, opened, lines, units, list(dict.fromkeys(new.evidence)))
    data = {"kind": new.kind, "order_id": new.order_id, "reason": new.reason}
    audit.record(tx, actor, "ticket.opened", subject(opened), data)
    tx.emit(_moved(opened, ""))
    return opened


def move_ticket(tx: Tx, ticket: Ticket, action: str, actor: Actor) -> Ticket:
    """Take a step of the ticket's table. Raises: Conflict, Forbidden."""
    machine = MACHINES[ticket.kind]
    state = take(machine, ticket.state, action, actor)
    closed_at = tx.now if state in ends_of(machine) else None
    repository.set_state(tx, ticket.id, state, closed_at)
    if state in RELEASED:
        repository.release_units(tx, ticket.id)
    audit.record(
        tx,
        actor,
        f"ticket.{action}",
        subject(ticket),
        {"before": ticket.state, "after": state},
    )
    moved = replace(ticket, state=state, updated_at=tx.now, closed_at=closed_at)
    tx.emit(_moved(moved, ticket.state))
    return moved


def subject(ticket: Ticket) -> str:
    """The ticket's name in the audit log."""
    return f"ticket:{ticket.number}"


def get_ticket(tx: Tx, id_or_number: str) -> Ticket:
    """One ticket. Raises: NotFound."""
    found = repository.get(tx, id_or_number)
    if found is None:
        raise NotFound("ticket_not_found")
    return found


def tickets_of_contact(tx: Tx, contact_id: str, limit: int = 5) -> Sequence[TicketRow]:
    """A contact's own tickets, newest first."""
    return repository.of_contact(tx, contact_id, limit)


def claims_of_order(tx: Tx, order_id: str) -> Sequence[Claim]:
    """The units of an order that open or fulfilled tickets hold."""
    return repository.claims_of_order(tx, order_id)


def claimed_quantities(tx: Tx, order_id: str) -> Mapping[str, int]:
    """Item id -> how many of its units open or fulfilled tickets hold."""
    return Counter(claim.order_item_id for claim in claims_of_order(tx, order_id))


def lines_of(tx: Tx, ticket_id: str) -> Sequence[TicketLine]:
    """What a ticket is about, in the order's own order."""
    return repository.lines_of(tx, ticket_id)


def titles_of(tx: Tx, lines: Sequence[TicketLine]) -> Mapping[str, Mapping[str, str]]:
    """Item id -> titles by locale."""
    return repository.titles_of(tx, [line.order_item_id for line in lines])


def evidence_of(tx: Tx, ticket_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Ticket id -> ids of its evidence; tickets without any are left out."""
    return repository.evidence_of(tx, ticket_ids)


def _check_evidence(tx: Tx, new: NewTicket) -> None:
    if not new.evidence:
        return
    known = conversations.attachments(tx, list(new.evidence))
    for ref in new.evidence:
        if ref not in known or known[ref].conversation_id != new.conversation_id:
            raise Invalid("evidence_unknown", errors=[FieldError("evidence", f"unknown: {ref}")])


def _moved(ticket: Ticket, before: str) -> TicketMoved:
    return TicketMoved(
        ticket.id,
        ticket.number,
        ticket.conversation_id,
        before,
        ticket.state,
        STATUS[ticket.state],
    )
