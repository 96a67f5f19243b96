"""The gate, tried on small catalogs that are each broken in one way."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from templates_i18n import locales
from templates_i18n.check import check, main

CODE = 'ASK = "refund.ask"\nKEYS = ("refund.done", f"refund.refused.{code}")\n'
FAMILIES = "families:\n  refund.refused.*: bot/flow.py\n"
TEXTS = {
    "ask": "Which item of {{ order }}?",
    "done": "{{ n | plural(one='one', other='many') }}",
    "refused": "{late: Too late.}",
}


class Shop:
    """A sound catalog with its code in a folder, to be broken by a test."""

    def __init__(self, root: Path) -> None:
        self.templates = root / "templates"
        self.code = root
        for locale in locales.BABEL:
            self.texts(locale, {**TEXTS, "ask": "{{ order }}"})
        self.file("templates/families.yml", FAMILIES)
        self.file("bot/flow.py", CODE)

    def file(self, name: str, text: str) -> None:
        file = self.code / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def texts(self, locale: str, texts: Mapping[str, str], domain: str = "refund") -> None:
        lines = []
        for key, text in texts.items():
            shown = text if text.startswith("{l") else "'" + text.replace("'", "''") + "'"
            lines.append(f"{key}: {shown}\n")
        self.file(f"templates/{locale}/{domain}.yml", "".join(lines))

    def change(self, locale: str, **texts: str) -> None:
        self.texts(locale, {**TEXTS, "ask": "{{ order }}", **texts})

    def problems(self) -> list[str]:
        return check(self.templates, self.code)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_a_sound_catalog_passes(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.problems() == []
    arguments = ["--templates", str(shop.templates), "--code", str(shop.code)]
    assert main(arguments) == 0
    shop.change("en", extra="Left over.")
    assert main(arguments) == 1
    assert "refund.extra: unused" in capsys.readouterr().out


def test_missing_keys(shop: Shop) -> None:
    for locale in ("zh-CN", "ja"):
        shop.texts(locale, {"done": TEXTS["done"], "refused": TEXTS["refused"]})
    assert shop.problems() == ["zh-CN: refund.ask: missing", "ja: refund.ask: missing"]


def test_a_key_only_some_locales_have_is_missing_in_the_others(shop: Shop) -> None:
    shop.texts("de", {"hello": "Guten Tag"}, domain="greeting")
    shop.file("bot/greet.py", "K = 'greeting.hello'\n")
    others = [locale for locale in locales.BABEL if locale != "de"]
    assert shop.problems() == [f"{locale}: greeting.hello: missing" for locale in others]


def test_variables_must_agree_also_inside_filters(shop: Shop) -> None:
    shop.change("fr", ask="{{ total | default(fee) }}")
    assert shop.problems() == [
        "fr: refund.ask: does not use order, as en does",
        "fr: refund.ask: uses fee, total, which en does not",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{ order | shout }}", "unknown filter shout"),
        ("{{ order", "template refund.ask (en)"),
        ("{{ order.__class__ }}", "private attribute __class__"),
        ("{{ order | label(order) }}", "label needs its family as a literal text"),
        ("{{ order | label('colour') }}", "label('colour') has no keys"),
        ("{{ order | plural(other='x') }}", "plural lacks one"),
        ("{{ order | plural(one='x') }}", "plural lacks other"),
        ("{{ order | plural(one='x', other='y', lots='z') }}", "no category lots"),
        ("{{ order }} TODO", "left unfinished"),
        ("{{ order }} {name}", "left unfinished"),
        ("{{ order }} <amount>", "left unfinished"),
        ("{{ order }}，fine", "full-width punctuation"),
        ("{{ order }} No. ４２", "full-width letters or digits"),
    ],
)
def test_faults_of_one_text(shop: Shop, text: str, problem: str) -> None:
    shop.change("en", ask=text)
    found = [line for line in shop.problems() if problem in line]
    assert len(found) == 1
    assert "refund.ask" in found[0]


@pytest.mark.parametrize(
    "text",
    [
        "你好,{{ order }}",
        "{{ order }}:请看",
        "订单{{ order }}(新)单",
        "稍等...{{ order }}",
        "好的.{{ order }}",
    ],
)
def test_half_width_punctuation_in_chinese(shop: Shop, text: str) -> None:
    shop.change("zh-CN", ask=text)
    (problem,) = shop.problems()
    assert problem.startswith("zh-CN: refund.ask:")


@pytest.mark.parametrize(
    "text",
    [
        "您好，订单 {{ order }}：共 1,299.00 元（含运费）。",
        "{{ order }} 12:30 前，请看 https://example.com/a?b=c",
        "稍等……{{ order }}",
        "约 3.5 公斤 {{ order }}",
    ],
)
def test_right_chinese_punctuation_passes(shop: Shop, text: str) -> None:
    shop.change("zh-CN", ask=text)
    assert shop.problems() == []


def test_a_label_must_exist_in_the_language_of_its_sentence(shop: Shop) -> None:
    for locale in locales.BABEL:
        shop.change(locale, ask="{{ order | label('colour') }}")
    for locale in ("en", "zh-CN"):
        shop.texts(locale, {"red": "Red"}, domain="colour")
    problems = shop.problems()
    assert "de: refund.ask: label('colour') needs colour.red in de" in problems
    assert not [line for line in problems if line.startswith(("en:", "zh-CN:", "colour"))]


def test_code_and_texts_must_name_the_same_keys(shop: Shop) -> None:
    shop.file("backend/x.py", "def f(c):\n    return 'refund.gone', 'refund.part.' + c\n")
    assert shop.problems() == [
        "backend/x.py:2: refund.gone: no such template",
        "backend/x.py:2: refund.part.…: keys built in code, not declared in families.yml",
    ]


@pytest.mark.parametrize(
    ("call", "lacking"),
    [
        ("Reply('refund.ask')", "order"),
        ("Reply('refund.ask', {})", "order"),
        ("Reply('refund.ask', {'n': 1}, options)", "order"),
        ("catalog.text('refund.done', locale, {'order': 1})", "n"),
        ("Reply('refund.ask', {'order': 1, 'more': 2})", None),
        ("Reply('refund.ask', {**shown, 'n': 1})", None),
        ("Reply('refund.ask', shown)", None),
        ("tell('refund.ask')", None),
    ],
)
def test_a_call_must_give_what_its_template_reads(
    shop: Shop, call: str, lacking: str | None
) -> None:
    shop.file("bot/x.py", f"A = {call}\n")
    key = call.split("'")[1]
    expected = [f"bot/x.py:1: {key}: is not given {lacking}"] if lacking else []
    assert shop.problems() == expected


def test_folders_that_tell_customers_nothing_are_left_out(shop: Shop) -> None:
    shop.file("backend/refunds/x.py", "ACTION = 'refund.approve'\n")
    shop.file("templates/families.yml", FAMILIES + "silent: [backend/refunds]\n")
    assert shop.problems() == []


@pytest.mark.parametrize(
    ("families", "problem"),
    [
        ("families:\n  refund.refused.*: bot/gone.py\n", "no file bot/gone.py"),
        (FAMILIES + "  refund.old.*: bot/flow.py\n", "bot/flow.py does not build it"),
        (FAMILIES + "  refund.old.*: bot/flow.py\n", "no template has such a key"),
        ("familes: {}\n", "unknown entry familes"),
        ("families: [\n", "families.yml:"),
        ("families: x\n", "families is a mapping"),
        (FAMILIES + "silent: [backend/gone]\n", "silent backend/gone: no such"),
    ],
)
def test_declarations_must_stay_true(shop: Shop, families: str, problem: str) -> None:
    shop.file("templates/families.yml", families)
    assert any(problem in line for line in shop.problems())


def test_unreadable_files_are_listed(shop: Shop) -> None:
    shop.file("templates/en/refund.yml", "ask: [\n")
    assert any(line.startswith("en/refund.yml:") for line in shop.problems())


def test_the_shipped_templates_pass(capsys: pytest.CaptureFixture[str]) -> None:
    failed = main([])
    assert not failed, capsys.readouterr().out
