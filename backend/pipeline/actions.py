"""Carries out what a turn wants changed: one table from action to use case.

Permission, limits and amounts are checked by the use cases themselves, under their locks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from backend.changes import service as changes
from backend.changes.requests import TICKET_KINDS
from backend.conversations import service as conversations
from backend.conversations.repository import Conversation
from backend.customers.repository import Contact
from backend.kit.actor import Actor
from backend.kit.db import Tx
from backend.kit.money import Money
from backend.orders import service as orders
from backend.pipeline import change_ports
from backend.pipeline.change_ports import ChangeRules
from backend.refunds import service as refunds
from backend.refunds.facts import RefundPolicy
from backend.tickets import service as tickets
from bot.dialogs.actions import (
    Action,
    ChangeDefaultAddress,
    CountFailedVerification,
    GrantOrderAccess,
    HandOff,
    ProveIdentity,
    RequestChange,
    RequestRefund,
    WithdrawRequest,
)

CHANGE_KINDS = frozenset(TICKET_KINDS.values())
"""Kinds of tickets that are changes of orders."""


def carry_out(
    tx: Tx,
    action: Action,
    conversation: Conversation,
    contact: Contact,
    actor: Actor,
    policy: RefundPolicy,
    rules: ChangeRules | None = None,
) -> None:
    """Do it. Raises: DomainError with the code the dialog has a template for."""
    case = _Case(tx, conversation, contact, actor, policy, rules or ChangeRules())
    _TABLE[type(action)](case, action)


@dataclass(frozen=True, slots=True)
class _Case:
    tx: Tx
    conversation: Conversation
    contact: Contact
    actor: Actor
    policy: RefundPolicy
    rules: ChangeRules

    @property
    def key(self) -> str:
        """Names this turn's wish: a turn that is computed again asks for the same one."""
        return f"turn:{self.conversation.id}:{self.conversation.state_version}"


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
    ticket = tickets.get_ticket(case.tx, action.ticket_number)
    if ticket.kind in CHANGE_KINDS:
        changes.withdraw_change(case.tx, ticket.number, case.contact.id, case.actor)
        return
    refunds.withdraw_request(case.tx, action.ticket_number, case.contact.id, case.actor)


def _prove_identity(case: _Case, action: ProveIdentity) -> None:
    change_ports.prove_identity(case.tx, case.contact, action, case.rules)


def _request_change(case: _Case, action: RequestChange) -> None:
    change_ports.request_change(
        case.tx,
        case.contact,
        case.conversation.id,
        case.key,
        case.actor,
        action,
        case.rules,
    )


def _change_default_address(case: _Case, action: ChangeDefaultAddress) -> None:
    change_ports.change_default_address(
        case.tx, case.contact, case.key, case.actor, action, case.rules
    )


def _hand_off(case: _Case, action: HandOff) -> None:
    conversations.hand_to_people(case.tx, case.conversation.id, action.reason)


_TABLE: dict[type[Any], Callable[[_Case, Any], None]] = {
    GrantOrderAccess: _grant,
    CountFailedVerification: _count_failure,
    RequestRefund: _request_refund,
    WithdrawRequest: _withdraw,
    ProveIdentity: _prove_identity,
    RequestChange: _request_change,
    ChangeDefaultAddress: _change_default_address,
    HandOff: _hand_off,
}
