"""What a turn wants changed. The backend carries these out in the turn's own transaction.

Each is checked again there, under locks; a refused action is handed back to the engine as
`Refused`, and the turn is computed anew so that the customer hears why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.change_ports import ChangeWish
from bot.ports import Line, Money


@dataclass(frozen=True, slots=True)
class GrantOrderAccess:
    """He proved that the order is his (number + second factor)."""

    order_id: str
    order_number: str
    factor: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CountFailedVerification:
    """A try that failed; it counts against the contact and the order number he typed."""

    order_number: str


@dataclass(frozen=True, slots=True)
class RequestRefund:
    """He said yes to `expected_total`: open a ticket and put the refund before the rules.

    `evidence` are refs of stored attachments of this conversation. If the amount came out
    differently meanwhile, the action is refused (`amount_changed`), never silently paid.
    """

    order_id: str
    lines: tuple[Line, ...]
    reason: str
    received: bool
    evidence: tuple[str, ...]
    expected_total: Money
    comment: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawRequest:
    """He takes an undecided request back."""

    ticket_number: str


@dataclass(frozen=True, slots=True)
class ProveIdentity:
    """He told who he is: `told` (email; or name and postal_code) names a customer."""

    told: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RequestChange:
    """He said yes to this change of an order and to `expected`, what he pays (below 0: gets).

    If it came out differently meanwhile, the action is refused (`amount_changed`).
    """

    order_id: str
    wish: ChangeWish
    expected: Money


@dataclass(frozen=True, slots=True)
class ChangeDefaultAddress:
    """He said yes to where his orders go from now on."""

    address: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class HandOff:
    """The conversation goes to people. `reason` as in HumanHandoff."""

    reason: str


Action = (
    GrantOrderAccess
    | CountFailedVerification
    | RequestRefund
    | WithdrawRequest
    | ProveIdentity
    | RequestChange
    | ChangeDefaultAddress
    | HandOff
)


@dataclass(frozen=True, slots=True)
class Refused:
    """An action that could not be carried out: a stable code and its template's params."""

    action: Action
    code: str
    params: Mapping[str, object] = field(default_factory=dict)
