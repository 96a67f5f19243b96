"""A hidden photo over REST: veiled for everybody until somebody of the shop chooses to see it."""

from __future__ import annotations

import io
from typing import Any

import httpx
from PIL import Image

from backend.accounts.web import current_actor
from backend.evidence import service
from backend.house import House
from backend.kit.images import clean_image
from tests.backend.evidence.test_reuse import add_photo
from tests.backend.refunds.support import AGENT, KEY, order_document, prepare
from tests.support import pictures
from tests.support.houses import hello, house, http, settings

__all__ = ["hello", "house", "http", "settings"]


def colours(answer: httpx.Response) -> int:
    """How much there is to be seen."""
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (320, 240)
        return clean_image(answer.content).look.edges


async def test_a_hidden_photo_is_veiled_until_opened(house: House, http: httpx.AsyncClient) -> None:
    content = pictures.photo(1)
    sha256 = house.storage.put(clean_image(content).content)

    def stored(tx: Any) -> str:
        _, chat = prepare(tx, order_document("A-1", now=tx.now))
        ref = add_photo(tx, chat, content, sha256)
        service.keep_read(tx, ref, None, 0.8)
        return ref

    ref = await house.db.tx(stored)
    app: Any = http._transport.app  # type: ignore[attr-defined]
    app.dependency_overrides[current_actor] = lambda: AGENT
    veiled = await http.get(f"/api/v1/attachments/{ref}")
    assert veiled.headers["cache-control"] == "no-store"
    assert colours(veiled) < 10
    assert (await http.post("/api/v1/attachments/none/open")).status_code == 404
    assert (await http.post(f"/api/v1/attachments/{ref}/open")).status_code == 204
    app.dependency_overrides[current_actor] = lambda: KEY
    shown = await http.get(f"/api/v1/attachments/{ref}")
    assert "no-store" not in shown.headers["cache-control"]
    assert colours(shown) > 50
