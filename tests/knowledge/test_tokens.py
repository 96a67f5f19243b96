"""Terms: what of a text is counted, and as what."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.tokens import Vocabulary, read_vocabulary, stem

ZH = Vocabulary(
    frozenset({"的", "什么"}),
    {"退款": "#退款", "退钱": "#退款", "退款方式": "#方式", "什么时候": "#多久"},
)
EN = Vocabulary(
    frozenset({"the", "my"}),
    {"refund": "#refund", "money back": "#refund", "kettle": "~appliance"},
)


def test_chinese_is_counted_in_pairs_between_known_words() -> None:
    assert ZH.terms("我的退钱进度") == ["我", "#退款", "进度"]
    assert ZH.terms("什么时候到账户") == ["#多久", "到账", "账户"]


def test_the_longest_known_word_wins() -> None:
    assert ZH.terms("退款方式") == ["#方式"]


def test_phrases_and_stems_of_latin_words() -> None:
    assert EN.terms("Is my MONEY back? The kettles’ refunds…") == [
        "is",
        "#refund",
        "~appliance",
        "#refund",
    ]


def test_widths_and_scripts_mix_and_numbers_are_dropped() -> None:
    vocabulary = Vocabulary(frozenset(), {"paypal": "#wallet"})
    assert vocabulary.terms("用ＰａｙＰａｌ付 100") == ["用", "付", "#wallet"]


@pytest.mark.parametrize(
    ("words", "common"),
    [
        (("return", "returns", "returned", "returning"), "return"),
        (("duty", "duties"), "dut"),
        (("cookie", "cookies"), "cook"),
        (("stop", "stopped", "stopping"), "stop"),
        (("pass", "passed"), "pass"),
        (("fee", "fees"), "fee"),
        (("address",), "address"),
        (("is",), "is"),
        (("7days",), "7days"),
    ],
)
def test_stem(words: tuple[str, ...], common: str) -> None:
    assert {stem(word) for word in words} == {common}


def test_a_form_two_concepts_claim_is_an_error(tmp_path: Path) -> None:
    text = "stop: [on, no]\ncategories: {}\nconcepts: {refund: [money], price: [money]}\n"
    (tmp_path / "en.yml").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"en\.yml: money is in #refund and in #price"):
        read_vocabulary("en", tmp_path)


def test_words_that_yaml_takes_for_booleans_stay_words() -> None:
    assert {"on", "no", "yes"} <= read_vocabulary("en").stop
