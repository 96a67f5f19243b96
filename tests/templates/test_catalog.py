"""Reading templates from files, and finding a text along the fallback chain."""

from __future__ import annotations

from pathlib import Path

import pytest

from templates_i18n import Catalog, CatalogError, MissingTemplate


def write(root: Path, name: str, text: str) -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def test_nested_keys_begin_with_the_domain(tmp_path: Path) -> None:
    write(tmp_path, "en/refund.yml", "ask_reason: Why?\nrefused:\n  too_late: Too late.\n")
    catalog = Catalog.load(tmp_path)
    assert catalog.keys("en") == {"refund.ask_reason", "refund.refused.too_late"}
    assert catalog.text("refund.refused.too_late", "en", {}) == "Too late."


def test_yes_and_no_are_words_not_booleans(tmp_path: Path) -> None:
    write(tmp_path, "en/button.yml", "yes: Yes\nno: no\n")
    assert Catalog.load(tmp_path).text("button.no", "en", {}) == "no"


def test_a_block_keeps_its_lines_and_loses_its_last_line_end(tmp_path: Path) -> None:
    source = "sum: |\n  Parts:\n  {% for p in parts %}\n  - {{ p }}\n  {% endfor %}\n  Done.\n"
    write(tmp_path, "en/quote.yml", source)
    text = Catalog.load(tmp_path).text("quote.sum", "en", {"parts": ["a", "b"]})
    assert text == "Parts:\n- a\n- b\nDone."


@pytest.mark.parametrize(
    ("name", "source", "problem"),
    [
        ("en/refund.yml", "a: x\na: y\n", "a is given twice"),
        ("en/refund.yml", "a: {b: [x]}\n", "refund.a.b: a template is a text"),
        ("en/refund.yml", "a: ''\n", "refund.a: a template is a text"),
        ("en/refund.yml", "Ask-Reason: x\n", "a key is made of"),
        ("en/refund.yml", "just words\n", "one text instead of keys"),
        ("en/refund.yml", "a: 'open\n", "en/refund.yml:"),
        ("en/refund.yml", "a: '{{ open'\n", "template refund.a (en)"),
        ("readme.md", "nothing", "no folder of a locale"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, source: str, problem: str) -> None:
    write(tmp_path, name, source)
    with pytest.raises(CatalogError) as caught:
        Catalog.load(tmp_path)
    assert problem in str(caught.value)


def test_all_broken_templates_are_reported_at_once() -> None:
    with pytest.raises(CatalogError) as caught:
        Catalog({"en": {"a.b": "{{ x | shout }}", "a.c": "{% if %}", "a.d": "fine"}})
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("zh-TW", "繁"),
        ("zh-HK", "繁"),
        ("zh-CN", "简"),
        ("es-MX", "english"),
        ("ja", "english"),
        ("tlh", "english"),
        ("", "english"),
    ],
)
def test_the_nearest_locale_that_has_the_key_answers(locale: str, expected: str) -> None:
    catalog = Catalog(
        {"zh-TW": {"a.b": "繁"}, "zh-CN": {"a.b": "简"}, "en": {"a.b": "english"}, "es": {}}
    )
    assert catalog.text("a.b", locale, {}) == expected


def test_traditional_chinese_falls_back_to_simplified_before_english() -> None:
    catalog = Catalog({"zh-TW": {}, "zh-CN": {"a.b": "简"}, "en": {"a.b": "english"}})
    assert catalog.text("a.b", "zh-TW", {}) == "简"
    assert not catalog.has("a.b", "zh-TW")
    assert catalog.has("a.b", "zh-CN")


def test_a_key_no_locale_has_is_an_error_naming_it() -> None:
    with pytest.raises(MissingTemplate) as caught:
        Catalog({"en": {"a.b": "x"}}).text("a.c", "es", {})
    assert (caught.value.key, caught.value.locale) == ("a.c", "es")
    assert "es, en" in str(caught.value)


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("zh", "zh-CN"),
        ("zh-Hans-HK", "zh-CN"),
        ("zh-SG", "zh-CN"),
        ("zh_TW", "zh-TW"),
        ("ZH-hant", "zh-TW"),
        ("zh-MO", "zh-TW"),
        ("en-GB", "en"),
        ("de_AT.UTF-8", "de"),
        ("fr-CA", "fr"),
        ("pt-BR", "en"),
        (None, "en"),
    ],
)
def test_tags_of_channels_resolve_to_our_locales(tag: str | None, locale: str) -> None:
    assert Catalog.resolve_locale(tag) == locale
