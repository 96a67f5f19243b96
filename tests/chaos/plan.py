"""What a campaign does: how many customers, which faults how often. All of it follows the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["sqlite", "postgres"]

FAULTS: dict[str, frozenset[str]] = {
    "kill": frozenset({"sqlite", "postgres"}),
    "freeze": frozenset({"postgres"}),
    "cut_connections": frozenset({"postgres"}),
    "crash_database": frozenset({"postgres"}),
    "lock_database": frozenset({"sqlite"}),
    "stop_redis": frozenset({"sqlite", "postgres"}),
    "fill_disk": frozenset({"sqlite", "postgres"}),
}
"""What is done to the service, and on which database it can be done."""


@dataclass(frozen=True)
class VendorFaults:
    """Shares of calls (0 … 1) to a channel's API that go wrong, each in its way.

    The first four do nothing; the others have sent the message by then, and do not say so. `quota`
    is WeCom's, after which it has to be left alone for a minute.
    """

    flood: float = 0.02
    error: float = 0.02
    time_out: float = 0.005
    quota: float = 0.002
    sent_then_cut: float = 0.02
    sent_then_error: float = 0.01
    sent_then_time_out: float = 0.005


@dataclass(frozen=True)
class SenderFaults:
    """Shares of messages (0 … 1) that senders do not just send once and in order.

    `cut`: the sender hangs up before he hears the answer. `twice_at_once`: two deliveries race.
    `again`: it is delivered once more after it was accepted. `out_of_order`: within a burst, a
    later message sets out first.
    """

    cut: float = 0.08
    twice_at_once: float = 0.08
    again: float = 0.12
    out_of_order: float = 0.3


CALM_VENDOR = VendorFaults(0, 0, 0, 0, 0, 0, 0)
CALM_SENDER = SenderFaults(0, 0, 0, 0)


@dataclass(frozen=True)
class Plan:
    """One campaign on one database.

    `per_hundred` says how often each other fault comes with a hundred kills; each comes at least
    once. `steps` is how many steps of customers a process is given between two faults, at most.
    """

    kind: Kind
    kills: int = 500
    seed: int = 1
    at_once: int = 200
    steps: int = 6
    longest_calm: float = 1.0
    per_hundred: dict[str, float] = field(
        default_factory=lambda: {
            "freeze": 2,
            "cut_connections": 6,
            "crash_database": 1,
            "lock_database": 2,
            "stop_redis": 2,
            "fill_disk": 1,
        }
    )
    without: frozenset[str] = frozenset()
    vendor: VendorFaults = VendorFaults()
    sender: SenderFaults = SenderFaults()
    payments: str = "slow_seconds=0.02,vanish_rate=0.2,fail_rate=0.1"
    patience: float = 240.0
    """Seconds a customer waits for one answer before he gives up."""

    @property
    def customers(self) -> int:
        """How many can come, at most."""
        return 2 * self.at_once + 4 * self.kills

    def storm(self) -> list[str]:
        """The faults, in the order they come."""
        storm = ["kill"] * (0 if "kill" in self.without else self.kills)
        for fault, share in self.per_hundred.items():
            if self.kind in FAULTS[fault] and fault not in self.without:
                storm += [fault] * max(1, round(share * self.kills / 100))
        random.Random(f"storm {self.seed}").shuffle(storm)
        return storm
