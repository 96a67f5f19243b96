"""What the desk reads: the queue of refunds, one refund, one ticket with all that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.audit import service as audit
from backend.conversations import repository as conversation_rows
from backend.conversations import service as conversations
from backend.conversations.repository import Attachment
from backend.customers import service as customers
from backend.customers.rules import mask_email, mask_phone
from backend.evidence import service as photos
from backend.evidence.repository import PhotoFacts, Reuse
from backend.kit.actor import Actor, Role, require
from backend.kit.db import Tx
from backend.kit.errors import FieldError, Invalid, NotFound
from backend.kit.pages import COUNTED, MAX_PAGE, Place, Total, read_place
from backend.orders import service as orders
from backend.orders.rules import title_for
from backend.refunds import repository, rules
from backend.refunds.approval import why_not
from backend.refunds.repository import Attempt, QueueRow, Refund, Verdict
from backend.refunds.schemas import (
    AttemptOut,
    DecisionOut,
    EvidenceOut,
    HistoryOut,
    PartOut,
    ReadOut,
    RefundDetailOut,
    RefundPageOut,
    RefundRowOut,
    TicketCustomerOut,
    TicketDetailOut,
    TicketItemOut,
    VerdictOut,
)
from backend.refunds.states import REFUND
from backend.rules import service as tables
from backend.rules.repository import StoredDecision
from backend.rules.tables import REFUND_APPROVAL
from backend.tickets import service as tickets
from backend.tickets.repository import Ticket, TicketRow
from backend.tickets.schemas import MoneyOut, ticket_row_out
from backend.tickets.states import states_of

LABELS = {
    "items": "Items",
    "discount": "Discount share",
    "shipping": "Outbound shipping",
    "return_shipping": "Return shipping",
}

_NOT_FOR_PEOPLE = frozenset({"refund", "change", "order_id", "before", "after"})
"""Of what the log says of a ticket: internal ids and states."""


def list_refunds(
    tx: Tx, actor: Actor, *, status: str | None, cursor: str | None, limit: int
) -> RefundPageOut:
    """Refunds in a state, longest waiting first. Raises: Forbidden, Invalid."""
    require(actor, Role.AGENT)
    states = states_of(REFUND)
    if status is not None and status not in states:
        reason = f"must be one of {', '.join(sorted(states))}"
        raise Invalid("status_unknown", errors=[FieldError("status", reason)])
    wanted = frozenset({status}) if status else states
    limit = max(1, min(limit, MAX_PAGE))
    place = read_place(cursor)
    found = repository.page(tx, wanted, place.key if place else None, limit + 1)
    total = (
        place.total if place else Total.capped(repository.count(tx, wanted, COUNTED + 1), COUNTED)
    )
    rows = found[:limit]
    last = rows[-1].refund if len(found) > limit else None
    return RefundPageOut(
        items=_rows(tx, actor, rows),
        next_cursor=Place(total, last.requested_at, last.id).encode() if last else None,
        total=total.count,
        total_is_exact=total.exact,
    )


def get_refund(tx: Tx, actor: Actor, refund_id: str, locale: str = "en") -> RefundDetailOut:
    """One refund with items, parts, decision, tries and evidence. Raises: Forbidden, NotFound."""
    require(actor, Role.AGENT)
    found = repository.queue_row(tx, refund_id)
    if found is None:
        raise NotFound("refund_not_found")
    return _detail(tx, actor, found, locale)


def get_ticket(tx: Tx, actor: Actor, id_or_number: str, locale: str) -> TicketDetailOut:
    """One ticket with conversation, refund, decisions and history. Raises: Forbidden, NotFound."""
    require(actor, Role.AGENT)
    ticket = tickets.get_ticket(tx, id_or_number)
    order = orders.load_order(tx, ticket.order_id)
    customer = customers.get_customer(tx, order.customer_id)
    refund = repository.of_ticket(tx, ticket.id)
    row = ticket_row_out(TicketRow(ticket, order.number, customer.name))
    said: list[dict[str, Any]] = []
    if ticket.conversation_id is not None:
        said = conversations.transcript(tx, ticket.conversation_id)
    return TicketDetailOut(
        **row.model_dump(),
        comment=ticket.comment,
        conversation_id=ticket.conversation_id,
        items=_items(tx, ticket, locale, order.currency),
        messages=said,
        refund=get_refund(tx, actor, refund.id, locale) if refund else None,
        decisions=[_decision(one) for one in tables.decisions_of(tx, [ticket.id])],
        history=_history(tx, ticket),
        attachments=_evidence(tx, ticket.id),
        customer=TicketCustomerOut(
            name=customer.name,
            tier=customer.tier,
            blacklisted=customer.blacklisted,
            locale=customer.locale,
            email_masked=mask_email(order.email or customer.email),
            phone_masked=mask_phone(order.phone or customer.phone),
        ),
    )


def _rows(tx: Tx, actor: Actor, found: Sequence[QueueRow]) -> list[RefundRowOut]:
    ids = [row.refund.id for row in found]
    ticket_ids = [row.refund.ticket_id for row in found]
    evidence = tickets.evidence_of(tx, ticket_ids)
    verdicts = repository.verdicts_of(tx, ids)
    approvals = {
        one.ticket_id: one
        for one in tables.decisions_of(tx, ticket_ids)
        if one.rule_table == REFUND_APPROVAL.name
    }
    return [
        _row(
            actor,
            row,
            [one for one in verdicts if one.refund_id == row.refund.id],
            approvals.get(row.refund.ticket_id),
            len(evidence.get(row.refund.ticket_id, ())),
        )
        for row in found
    ]


def _row(
    actor: Actor,
    row: QueueRow,
    verdicts: Sequence[Verdict],
    approval: StoredDecision | None,
    evidence_count: int,
) -> RefundRowOut:
    refund = row.refund
    hindrance = why_not(actor, refund, verdicts)
    return RefundRowOut(
        id=refund.id,
        ticket_id=refund.ticket_id,
        ticket_number=row.ticket_number,
        order_number=row.order_number,
        customer_name=row.customer_name,
        customer_tier=row.customer_tier,
        amount=MoneyOut.of(refund.amount, refund.currency),
        status=refund.state,
        reason=refund.reason,
        risk=rules.risk_words(approval.inputs, approval.outputs) if approval else [],
        approvals_required=refund.approvals_required,
        approvals=[
            VerdictOut(
                account_name=one.account_name, verdict=one.verdict, reason=one.reason, at=one.at
            )
            for one in verdicts
        ],
        requested_at=refund.requested_at,
        evidence_count=evidence_count,
        may_approve=hindrance is None,
        why_not=hindrance.code if hindrance else None,
    )


def _detail(tx: Tx, actor: Actor, found: QueueRow, locale: str) -> RefundDetailOut:
    refund = found.refund
    ticket = tickets.get_ticket(tx, refund.ticket_id)
    [row] = _rows(tx, actor, [found])
    attempts = repository.attempts_of(tx, refund.id)
    decided = next(
        (
            one
            for one in tables.decisions_of(tx, [refund.ticket_id])
            if one.rule_table == REFUND_APPROVAL.name
        ),
        None,
    )
    return RefundDetailOut(
        **row.model_dump(),
        items=_items(tx, ticket, locale, refund.currency),
        comment=ticket.comment,
        parts=[
            PartOut(
                kind=kind,
                label=LABELS.get(kind, kind),
                amount=MoneyOut.of(minor, refund.currency),
            )
            for kind, minor in refund.parts
        ],
        decision=_decision(decided) if decided else None,
        return_required=refund.return_required,
        return_shipping_by=refund.return_shipping_by,
        provider_status=attempts[-1].outcome if attempts else None,
        failure=refund.failure,
        outcome_unknown=refund.outcome_unknown,
        finished_at=refund.finished_at,
        attempts=_attempts(tx, refund, attempts),
        evidence=_evidence(tx, refund.ticket_id),
    )


def _attempts(tx: Tx, refund: Refund, attempts: Sequence[Attempt]) -> list[AttemptOut]:
    amounts = {one.id: one.amount for one in repository.transfers_of(tx, refund.id)}
    return [
        AttemptOut(
            number=one.number,
            transfer_id=one.transfer_id,
            amount=MoneyOut.of(amounts[one.transfer_id], refund.currency),
            started_at=one.started_at,
            finished_at=one.finished_at,
            outcome=one.outcome,
            detail=one.detail,
        )
        for one in attempts
    ]


def _decision(made: StoredDecision) -> DecisionOut:
    return DecisionOut(
        table=made.rule_table,
        version=made.version,
        row=made.row_id,
        inputs=dict(made.inputs),
        outputs=dict(made.outputs),
        at=made.decided_at,
    )


def _evidence(tx: Tx, ticket_id: str) -> list[EvidenceOut]:
    refs = tickets.evidence_of(tx, [ticket_id]).get(ticket_id, ())
    if not refs:
        return []
    files = conversation_rows.attachments(tx, refs)
    known, reuse = photos.photos(tx, refs), photos.reuse_of(tx, ticket_id)
    return [_photo(ref, files[ref], known.get(ref), reuse) for ref in refs]


def _photo(
    ref: str, file: Attachment, known: PhotoFacts | None, reuse: Sequence[Reuse]
) -> EvidenceOut:
    read = None
    if known is not None and known.found is not None:
        found = photos.Found.from_json(known.found)
        amounts = [MoneyOut.of(minor, currency) for minor, currency in found.amounts]
        read = ReadOut(orders=list(found.orders), parcels=list(found.parcels), amounts=amounts)
    return EvidenceOut(
        id=ref,
        url=f"/api/v1/attachments/{ref}",
        media_type=file.media_type,
        width=file.width,
        height=file.height,
        seen_in=[one.ticket_number for one in reuse if one.attachment_id == ref],
        hidden=photos.is_hidden(known),
        reading=known.state if known else photos.PLAIN,
        read=read,
    )


def _items(tx: Tx, ticket: Ticket, locale: str, currency: str) -> list[TicketItemOut]:
    lines = tickets.lines_of(tx, ticket.id)
    titles: Mapping[str, Mapping[str, str]] = tickets.titles_of(tx, lines)
    return [
        TicketItemOut(
            title=title_for(titles[line.order_item_id], locale),
            titles=dict(titles[line.order_item_id]),
            quantity=line.quantity,
            amount=None if line.amount is None else MoneyOut.of(line.amount, currency),
        )
        for line in lines
    ]


def _history(tx: Tx, ticket: Ticket) -> list[HistoryOut]:
    return [
        HistoryOut(
            at=entry.at,
            actor=entry.actor_name,
            action=entry.action,
            facts=_facts(entry.data),
        )
        for entry in audit.history_of(tx, tickets.subject(ticket))
    ]


def _facts(data: Mapping[str, Any]) -> dict[str, str]:
    """For people: states stand in the action's name, and nobody reads ids."""
    return {
        name: ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in data.items()
        if name not in _NOT_FOR_PEOPLE and value not in (None, "", False)
    }
