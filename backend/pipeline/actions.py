"""Carries out what a turn wants changed: one table from action to use case.

Permission, limits and amounts are checked by the use cases themselves, under their locks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backend.conversations import service as conversations
from backend.conversations.repository import Conversation
from backend.customers.repository import Contact
from backend.kit.actor import Actor
from backend.kit.db import Tx
from backend.kit.money import Money
from backend.orders import service as orders
from backend.refunds import service as refunds
from bot.dialogs.actions import (
    Action,
    CountFailedVerification,
    GrantOrderAccess,
    HandOff,
    RequestRefund,
    WithdrawRequest,
)


def carry_out(
    tx: Tx, action: Action, conversation: Conversation, contact: Contact, actor: Actor
) -> None:
    """Do it. Raises: DomainError with the code the dialog has a template for."""
    _TABLE[type(action)](tx, action, conversation, contact, actor)


def _grant(
    tx: Tx, action: GrantOrderAccess, _conversation: Conversation, contact: Contact, _actor: Actor
) -> None:
    orders.grant_order(tx, contact.id, action.order_number, action.factor)


def _count_failure(
    tx: Tx,
    action: CountFailedVerification,
    _conversation: Conversation,
    contact: Contact,
    _actor: Actor,
) -> None:
    orders.count_failed_verification(tx, contact.id, action.order_number)


def _request_refund(
    tx: Tx, action: RequestRefund, conversation: Conversation, contact: Contact, actor: Actor
) -> None:
    orders.order_of_contact(tx, contact.id, action.order_id)
    refunds.request_refund(
        tx,
        refunds.RefundRequest(
            order_id=action.order_id,
            lines=tuple(refunds.RequestLine(line.item_id, line.quantity) for line in action.lines),
            reason=action.reason,
            received=action.received,
            evidence=action.evidence,
            expected_total=Money(action.expected_total.minor, action.expected_total.currency),
            comment=action.comment,
            contact_id=contact.id,
            conversation_id=conversation.id,
        ),
        actor,
    )


def _withdraw(
    tx: Tx, action: WithdrawRequest, _conversation: Conversation, contact: Contact, actor: Actor
) -> None:
    refunds.withdraw_request(tx, action.ticket_number, contact.id, actor)


def _hand_off(
    tx: Tx, action: HandOff, conversation: Conversation, _contact: Contact, _actor: Actor
) -> None:
    conversations.hand_to_people(tx, conversation.id, action.reason)


_TABLE: dict[type[Any], Callable[..., None]] = {
    GrantOrderAccess: _grant,
    CountFailedVerification: _count_failure,
    RequestRefund: _request_refund,
    WithdrawRequest: _withdraw,
    HandOff: _hand_off,
}
