"""`python -m bench.retail --data DIR`: what changes of orders do to a public shop's scenarios."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backend.changes.policy import ChangePolicy, read_policy
from backend.kit.clock import SystemClock
from backend.kit.db import Database, Wiring
from backend.kit.db_sqlite import SqliteDatabase
from backend.kit.ids import TimeOrderedIds
from backend.migrations.run import migrate
from backend.rules import service as tables
from bench.retail.data import Scenario, read_scenarios, read_shop
from bench.retail.replay import hold_talks, replay_mutated, replay_right
from bench.retail.shop import load_shop
from bot.understanding.local import LocalUnderstanding
from bot.understanding.rules import RulesUnderstanding

POLICY = Path(__file__).parents[2] / "backend" / "seeds" / "retail" / "changes.yml"
LISTED = 12


def main() -> int:
    """Run all parts; 1 when a right write fails or a wrong one passes."""
    asked = _arguments()
    folder = Path(asked.data) / "tau_retail" if asked.data else None
    if folder is not None and not folder.exists():
        folder = Path(asked.data)
    if folder is None or not (folder / "db.json").exists():
        sys.stderr.write("no data: give --data DIR or AFTERCARE_PUBLIC_DATA; nothing was run\n")
        return 0
    return asyncio.run(_run(folder, asked))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.retail", description=__doc__)
    parser.add_argument("--data", default=os.environ.get("AFTERCARE_PUBLIC_DATA", ""))
    parser.add_argument("--seed", type=int, default=20260520)
    parser.add_argument("--only", default="", help="ids of scenarios, comma-separated")
    parser.add_argument("--parts", default="right,wrong,talks", help="right, wrong, talks")
    parser.add_argument("--understanding", choices=("local", "rules"), default="local")
    parser.add_argument("--unsolved", action="store_true", help="list talks that failed")
    return parser.parse_args()


async def _run(folder: Path, asked: argparse.Namespace) -> int:
    shop = read_shop(folder)
    scenarios = read_scenarios(folder, shop)
    if asked.only:
        scenarios = [one for one in scenarios if one.id in asked.only.split(",")]
    policy, bad = read_policy(POLICY), 0
    with tempfile.TemporaryDirectory() as temporary:
        db = await open_shop(shop, Path(temporary))
        try:
            if "right" in asked.parts:
                bad += await _right(db, shop, scenarios, policy)
            if "wrong" in asked.parts:
                bad += await _wrong(db, shop, scenarios, policy, asked.seed)
            if "talks" in asked.parts:
                await _talks(db, shop, scenarios, policy, asked)
        finally:
            await db.close()
    return int(bad > 0)


async def open_shop(shop: Mapping[str, Any], folder: Path) -> Database:
    """A new database with the shop in it."""
    path = str(folder / "shop.db")
    migrate(path)
    db = SqliteDatabase(path, Wiring(SystemClock(), TimeOrderedIds()))
    await db.tx(tables.ensure_defaults)
    await load_shop(db, shop, folder)
    return db


async def _right(
    db: Database, shop: Mapping[str, Any], scenarios: Sequence[Scenario], policy: ChangePolicy
) -> int:
    began = time.process_time()
    found = await replay_right(db, shop, scenarios, policy)
    _say(
        f"right writes: {found.scenarios} scenarios, {found.writes} writes; "
        f"{found.right} end in exactly the expected state, "
        f"{len({one.partition(' ')[0] for one in found.refused})} with writes "
        f"the policy itself refuses ({time.process_time() - began:.0f} s CPU)"
    )
    for line in found.refused:
        _say(f"  refused by the policy: {line}")
    for line in found.wrong[:LISTED]:
        _say(f"  WRONG {line}")
    return len(found.wrong)


async def _wrong(
    db: Database,
    shop: Mapping[str, Any],
    scenarios: Sequence[Scenario],
    policy: ChangePolicy,
    seed: int,
) -> int:
    began = time.process_time()
    found = await replay_mutated(db, shop, scenarios, policy, seed)
    _say(
        f"wrong writes: {found.tried.total()} tried, {found.right.total()} refused with the right "
        f"reason and nothing changed ({time.process_time() - began:.0f} s CPU)"
    )
    for name in sorted(found.tried):
        _say(f"  {name:28} {found.right[name]:5} of {found.tried[name]:5}")
    for line in found.wrong[:LISTED]:
        _say(f"  WRONG {line}")
    return len(found.wrong)


async def _talks(
    db: Database,
    shop: Mapping[str, Any],
    scenarios: Sequence[Scenario],
    policy: ChangePolicy,
    asked: argparse.Namespace,
) -> None:
    began = time.process_time()
    rules = RulesUnderstanding("en")
    understanding = rules if asked.understanding == "rules" else LocalUnderstanding.shipped("en")
    found = await hold_talks(db, shop, scenarios, policy, understanding)
    _say(
        f"talks without a language model ({asked.understanding}): {found.solved.total()} of "
        f"{found.tried.total()} scenarios solved ({time.process_time() - began:.0f} s CPU)"
    )
    for form in sorted(found.tried):
        _say(f"  {form:28} {found.solved[form]:5} of {found.tried[form]:5}")
    for ended, count in found.ended.most_common(LISTED):
        _say(f"  not solved, {ended:40} {count:5}")
    if asked.unsolved:
        for line in found.unsolved:
            _say(f"    {line}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
