"""What the helper process holds before it forks, so that a restart costs a moment.

It opens and closes a whole service once: what that reads, compiles and imports stays in memory.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
from pathlib import Path

import httpx

from backend.app import create_app
from backend.house import House, open_house
from backend.serve import accounts_of, prepare
from backend.settings import Settings
from knowledge.embedding import shared_embedder


async def _answer_once(settings: Settings) -> None:
    house = open_house(settings, accounts_of(settings))
    await house.prepare()

    async def opened() -> House:
        return house

    app = create_app(opened, works=False, demo=False)
    app.state.house = house
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://warm") as client:
        await client.get("/api/v1/health/ready")
    await house.close()


with tempfile.TemporaryDirectory() as _folder:
    _settings = Settings(_env_file=None, data_dir=Path(_folder), demo_payments="fail_rate=0")
    prepare(_settings)
    asyncio.run(_answer_once(_settings))
# Loaded in the background otherwise, which a fork might find half done.
shared_embedder().embed_now(["warm"])
# What is there for good is not looked at again: its pages stay shared with the children.
gc.collect()
gc.freeze()
