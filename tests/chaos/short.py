"""The chaos campaign in short: every kind of fault. `make chaos` is the long one.

Nothing accepted is lost, no turn is taken twice, no reply goes out twice where the channel takes a
key, order holds, and every refund is paid once: while processes are killed with -9, connections
are cut, servers crash, the disk is full, vendors fail and senders repeat themselves.
"""

from __future__ import annotations

from pathlib import Path

from tests.chaos.campaign import Campaign
from tests.chaos.plan import FAULTS, Kind, Plan, VendorFaults
from tests.chaos.report import table

KILLS = 50
AT_ONCE = 24
SEED = 20260520


async def weather_the_storm(kind: Kind, folder: Path) -> None:
    """Fails where a promise was broken, or the storm was too calm to show it."""
    plan = Plan(kind, kills=KILLS, seed=SEED, at_once=AT_ONCE, vendor=VendorFaults(quota=0))
    report = await Campaign(plan, folder).run()
    print(f"\n{table([report])}")  # noqa: T201  # the report
    assert report.violations == []
    assert report.repeats <= report.may_repeat
    assert report.faults["kill"] >= KILLS
    assert all(report.faults.get(fault) for fault, kinds in FAULTS.items() if kind in kinds)
    assert report.accepted > 4 * KILLS, "too calm a storm to show anything"
    assert report.finished == report.conversations
