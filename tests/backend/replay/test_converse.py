"""`aftercare converse`: replays, tells, and says by its exit code whether it went as written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.cli import app
from backend.kit.errors import Invalid
from backend.replay.coverage import Coverage
from backend.replay.script import Script
from backend.replay.shop import build_shop
from bot.dialogs.flows import FLOWS
from bot.dialogs.observer import Outcome

SHOP = """
name: Corner shop
timezone: Europe/Berlin
now: 2026-03-10T09:00:00Z
products:
  - { sku: CUP, business: appliances, category: kitchen, titles: { en: Tin cup } }
orders:
  - number: CS20260301-0001
    customer:
      external_id: K1
      name: Ida
      email: ida@example.com
      phone: "+49 151 1111111"
      locale: en
    business: appliances
    status: delivered
    currency: EUR
    country: DE
    cross_border: false
    items: [{ sku: CUP, quantity: 1, unit_price_minor: 900 }]
    payments:
      - { provider: demo, ref: k1, method: card, amount_minor: 900, paid_at: 2026-03-01T09:00:00Z }
    placed_at: 2026-03-01T08:59:00Z
    delivered_at: 2026-03-06T09:00:00Z
"""
GOOD = """
title: A cup goes back
locale: en
as: { customer: K1 }
conversation:
  - customer: I want a refund for order CS20260301-0001, I no longer want it
  - bot: refund.ask_received
  - picks: Yes, I have it
  - bot: refund.summary
    contains: [€9.00]
  - customer: "yes"
  - bot: [refund.approved_at_once, refund.return_instructions, refund.paid]
outcome:
  tickets: [{ order: CS20260301-0001, state: refunded, amount: EUR 9.00 }]
  paid_back: { CS20260301-0001: 900 }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.yml").write_text(SHOP, "utf-8")
    (tmp_path / "cup.yml").write_text(GOOD, "utf-8")
    return tmp_path


def run(*words: str | Path) -> tuple[int, str]:
    """Exit code and output of `aftercare converse` by the rules alone."""
    result = CliRunner().invoke(app, ["converse", "--understanding", "rules", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_it_tells_what_was_understood_decided_and_answered(folder: Path) -> None:
    code, told = run(folder / "cup.yml")
    assert code == 0, told
    for piece in (
        "── 1. customer I want a refund",
        "command     StartFlow(flow='refund'",
        "read        order_number 'CS20260301-0001'",
        "refund: order=",
        "action      RequestRefund",
        "decided     refund_approval v1, row small-eur: approval auto",
        "bot         refund.summary: Please check this",
        "[Yes, I have it] [No, not yet]",
    ):
        assert piece in told


def test_what_differs_from_the_file_is_shown_and_fails(folder: Path) -> None:
    wrong = GOOD.replace("refund.ask_received", "refund.ask_reason").replace("900 }", "800 }")
    (folder / "cup.yml").write_text(wrong, "utf-8")
    code, told = run("--json", folder / "cup.yml")
    document = json.loads(told)
    assert code == 1
    assert [("step 2" in one, "paid back" in one) for one in document["mismatches"]] == [
        (True, False),
        (False, True),
    ]
    assert len(document["turns"]) == 3  # it goes on behind the first difference
    decided = {one["row_id"] for one in document["turns"][2]["decided"]}
    assert decided == {"changed-mind", "small-eur"}
    assert document["turns"][0]["understood"][0]["source"] == "rules"


def test_plain_lines_are_played_and_expect_nothing(folder: Path) -> None:
    (folder / "lines.txt").write_text("where is my parcel\n\nthank you\n", "utf-8")
    code, told = run("--customer", "K1", "--locale", "en", folder / "lines.txt")
    assert code == 0
    assert "order.status_delivered: Order CS20260301-0001 (Tin cup) was delivered" in told
    assert "chat.thanks" in told


def test_coverage_lists_steps_and_messages_no_conversation_visits(folder: Path) -> None:
    code, told = run("--coverage", folder)
    assert code == 1  # one conversation does not visit every step
    assert "1 conversations" in told
    assert "withdraw         confirm                    never   ✗ asked, yes, no" in told
    unsaid = told.rpartition("messages no conversation led to: ")[2]
    assert "order.status_cancelled" in unsaid
    assert "refund.summary" not in unsaid


@pytest.mark.parametrize(
    "document",
    [
        "title: x\nlocale: en\nas: anonymous\nconversation:\n  - costumer: hi\n",
        "title: x\nlocale: en\nas: anonymous\nconversation:\n  - { customer: hi, loudly: true }\n",
        "title: x\nlocale: en\nas: { name: K1 }\nconversation: []\n",
        "title: x\nas: anonymous\nconversation: []\n",
        "title: x\nlocale: en\nas: anonymous\nmood: bad\nconversation: []\n",
        "[1, 2]",
        "{",
    ],
)
def test_what_nobody_knows_is_an_error_not_passed_over(tmp_path: Path, document: str) -> None:
    file = tmp_path / "odd.yml"
    file.write_text(document, "utf-8")
    with pytest.raises(Invalid):
        Script.read(file)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("products: []", ["name", "timezone", "now", "orders"]),
        (SHOP + "chnages: changes.yml\n", ["chnages"]),
        (SHOP.replace("sku: CUP, bus", "sku: CUP, prise: 1, bus"), ["products.0.prise"]),
        (
            SHOP + "past_refunds: [{ order: X, at: 2026-03-01T09:00:00Z }]\n",
            ["past_refunds.0.amount_minor"],
        ),
        ("[]", [""]),
    ],
)
def test_a_shops_faulty_fields_are_named(tmp_path: Path, text: str, fields: list[str]) -> None:
    file = tmp_path / "shop.yml"
    file.write_text(text, "utf-8")
    with pytest.raises(Invalid) as refused:
        build_shop(tmp_path / "built", file)
    assert [one.field for one in refused.value.errors] == fields


def test_a_step_counts_as_visited_by_what_became_of_it() -> None:
    coverage = Coverage()
    step = FLOWS["withdraw"].collect("ticket")
    assert step is not None
    coverage.visited("withdraw", step, Outcome.ASKED)
    assert "withdraw: collect ticket: answered" in coverage.unvisited()
    assert "withdraw: collect ticket: asked" not in coverage.unvisited()
    coverage.visited("withdraw", step, Outcome.ANSWERED)
    assert not [one for one in coverage.unvisited() if one.startswith("withdraw: collect ticket")]
