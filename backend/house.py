"""The house: everything one process is made of, put together in one place."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from fastapi import Request

from backend.changes.policy import read_policy
from backend.conversations import news
from backend.customers.repository import Contact
from backend.integrations.payments.registry import open_providers
from backend.kit import metrics
from backend.kit.clock import Clock, SystemClock
from backend.kit.db import Database, Tx, Wiring
from backend.kit.db_sqlite import SqliteDatabase
from backend.kit.ids import Ids, TimeOrderedIds
from backend.kit.jobs.kinds import Cron, JobKind
from backend.kit.jobs.worker import Worker
from backend.kit.live import Live
from backend.kit.presence import Presence
from backend.kit.rates import Rates
from backend.kit.storage import FolderStorage, Storage
from backend.pipeline.articles import ArticlesIndex
from backend.pipeline.at_once import AtOnce
from backend.pipeline.change_ports import ChangeRules
from backend.pipeline.channel_check import ChannelDesk
from backend.pipeline.channels import Channels
from backend.pipeline.media import Media
from backend.pipeline.notify import Notifier
from backend.pipeline.photo_reader import PhotoChecks, PhotoReader
from backend.pipeline.photos import PhotoReading
from backend.pipeline.ports import bind_ports
from backend.pipeline.pressure import Pressure, Thresholds
from backend.pipeline.turns import Turns
from backend.pipeline.watch import watched
from backend.reactions import Reactions
from backend.refunds.facts import RefundPolicy
from backend.rules import service as rules
from backend.settings import Settings
from backend.work import CRONS, job_kinds
from bot.channels.base import Adapter, ChannelAccount
from bot.channels.registry import CHANNELS, AdapterFactory
from bot.dialogs.observer import Observer
from bot.messages import InboundMessage
from bot.ports import Ports, Shop
from bot.understanding.base import Understanding
from bot.understanding.local import LocalUnderstanding
from bot.understanding.naming import NamesByMeaning
from bot.understanding.rules import RulesUnderstanding
from bot.understanding.warming import warm
from knowledge.embedding import shared_embedder
from templates_i18n.catalog import Catalog

if TYPE_CHECKING:
    from backend.kit.redis_push import RedisPush
    from backend.pipeline.model_work import ModelWork

NICETIES = 1.0
"""Seconds that niceties towards vendors may hold up the end of a process."""
log = logging.getLogger(__name__)


@dataclass(slots=True)
class House:
    """One process's parts. Close it to let go of connections and threads."""

    settings: Settings
    clock: Clock
    db: Database
    storage: Storage
    catalog: Catalog
    channels: Channels
    live: Live
    media: Media
    notifier: Notifier
    turns: Turns
    articles: ArticlesIndex
    kinds: dict[str, JobKind]
    rates: Rates
    presence: Presence
    pressure: Pressure
    reader: PhotoReader
    push: RedisPush | None = None
    at_once: AtOnce = field(init=False)
    local: LocalUnderstanding | None = None
    """Reads with models, which are to be there before a customer waits for them; None: by rules."""
    working: Worker | None = None
    """The worker that runs in this process, if any: it begins turns as they are accepted."""
    crons: Sequence[Cron] = CRONS
    _background: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.at_once = AtOnce(self.turns)

    async def prepare(self) -> None:
        """Put into the database what every installation needs: the shipped rules."""
        await self.db.tx(rules.ensure_defaults)

    @property
    def channel_desk(self) -> ChannelDesk:
        """The channel accounts for the people who look after them."""
        return ChannelDesk(self.channels, self.db, self.settings.public_url)

    def worker(self) -> Worker:
        """A worker on this house's job table."""
        return Worker(
            self.db,
            self.clock,
            self.kinds,
            self.crons,
            concurrency=self.settings.worker_concurrency,
            lease=self.settings.job_lease,
            poll=self.settings.job_poll,
        )

    def acknowledge_soon(self, adapter: Adapter, message: InboundMessage) -> None:
        """Let the vendor know that a press was taken, after the commit and off its way."""

        async def acknowledge() -> None:
            try:
                await adapter.acknowledge(message)
            except Exception:  # a nicety: its failure must not touch the stored message
                log.info("could not acknowledge a message", exc_info=True)

        # Kept in a set: an unreferenced task may be collected before it has run.
        task = asyncio.get_running_loop().create_task(acknowledge())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def load_models(self) -> None:
        """Load what understanding needs, on a thread."""
        if self.local is not None:
            await asyncio.to_thread(warm, self.local.read, self.clock.now())

    async def close(self) -> None:
        """Let go of everything. Niceties that a vendor holds up are dropped."""
        if self._background:
            _, held_up = await asyncio.wait(self._background, timeout=NICETIES)
            for task in held_up:
                task.cancel()
            await asyncio.gather(*held_up, return_exceptions=True)
        await self.reader.close()
        await self.channels.close()
        await self.live.close()
        await self.db.close()
        await self.presence.close()
        if self.push is not None:
            await self.push.close()


def open_house(
    settings: Settings,
    accounts: Sequence[ChannelAccount],
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    understanding: Understanding | None = None,
    factories: Mapping[str, AdapterFactory] = CHANNELS,
    observer: Observer | None = None,
) -> House:
    """Put a house together on a migrated database. Call it with the event loop running.

    `observer` is told of each step of a flow that a turn visits.
    """
    clock = clock or SystemClock()
    shop = Shop(
        settings.shop_name,
        settings.shop_timezone,
        settings.shop_locale,
        return_address=settings.return_address,
    )
    catalog, channels = Catalog.load(), Channels(accounts, factories, clock)
    notifier = Notifier(catalog, channels, shop)
    reactions = Reactions(notifier)
    metrics.watch_transactions()
    wiring = Wiring(clock, ids or TimeOrderedIds(), reactions.publish)
    push = _open_push(settings.redis_url)
    db = _open_database(settings, wiring, push)
    storage = FolderStorage(settings.data_dir / "files")
    checks = PhotoChecks.of(settings.photo_checks)
    media = Media(db, storage, checks)
    live = _open_live(db, push)
    articles = _open_articles(settings)
    policy = RefundPolicy(timezone=settings.shop_timezone)
    rules_of_changes = ChangeRules(read_policy(settings.changes), settings.shop_timezone)

    if understanding is None:
        by_meaning = settings.understanding != "rules"
    else:
        by_meaning = _local_of(understanding) is not None
    names = NamesByMeaning(shared_embedder()) if by_meaning else None

    def ports_for(tx: Tx, contact: Contact) -> Ports:
        return bind_ports(tx, contact, shop, articles, policy, rules_of_changes, names)

    understanding = understanding or _open_understanding(settings, clock)
    turns = Turns(
        db=db,
        channels=channels,
        media=media,
        notifier=notifier,
        understanding=understanding,
        policy=policy,
        ports_for=ports_for,
        observer=observer,
        model=_open_model_work(understanding, settings, db),
        changes=rules_of_changes,
    )
    house = House(
        settings,
        clock,
        db,
        storage,
        catalog,
        channels,
        live,
        media,
        notifier,
        turns,
        articles,
        {},
        Rates(settings.redis_url),
        Presence(settings.redis_url, clock),
        Pressure(
            db,
            notifier,
            Thresholds(settings.busy_after, settings.refuse_after, settings.refuse_depth),
        ),
        PhotoReader(checks),
        push,
        _local_of(understanding),
    )
    providers = open_providers(settings.payment_providers(), settings.data_dir)
    reading = PhotoReading(db, storage, house.reader, notifier, ports_for)
    house.kinds.update(watched(job_kinds(db, channels, turns, providers, reading, house)))
    return house


def _open_articles(settings: Settings) -> ArticlesIndex:
    # A folder of Chroma's is for one process only; on Postgres there may be several.
    several = settings.chroma == "embedded" and not settings.is_sqlite
    return ArticlesIndex.of_shop(settings.data_dir, "memory" if several else settings.chroma)


def _open_understanding(settings: Settings, clock: Clock) -> Understanding:
    local: Understanding
    if settings.understanding == "rules":
        local = RulesUnderstanding(settings.shop_locale, timezone=settings.shop_timezone)
    else:
        local = LocalUnderstanding.of_shop(
            settings.data_dir, settings.shop_locale, settings.shop_timezone
        )
    return _with_llm(local, settings, clock) if settings.asks_llm else local


def _local_of(understanding: Understanding) -> LocalUnderstanding | None:
    local = understanding
    while not isinstance(local, LocalUnderstanding) and hasattr(local, "local"):
        local = local.local  # an LLM has one to fall back to
    return local if isinstance(local, LocalUnderstanding) else None


def _with_llm(local: Understanding, settings: Settings, clock: Clock) -> Understanding:
    from bot.understanding.llm.budget import Prices
    from bot.understanding.llm.chat import Endpoint
    from bot.understanding.llm.opening import LlmConfig, with_llm

    endpoint = Endpoint(
        settings.llm_base_url, settings.llm_model, settings.llm_api_key, settings.llm_timeout
    )
    prices = Prices(settings.llm_price_in, settings.llm_price_out, settings.llm_currency)
    config = LlmConfig(endpoint, settings.llm_daily_tokens, prices, settings.llm_transcript)
    return with_llm(local, config, clock.now, metrics.count_llm_call, metrics.count_llm_proposal)


def _open_model_work(
    understanding: Understanding, settings: Settings, db: Database
) -> ModelWork | None:
    """None where no model is asked: then nothing of it is loaded."""
    if not hasattr(understanding, "prices"):
        return None
    from backend.pipeline.model_work import AsksModel, ModelWork
    from bot.understanding.llm.permission import Permission

    asks = cast(AsksModel, understanding)
    return ModelWork(db, asks, Permission.of(settings.llm_words))


def _open_push(redis_url: str) -> RedisPush | None:
    if not redis_url:
        return None
    from backend.kit.redis_push import RedisPush

    return RedisPush(redis_url)


def _open_database(settings: Settings, wiring: Wiring, push: RedisPush | None) -> Database:
    if settings.is_sqlite:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        return SqliteDatabase(settings.database, wiring)
    from backend.kit.db_postgres import PostgresDatabase

    return PostgresDatabase(
        settings.database,
        wiring,
        pool_size=settings.pool_size,
        patience=settings.database_patience,
        carrier=push,
    )


def _open_live(db: Database, push: RedisPush | None) -> Live:
    """Live topics: hints come from the database and, once somebody waits for any, from Redis."""

    async def numbers(topics: Sequence[str]) -> Mapping[str, int]:
        return await db.read(news.latest_numbers, topics)

    def hints_arrive() -> bool:
        by_push = push is None or push.is_listening
        return by_push and db.is_listening

    live = Live(numbers, hints_arrive, sources=[push.listen] if push else [])
    db.listen(live.told)
    return live


async def house_of(request: Request) -> House:
    """The house a request came to (a FastAPI dependency; those that don't wait run in threads)."""
    return cast(House, request.app.state.house)
