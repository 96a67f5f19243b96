"""Carries out what a turn wants changed: one table from action to use case.

Permission, limits and amounts are checked by the use cases themselves, under their locks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from backend.conversations import service as conversations
from backend.conversations.repository import Conversation
from backend.customers.repository import Contact
from backend.kit.actor import Actor
from backend.kit.db import Tx
from backend.kit.money import Money
from backend.orders import service as orders
from backend.refunds import service as refunds
from backend.refunds.facts import RefundPolicy
from bot.dialogs.actions import (
    Action,
    CountFailedVerification,
    GrantOrderAccess,
    HandOff,
    RequestRefund,
    WithdrawRequest,
)


def carry_out(
    tx: Tx,
    action: Action,
    conversation: Conversation,
    contact: Contact,
    actor: Actor,
    policy: RefundPolicy,
) -> None:
    """Do it. Raises: DomainError with the code the dialog has a template for."""
    _TABLE[type(action)](_Case(tx, conversation, contact, actor, policy), action)


@dataclass(frozen=True, slots=True)
class _Case:
    tx: Tx
    conversation: Conversation
    contact: Contact
    actor: Actor
    policy: RefundPolicy


def _grant(case: _Case, action: GrantOrderAccess) -> None:
    orders.grant_order(case.tx, case.contact.id, action.order_number, action.factor)


def _count_failure(case: _Case, action: CountFailedVerification) -> None:
    orders.count_failed_verification(case.tx, case.contact.id, action.order_number)


def _request_refund(case: _Case, action: RequestRefund) -> None:
    # Raises NotFound for an order that isn't his: a dialog can't name one, a bug might.
    refunds.request_refund(
        case.tx,
        refunds.RefundRequest(
            order_id=action.order_id,
            lines=tuple(refunds.RequestLine(line.item_id, line.quantity) for line in action.lines),
            reason=action.reason,
            received=action.received,
            evidence=action.evidence,
            expected_total=Money(action.expected_total.minor, action.expected_total.currency),
            comment=action.comment,
            contact_id=case.contact.id,
            conversation_id=case.conversation.id,
        ),
        case.actor,
        policy=case.policy,
    )


def _withdraw(case: _Case, action: WithdrawRequest) -> None:
    refunds.withdraw_request(case.tx, action.ticket_number, case.contact.id, case.actor)


def _hand_off(case: _Case, action: HandOff) -> None:
    conversations.hand_to_people(case.tx, case.conversation.id, action.reason)


_TABLE: dict[type[Any], Callable[[_Case, Any], None]] = {
    GrantOrderAccess: _grant,
    CountFailedVerification: _count_failure,
    RequestRefund: _request_refund,
    WithdrawRequest: _withdraw,
    HandOff: _hand_off,
}
