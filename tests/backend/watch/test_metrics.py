"""What is counted when something happens, and who may read it."""

from __future__ import annotations

import dataclasses

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from backend.kit import metrics
from bot.channels.base import RetryLater, Undeliverable
from tests.support.houses import application
from tests.support.vendor import Line


async def scraped(line: Line) -> dict[tuple[str, tuple[str, ...]], float]:
    """Samples by name and label values, as Prometheus's own parser reads them."""
    answer = await line.http.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_a_conversation_moves_the_counters(line: Line) -> None:
    before = await scraped(line)
    await line.says(1)
    await line.says(1)
    await line.house.worker().run_until_idle()
    after = await scraped(line)

    def moved(name: str, *labels: str) -> float:
        return after.get((name, labels), 0.0) - before.get((name, labels), 0.0)

    assert moved("aftercare_messages_accepted_total", "line", "new") == 1
    assert moved("aftercare_messages_accepted_total", "line", "duplicate") == 1
    assert moved("aftercare_turns_total", "taken") == 1
    assert moved("aftercare_turn_seconds_count") == 1
    for part in ("understanding", "compute", "commit"):
        assert moved("aftercare_turn_part_seconds_count", part) == 1
    assert moved("aftercare_jobs_total", "turn", "done") == 1
    sent = moved("aftercare_deliveries_total", "line", "sent")
    assert sent == len(line.vendor.sent) > 0
    assert moved("aftercare_jobs_total", "deliver", "done") == sent
    hook = "/webhooks/{channel}/{account_id}"
    assert moved("aftercare_http_requests_total", "POST", hook, "200") == 2
    assert moved("aftercare_http_request_seconds_count", hook) == 2
    assert moved("aftercare_db_transactions_total", "commit") > 0
    assert after["aftercare_queue_jobs", ("turn", "waiting")] == 0


async def test_what_fails_is_counted_by_how_it_ended(line: Line) -> None:
    before = await scraped(line)
    await line.says(1)
    worker = line.house.worker()
    line.vendor.failure = RetryLater("unreachable", "no route")
    await worker.run_until_idle()
    line.vendor.failure = Undeliverable("blocked", "he left")
    line.house.clock.advance(hours=1)  # type: ignore[attr-defined]  # the test's clock
    await worker.run_until_idle()
    after = await scraped(line)
    for name, labels in (
        ("aftercare_jobs_total", ("deliver", "retried")),
        ("aftercare_deliveries_total", ("line", "retried")),
        ("aftercare_deliveries_total", ("line", "failed")),
        ("aftercare_channel_errors_total", ("shop-line", "unreachable")),
        ("aftercare_channel_errors_total", ("shop-line", "blocked")),
    ):
        assert after[name, labels] > before.get((name, labels), 0.0), (name, labels)


async def test_waiting_work_has_an_age(line: Line) -> None:
    await line.says(1)
    line.house.clock.advance(seconds=90)  # type: ignore[attr-defined]
    found = await scraped(line)
    assert found["aftercare_queue_jobs", ("turn", "waiting")] == 1
    assert found["aftercare_queue_oldest_seconds", ("turn",)] == pytest.approx(90)


async def test_unknown_addresses_make_no_labels(line: Line) -> None:
    for path in ("/wp-admin.php", "/api/v1/none", "/webhooks/line"):
        await line.http.get(path)
    await line.http.request("BREW", "/api/v1/health/live")
    routes = {labels[1] for name, labels in await scraped(line) if name.endswith("requests_total")}
    assert not any("wp-admin" in route or "none" in route for route in routes)


@pytest.mark.parametrize(
    ("token", "headers", "address", "status"),
    [
        ("", {}, "127.0.0.1", 200),
        ("", {}, "::1", 200),
        ("", {}, "192.0.2.7", 404),
        ("", {"x-forwarded-for": "127.0.0.1"}, "127.0.0.1", 404),
        ("", {"x-real-ip": "127.0.0.1"}, "127.0.0.1", 404),
        ("", {"x-forwarded-proto": "https"}, "127.0.0.1", 404),
        ("t0k", {"authorization": "Bearer t0k"}, "192.0.2.7", 200),
        ("t0k", {"authorization": "Bearer wrong"}, "127.0.0.1", 404),
        ("t0k", {}, "127.0.0.1", 404),
    ],
)
async def test_metrics_are_for_this_machine_or_for_a_token(
    line: Line, token: str, headers: dict[str, str], address: str, status: int
) -> None:
    changed = line.house.settings.model_copy(update={"metrics_token": token})
    house = dataclasses.replace(line.house, settings=changed)

    app = application(house)
    transport = httpx.ASGITransport(app=app, client=(address, 4000))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/metrics", headers=headers)).status_code == status


def test_metrics_name_no_person() -> None:
    """Labels are few: an id among them would grow without end."""
    known = {"channel", "outcome", "part", "kind", "account", "code", "method", "route", "status"}
    known |= {"state", "le", "version", "role"}
    for family in text_string_to_metric_families(metrics.render().decode()):
        for sample in family.samples:
            assert set(sample.labels) <= known
