"""Refunds, and tickets with all that belongs to them, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from backend.tickets.schemas import MoneyOut, TicketRowOut


class VerdictIn(BaseModel):
    """Why. `note` is told to the customer with a rejection."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(max_length=500)] = ""
    note: Annotated[str, Field(max_length=500)] = ""


class VerdictOut(BaseModel):
    """A person's verdict: approve or reject."""

    account_name: str
    verdict: str
    reason: str
    at: datetime


class RefundRowOut(BaseModel):
    """A refund in the queue. `risk` names what makes it risky; `why_not` is the code of what keeps
    the caller from approving it: already_decided, people_only, role_too_low, own_request,
    second_person_needed, manager_needed."""

    id: str
    ticket_id: str
    ticket_number: str
    order_number: str
    customer_name: str
    customer_tier: str
    amount: MoneyOut
    status: str
    reason: str
    risk: list[str]
    approvals_required: int
    approvals: list[VerdictOut]
    requested_at: datetime
    evidence_count: int
    may_approve: bool
    why_not: str | None


class RefundPageOut(BaseModel):
    """Longest waiting first; `next_cursor` is null on the last page.

    `total` is that of the first page; unless `total_is_exact` there are more.
    """

    items: list[RefundRowOut]
    next_cursor: str | None
    total: int
    total_is_exact: bool


class PartOut(BaseModel):
    """A part of the amount: items (+), discount (−), shipping (+), return_shipping (−)."""

    kind: str
    label: str
    amount: MoneyOut


class DecisionOut(BaseModel):
    """Which row of which version of a decision table decided, on what."""

    table: str
    version: int
    row: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    at: datetime


class AttemptOut(BaseModel):
    """A try to pay one transfer. `outcome`: succeeded, pending, unknown, refused; null: not yet."""

    number: int
    transfer_id: str
    amount: MoneyOut
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    detail: str


class ReadOut(BaseModel):
    """What was read from a photo. Nobody has checked it, and it proves nothing."""

    orders: list[str]
    parcels: list[str]
    amounts: list[MoneyOut]


class EvidenceOut(BaseModel):
    """A photo the customer sent as evidence.

    `seen_in`: numbers of other tickets that have the same picture. `hidden`: it may show nudity,
    so it is shown only to who asks for it (`POST /attachments/{id}/open`). `read` is null where no
    text was looked for; `reading` is waiting, done, failed, or plain (not to be read).
    """

    id: str
    url: str
    media_type: str
    width: int | None
    height: int | None
    seen_in: list[str]
    hidden: bool
    reading: str
    read: ReadOut | None


class TicketItemOut(BaseModel):
    """Units of an item a ticket is about. `title` follows Accept-Language where a ticket is asked
    for, and is English where a refund is; `titles` has all."""

    title: str
    titles: dict[str, str]
    quantity: int
    amount: MoneyOut | None


class RefundDetailOut(RefundRowOut):
    """A refund with all that is known of it. `failure` is the code of what went wrong; `comment`
    what the customer wrote."""

    items: list[TicketItemOut]
    comment: str
    parts: list[PartOut]
    decision: DecisionOut | None
    return_required: bool
    return_shipping_by: str
    provider_status: str | None
    failure: str | None
    outcome_unknown: bool
    finished_at: datetime | None
    attempts: list[AttemptOut]
    evidence: list[EvidenceOut]


class HistoryOut(BaseModel):
    """An entry of the audit log. `facts`: what it says, by name, without internal ids."""

    at: datetime
    actor: str
    action: str
    facts: dict[str, str]


class TicketCustomerOut(BaseModel):
    """The customer of the order, addresses masked."""

    name: str
    tier: str
    blacklisted: bool
    locale: str | None
    email_masked: str | None
    phone_masked: str | None


class TicketDetailOut(TicketRowOut):
    """A ticket with its conversation, refund, decisions and history."""

    comment: str
    conversation_id: str | None
    items: list[TicketItemOut]
    messages: list[dict[str, Any]]
    refund: RefundDetailOut | None
    decisions: list[DecisionOut]
    history: list[HistoryOut]
    attachments: list[EvidenceOut]
    customer: TicketCustomerOut
