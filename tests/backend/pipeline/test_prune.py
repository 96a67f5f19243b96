"""What is forgotten every night, and what is not."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from backend.conversations.models import chat_session
from backend.customers import service as customers
from backend.house import House
from backend.kit.clock import FixedClock
from backend.kit.db import Tx
from backend.kit.jobs import enqueue, finish, listing
from backend.kit.jobs.claiming import claim
from backend.kit.jobs.models import job
from backend.pulls.models import taken_notice
from backend.pulls.repository import take_notice
from backend.work import KEEP_DONE, PRUNE


def _finish_some(tx: Tx, number: int) -> None:
    for n in range(number):
        enqueue(tx, "old", {"n": n})
    for one in claim(tx, "w", limit=number, lease=30):
        finish(tx, one)
    take_notice(tx, "kf", f"told-{number}")


def _open_session(tx: Tx) -> None:
    contact = customers.lock_contact(tx, "web", "v1", "", "en")
    for number, days in enumerate((-1, -2, 5)):
        row = {
            "token_hash": f"hash{number}",
            "channel_account": "web",
            "contact_id": contact.id,
            "locale": "en",
            "created_at": tx.now,
            "expires_at": tx.now + timedelta(days=days),
        }
        tx.conn.execute(sa.insert(chat_session).values(row))


def _count(tx: Tx, table: sa.Table) -> int:
    return tx.conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


async def test_what_is_old_is_forgotten_in_slices(house: House, clock: FixedClock) -> None:
    await house.db.tx(_finish_some, 7)
    clock.advance(seconds=KEEP_DONE + 60)
    await house.db.tx(_finish_some, 2)
    await house.db.tx(_open_session)
    assert await house.db.tx(listing.prune, KEEP_DONE, 5) == 5
    await house.db.tx(enqueue, PRUNE, {})
    await house.worker().run_until_idle()
    left = await house.db.read(lambda tx: _count(tx, job))
    assert left == 2 + 1  # those of today and the job itself
    assert await house.db.read(lambda tx: _count(tx, chat_session)) == 1
    assert await house.db.read(lambda tx: _count(tx, taken_notice)) == 1
    assert await house.db.tx(take_notice, "kf", "told-2") is False
    assert await house.db.tx(take_notice, "kf", "told-7") is True
