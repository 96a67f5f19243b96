"""Days and lengths of time, told on Wednesday, 20 May 2026."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.slots.dates import find_dates
from tests.bot.test_amounts import chinese

TODAY = date(2026, 5, 20)
days = st.dates(date(2024, 1, 1), date(2029, 12, 31))


def found(text: str, locale: str = "", today: date = TODAY) -> list[str]:
    return [span.value for span in find_dates(text, today, locale)]


@pytest.mark.parametrize(
    ("text", "locale", "value"),
    [
        ("昨天", "", "2026-05-19"),
        ("前天下午", "", "2026-05-18"),
        ("大前天", "", "2026-05-17"),
        ("三天前", "", "2026-05-17"),
        ("3个月前", "", "2026-02-20"),
        ("上周三", "", "2026-05-13"),
        ("上上周五", "", "2026-05-08"),
        ("下周一", "", "2026-05-25"),
        ("5月1号", "", "2026-05-01"),
        ("十二月二十五日", "", "2025-12-25"),
        ("2026年5月1日", "", "2026-05-01"),
        ("上个月5号", "", "2026-04-05"),
        ("三天内", "", "P3D"),
        ("我等了两个星期", "", "P2W"),
        ("半个月", "", "P15D"),
        ("24小时", "", "PT24H"),
        ("yesterday afternoon", "en", "2026-05-19"),
        ("the day before yesterday", "en", "2026-05-18"),
        ("two weeks ago", "en", "2026-05-06"),
        ("last Friday", "en", "2026-05-15"),
        ("this Friday", "en", "2026-05-22"),
        ("next Monday", "en", "2026-05-25"),
        ("May 1st", "en", "2026-05-01"),
        ("on 05/20", "en", "2026-05-20"),
        ("2026-04-30", "en", "2026-04-30"),
        ("within 3 days", "en", "P3D"),
        ("12/05", "de", "2026-05-12"),
        ("12/05", "zh-CN", "2025-12-05"),
        ("1. Mai", "de", "2026-05-01"),
        ("vor 3 Tagen", "de", "2026-05-17"),
        ("hier", "fr", "2026-05-19"),
        ("il y a 3 jours", "fr", "2026-05-17"),
        ("le 1er mai", "fr", "2026-05-01"),
        ("el viernes pasado", "es", "2026-05-15"),
        ("hace 2 semanas", "es", "2026-05-06"),
        ("先週の金曜日", "ja", "2026-05-15"),
        ("3日前", "ja", "2026-05-17"),
        ("ieri", "it", "2026-05-19"),
        ("вчера", "ru", "2026-05-19"),
        ("3 дня назад", "ru", "2026-05-17"),
        ("어제", "ko", "2026-05-19"),
    ],
)
def test_dates(text: str, locale: str, value: str) -> None:
    assert found(text, locale)[:1] == [value]


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("12/05", "en"),  # May in one country, December in another
        ("next Friday", "en"),  # this week's or next week's
        ("on Friday", "en"),
        ("星期天", "zh-CN"),
        ("2月30号", "zh-CN"),
        ("ist jemand hier", "de"),
        ("I may 5 times", "en"),
        ("version 1.5", "en"),
        ("LL20260518-0042", "en"),
        ("订单20260518", "zh-CN"),
        ("3.5 GB", "en"),
    ],
)
def test_what_may_be_another_day_is_none(text: str, locale: str) -> None:
    assert found(text, locale) == []


@given(days, st.integers(1, 99))
def test_days_ago(today: date, count: int) -> None:
    wanted = (today - timedelta(days=count)).isoformat()
    said = (f"{count}天前", f"{chinese(count)}天前", f"{count} days ago", f"hace {count} días")
    assert {found(text, "", today)[0] for text in said} == {wanted}


@given(days, st.integers(0, 6))
def test_weekdays_of_last_week(today: date, weekday: int) -> None:
    (value,) = found(f"上周{'一二三四五六日'[weekday]}收到的", "zh-CN", today)
    day = date.fromisoformat(value)
    assert day.weekday() == weekday
    assert day.isocalendar().week == (today - timedelta(days=7)).isocalendar().week


@given(days, days)
def test_whole_dates_in_many_forms(today: date, day: date) -> None:
    forms = (
        day.isoformat(),
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}/{day.month}/{day.day}",
        f"{day:%B} {day.day}, {day.year}",
        f"{day.day} {day:%b} {day.year}",
    )
    assert {found(text, "en", today)[0] for text in forms} == {day.isoformat()}


@given(days, st.dates(date(2024, 1, 1), date(2029, 12, 31)))
def test_a_day_without_its_year_is_the_nearest(today: date, day: date) -> None:
    for value in found(f"{day.month}月{day.day}日", "zh-CN", today):
        nearest = date.fromisoformat(value)
        assert (nearest.month, nearest.day) == (day.month, day.day)
        if (day.month, day.day) != (2, 29):  # which may be years away
            assert abs((nearest - today).days) <= 366


@given(st.text(max_size=60), days)
def test_any_text_is_read_without_a_fault(text: str, today: date) -> None:
    for span in find_dates(text, today, "de"):
        assert 0 <= span.start < span.end <= len(text)
