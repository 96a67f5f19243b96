"""What a template may print and do, and what it may never reach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates_i18n import BrokenTemplate, Catalog, CatalogError
from templates_i18n.render import MAX_OUTPUT


@dataclass(frozen=True)
class Money:
    minor: int
    currency: str


@dataclass
class Box:
    value: object = 1
    _secret: str = "hidden"


def render(source: str, locale: str = "en", timezone: str = "UTC", /, **params: object) -> str:
    text = Catalog({locale: {"t.x": source}}).text("t.x", locale, params, timezone=timezone)
    # Babel joins amounts and signs by non-breaking spaces, wide and narrow.
    return text.replace("\u202f", " ").replace("\xa0", " ")


MOMENT = datetime(2026, 5, 20, 19, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "minor", "currency", "expected"),
    [
        ("zh-CN", 129900, "CNY", "¥1,299.00"),
        ("zh-CN", 129900, "USD", "US$1,299.00"),
        ("en", 129900, "USD", "$1,299.00"),
        ("en", 5, "EUR", "€0.05"),
        ("en", -500, "USD", "-$5.00"),
        ("de", -123456, "EUR", "-1.234,56 €"),
        ("fr", 123456, "EUR", "1 234,56 €"),
        ("ja", 1299, "JPY", "￥1,299"),
        ("en", 1299, "KWD", "KWD 1.299"),
        ("en", 1250, "ALL", "ALL 12.50"),
    ],
)
def test_money(locale: str, minor: int, currency: str, expected: str) -> None:
    assert render("{{ m | money }}", locale, m=Money(minor, currency)) == expected


@given(minor=st.integers(-(10**12), 10**12))
def test_money_shows_every_cent(minor: int) -> None:
    shown = render("{{ m | money }}", m=Money(minor, "USD"))
    assert Decimal(shown.replace("$", "").replace(",", "")).scaleb(2) == minor


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("zh-CN", "2026年5月21日 03:04"),
        ("zh-TW", "2026年5月21日 凌晨3:04"),
        ("en", "May 21, 2026, 3:04 AM"),
        ("es", "21 de mayo de 2026, 3:04"),
        ("de", "21. Mai 2026, 03:04"),
        ("fr", "21 mai 2026, 03:04"),
        ("ja", "2026年5月21日 3:04"),
    ],
)
def test_datetime_is_the_shops_time(locale: str, expected: str) -> None:
    assert render("{{ t | datetime }}", locale, "Asia/Shanghai", t=MOMENT) == expected


def test_date_of_a_moment_is_the_shops_day() -> None:
    assert render("{{ t | date }}", "en", "Asia/Shanghai", t=MOMENT) == "May 21, 2026"
    assert render("{{ t | date }}", "en", "UTC", t=MOMENT) == "May 20, 2026"
    assert render("{{ t | date }}", "de", "Asia/Shanghai", t=date(2026, 5, 20)) == "20. Mai 2026"


@pytest.mark.parametrize(
    ("locale", "count", "expected"),
    [("en", 1, "1 day"), ("en", 7, "7 days"), ("en", 1200, "1,200 days"), ("fr", 0, "0 day")],
)
def test_plural_follows_the_language(locale: str, count: int, expected: str) -> None:
    source = "{{ n | plural(one='{n} day', other='{n} days') }}"
    assert render(source, locale, n=count) == expected


def test_a_category_without_a_form_takes_the_other() -> None:
    source = "{{ n | plural(one='uno', other='otros') }}"
    assert render(source, "es", n=1_000_000) == "otros"


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("en", "a, b, and c"), ("zh-CN", "a、b和c"), ("es", "a, b y c"), ("ja", "a、b、c")],
)
def test_join_list(locale: str, expected: str) -> None:
    assert render("{{ l | join_list }}", locale, l=["a", "b", "c"]) == expected


def test_number() -> None:
    assert render("{{ n | number }}", "de", n=Decimal("1234.5")) == "1.234,5"


def test_label_gives_the_words_for_a_code() -> None:
    catalog = Catalog(
        {
            "en": {"t.x": "Reason: {{ r | label('reason') }}", "reason.late": "late"},
            "de": {"reason.late": "verspätet", "t.y": "Grund: {{ r | label('reason') }}"},
        }
    )
    assert catalog.text("t.y", "de", {"r": "late"}) == "Grund: verspätet"
    # The sentence is English, so its label is too.
    assert catalog.text("t.x", "de", {"r": "late"}) == "Reason: late"
    with pytest.raises(BrokenTemplate, match="needs a code"):
        catalog.text("t.x", "en", {"r": "late.secret"})


def test_a_label_cannot_use_a_label() -> None:
    catalog = Catalog({"en": {"a.x": "{{ 'x' | label('a') }}"}})
    with pytest.raises(BrokenTemplate, match="cannot use another"):
        catalog.text("a.x", "en", {})


def test_a_missing_variable_is_named_with_key_and_locale() -> None:
    with pytest.raises(BrokenTemplate) as caught:
        render("Hello {{ name }}", "de")
    error = caught.value
    assert (error.key, error.locale, error.variable) == ("t.x", "de", "name")
    assert "t.x (de)" in str(error)


def test_a_missing_attribute_is_an_error_too() -> None:
    with pytest.raises(BrokenTemplate, match="no attribute 'total'"):
        render("{{ order.total }}", order=Box())


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ v }}", None),
        ("{{ v }}", MOMENT),
        ("{{ v }}", Money(1, "EUR")),
        ("{{ v }}", True),
        ("{{ v }}", 1.5),
        ("{{ v.upper }}", "x"),
        ("{{ v | money }}", 12),
        ("{{ v | datetime }}", MOMENT.replace(tzinfo=None)),
        ("{{ v | date }}", "2026-05-20"),
        ("{{ v | number }}", "many"),
        ("{{ v | join_list }}", "abc"),
        ("{{ v | plural(one='a') }}", 1),
        ("{{ v | plural(other='a', several='b') }}", 1),
    ],
)
def test_a_value_that_would_read_like_python_is_refused(source: str, value: object) -> None:
    with pytest.raises(BrokenTemplate):
        render(source, v=value)


CUSTOMER_TEXTS = [
    "{{7*7}}",
    "{% for x in range(9) %}x{% endfor %}",
    "{# gone #}",
    "{{ ''.__class__.__mro__ }}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "{n} {0.__class__} %s %(x)s",
    "<script>alert('&')</script>",
]


@pytest.mark.parametrize("text", CUSTOMER_TEXTS)
def test_what_a_customer_wrote_is_never_a_template(text: str) -> None:
    assert render("You said: {{ said }}.", said=text) == f"You said: {text}."
    assert text in render("{{ l | join_list }}", l=[text, "b"])


@pytest.mark.parametrize(
    "source",
    [
        "{{ box._secret }}",
        "{{ box['_secret'] }}",
        "{{ box.__class__ }}",
        "{{ ''['__class__'] }}",
        "{{ box.value() }}",
        "{{ box | attr('_secret') }}",
        "{{ [box] | map(attribute='_secret') | first }}",
        "{{ self }}{{ self.__init__ }}",
        "{{ _rendering }}",
        "{% for _ in range(10) %}x{% endfor %}",
        "{% set x = 1 %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% macro m() %}{% endmacro %}",
        "{{ 'a' * 1000000000 }}",
        "{{ 9 ** 99999 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ 'x' | center(1000000000) }}",
        "{{ cycler }}{{ lipsum() }}",
        "x" * 4_001,
    ],
)
def test_forbidden_constructs_do_not_load(source: str) -> None:
    with pytest.raises(CatalogError, match=r"t\.x \(en\)"):
        render(source, box=Box())


@pytest.mark.parametrize(
    "source",
    ["{{ box[name] }}", "{{ box['_' ~ 'secret'] }}", "{{ box.value[name] }}", "{{ box[name:] }}"],
)
def test_private_attributes_stay_closed_when_the_name_is_computed(source: str) -> None:
    with pytest.raises(BrokenTemplate):
        render(source, box=Box(), name="_secret")


def test_globals_of_jinja_are_not_there() -> None:
    with pytest.raises(BrokenTemplate, match="undefined"):
        render("{{ cycler }}")


def test_output_is_limited_while_it_grows() -> None:
    inner = "{% for c in l %}{{ c }}{% endfor %}"
    source = "{% for a in l %}{% for b in l %}" + inner + "{% endfor %}{% endfor %}"
    with pytest.raises(BrokenTemplate, match=str(MAX_OUTPUT)):
        render(source, l=["x" * 100] * 1_000)


def test_a_parameter_cannot_replace_the_rendering() -> None:
    assert render("{{ m | money }}", m=Money(100, "USD"), _rendering="x") == "$1.00"
