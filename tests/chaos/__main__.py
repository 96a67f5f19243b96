"""`make chaos`: the full campaign on both databases, or as the options say."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path

from tests.chaos.campaign import Campaign
from tests.chaos.plan import FAULTS, Kind, Plan
from tests.chaos.report import Report, table

KINDS: tuple[Kind, ...] = ("sqlite", "postgres")


def main() -> int:
    """Run the campaigns; 1 if a promise was broken."""
    # Reading what stands on a photo takes a processor for seconds, and each kill would begin anew.
    os.environ.setdefault("AFTERCARE_PHOTO_CHECKS", "blank,reused")
    options = _options()
    home = Path(options.folder)
    reports: list[Report] = []
    for kind in KINDS if options.database == "both" else (options.database,):
        folder = home / f"{time.strftime('%Y%m%d-%H%M%S')}-{kind}-{options.seed}"
        folder.mkdir(parents=True)
        plan = Plan(
            kind,
            kills=options.kills,
            seed=options.seed,
            at_once=options.at_once,
            without=frozenset(options.without),
        )
        _tell(f"{kind}: {plan.kills} kills, seed {plan.seed}, in {folder}")
        reports.append(asyncio.run(Campaign(plan, folder, tell=_tell).run()))
        _tell(table(reports[-1:]))
    if len(reports) > 1:
        _tell(table(reports))
    (home / "report.md").write_text(table(reports))
    return 1 if any(one.violations for one in reports) else 0


def _tell(words: str) -> None:
    print(words, flush=True)  # noqa: T201


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--database", choices=[*KINDS, "both"], default="both")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=200, help="conversations in parallel")
    parser.add_argument("--without", choices=sorted(FAULTS), nargs="*", default=[])
    parser.add_argument("--folder", default=".cache/chaos", help="for evidence and reports")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
