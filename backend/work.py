"""The one table of job kinds and cron ticks: who works which job, how often it is tried."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from backend import indexing
from backend.conversations.service import DELIVER
from backend.conversations.sessions import prune_sessions
from backend.integrations.payments.port import PaymentProvider
from backend.kit.db import Database
from backend.kit.jobs import Job, listing
from backend.kit.jobs.kinds import Cron, JobKind
from backend.pipeline import handover, outbox, photos, pulling, taking_back
from backend.pipeline.channels import Channels
from backend.pipeline.kinds import READ_PHOTO, TURN
from backend.pipeline.photos import PhotoReading
from backend.pipeline.reception import Hall
from backend.pipeline.turns import Turns
from backend.pulls.repository import prune_notices
from backend.refunds.effects import EXECUTE
from backend.refunds.execute import RefundExecutor

PRUNE = "prune"
KEEP_DONE = 7 * 86_400.0
"""Seconds a done job is kept to be looked at (and its `uniq` remembered)."""

BREATH = 0.02
"""Seconds between two slices of what is forgotten."""

CRONS = (Cron(PRUNE, "17 3 * * *"), Cron(pulling.PULL_ALL, "*/10 * * * *"), *indexing.CRONS)


def job_kinds(
    db: Database,
    channels: Channels,
    turns: Turns,
    providers: Mapping[str, PaymentProvider],
    reading: PhotoReading,
    hall: Hall,
) -> dict[str, JobKind]:
    """Every kind of job there is. `hall`: where what is fetched comes in."""
    executor = RefundExecutor(db, providers)
    deliveries = outbox.Outbox(db, channels, turns.media.storage)
    pulls = pulling.Pulling(hall)

    async def prune(_job: Job) -> bool:
        more = True
        while more:
            more = await db.tx(listing.prune, KEEP_DONE) + await db.tx(prune_sessions) > 0
            await asyncio.sleep(BREATH)  # for those who write messages
        await db.tx(prune_notices, 2 * pulling.HISTORY)
        return False

    return {
        TURN: JobKind(
            turns.take,
            attempts=5,
            first_retry=0.5,
            on_dead=turns.give_up,
            revival=taking_back.REVIVAL,
        ),
        # Four and a half hours: a vendor's outage must not bury what its customers wait for.
        DELIVER: JobKind(deliveries.deliver, attempts=60, on_dead=outbox.give_up),
        pulling.PULL: JobKind(pulls.pull, attempts=20, longest_retry=60.0, on_dead=pulling.give_up),
        pulling.PULL_ALL: JobKind(pulls.pull_all, attempts=1),
        handover.HAND_OVER: JobKind(handover.Handovers(db, channels).hand_over, attempts=8),
        EXECUTE: JobKind(executor.execute, attempts=12, on_dead=executor.give_up),
        READ_PHOTO: JobKind(reading.read, attempts=3, on_dead=photos.give_up),
        PRUNE: JobKind(prune, attempts=3),
        indexing.INDEX: JobKind(indexing.indexer(db), attempts=3),
    }
