"""A hidden photo over REST: veiled for everybody until somebody of the shop chooses to see it."""

from __future__ import annotations

import io

import httpx
from fastapi import FastAPI
from PIL import Image

from backend import problems
from backend.accounts.web import current_actor
from backend.evidence import endpoints, service
from backend.house import House
from backend.kit.db import Tx
from backend.kit.images import clean_image
from tests.backend.evidence.test_reuse import add_photo
from tests.backend.refunds.support import AGENT, KEY, order_document, prepare
from tests.support import pictures
from tests.support.houses import house, settings

__all__ = ["house", "settings"]


def edges(answer: httpx.Response) -> int:
    """How much there is to be seen."""
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (320, 240)
        return clean_image(answer.content).look.edges


async def test_a_hidden_photo_is_veiled_until_opened(house: House) -> None:
    content = pictures.photo(1)
    sha256 = house.storage.put(clean_image(content).content)

    def stored(tx: Tx) -> str:
        _, chat = prepare(tx, order_document("A-1", now=tx.now))
        ref = add_photo(tx, chat, content, sha256)
        service.keep_read(tx, ref, None, 0.8)
        return ref

    ref = await house.db.tx(stored)
    people = iter([AGENT, AGENT, AGENT, KEY])
    app = FastAPI()
    problems.install(app)
    app.include_router(endpoints.router)
    app.dependency_overrides[current_actor] = lambda: next(people)
    app.state.house = house
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as http:
        veiled = await http.get(f"/attachments/{ref}")
        assert veiled.headers["cache-control"] == "no-store"
        assert edges(veiled) < 10
        assert (await http.post("/attachments/none/open")).status_code == 404
        assert (await http.post(f"/attachments/{ref}/open")).status_code == 204
        shown = await http.get(f"/attachments/{ref}")
        assert "no-store" not in shown.headers["cache-control"]
        assert edges(shown) > 50
