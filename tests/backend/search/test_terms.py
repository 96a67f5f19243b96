"""How text is cut into terms, and what a typed query asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kit.search.terms import (
    LONGEST,
    MAX_QUERY_GROUPS,
    MAX_TERMS,
    distinct,
    email_term,
    facet,
    fts5_expression,
    number_terms,
    parse_query,
    phone_terms,
    text_terms,
    tsquery_pattern,
)

TEXT = "水壶收到就坏了。The Kettle (2 l) arrived BROKEN — Größe falsch, n° 20260518-AB-0042"


@pytest.mark.parametrize(
    "typed",
    [
        "水壶",
        "壶",  # one character
        "收到就坏了",  # no spaces, longer than a pair
        "水壶 broken",  # both scripts, in any order
        "broken 水壶",
        "kettle",
        "KETTLE",
        "ket",  # a beginning
        "ｋｅｔｔｌｅ",  # full-width
        "kett arriv",  # of several words
        "grosse",  # ß and ss are one
        "20260518-AB-0042",
        "20260518ab0042",
        "0042",
        "ab",
        "2",
    ],
)
def test_a_text_is_found_by(typed: str) -> None:
    assert parse_query(typed).matches(text_terms(TEXT))


def test_words_are_told_apart_by_their_first_letters() -> None:
    assert parse_query("gramophones").matches(text_terms("a Gramophone"))
    assert parse_query("gramopho").matches(text_terms("gramophone"))
    assert not parse_query("gramophile").matches(text_terms("gramopxone"))
    assert not parse_query("1234567891 ").matches(text_terms("1234567890"))


@pytest.mark.parametrize("typed", ["茶壶", "壶水", "ettle", "kettles", "br kettle", "0043", "5180"])
def test_a_text_is_not_found_by(typed: str) -> None:
    assert not parse_query(typed).matches(text_terms(TEXT))


@pytest.mark.parametrize("typed", ["", " ", "%", "_", "'\"*:()", "\x00", "\ue000open", "?!。"])
def test_without_a_letter_or_digit_there_is_no_query(typed: str) -> None:
    query = parse_query(typed)
    assert query == parse_query("open") if "open" in typed else not query


@pytest.mark.parametrize(
    "typed",
    ["AS20260520-1286", "as20260520-1286", "20260520-1286", "202605201286", "1286", "20260520"],
)
def test_a_number_is_found_whole_and_by_its_parts(typed: str) -> None:
    assert parse_query(typed).matches(number_terms("AS20260520-1286"))


@pytest.mark.parametrize("typed", ["9977", "114552300009977", "114-5523", "amz-114"])
def test_an_order_number_is_found_by_its_last_four_digits(typed: str) -> None:
    assert parse_query(typed).matches(number_terms("AMZ-114-5523-00009977"))


@pytest.mark.parametrize(
    "typed", ["13800138001", "+86 138 0013 8001", "138-0013-8001", "8001", "800"]
)
def test_a_phone_is_found_whole_and_by_its_tail(typed: str) -> None:
    assert parse_query(typed).matches(phone_terms("+86 138-0013-8001"))


@pytest.mark.parametrize("typed", ["1380", "13800138", "138001380", "0013", "001"])
def test_a_phone_can_not_be_spelled_out(typed: str) -> None:
    assert not parse_query(typed).matches(phone_terms("+86 138-0013-8001"))


def test_a_masked_phone_has_a_tail_at_most() -> None:
    assert phone_terms("***8001") == ("8001",)
    assert phone_terms("***01") == ()


def test_an_address_is_found_as_a_whole_alone() -> None:
    terms = [email_term("Lin.Xiao@Example.com")]
    assert parse_query(" lin.xiao@example.COM ").matches(terms)
    for typed in ("lin", "lin.xiao", "example.com", "l@example.com"):
        assert not parse_query(typed).matches(terms)
    said = text_terms("写到lin.xiao@example.com，谢谢")
    assert parse_query("lin.xiao@example.com").matches(said)


def test_nobody_types_a_facet() -> None:
    assert not parse_query("open").matches([facet("open")])
    assert parse_query("kettle").with_facet("open").matches(["kettle", facet("open")])


def test_there_is_an_end_to_everything() -> None:
    assert len(parse_query("很" + "长" * 50 + " ".join(map(str, range(50)))).groups) <= (
        MAX_QUERY_GROUPS
    )
    assert len(distinct(map(str, range(10_000)))) == MAX_TERMS
    assert parse_query("x" * 99).matches(text_terms("x" * 5_000))
    assert max(map(len, text_terms("x" * 5_000 + "1" * 5_000))) == LONGEST


@given(st.text())
def test_a_word_of_a_text_finds_it(text: str) -> None:
    terms = distinct(text_terms(text))
    for word in text.split()[:3]:
        query = parse_query(word)
        if query and "@" not in word:
            assert query.matches(terms), word


@given(st.text())
def test_terms_need_no_quoting(text: str) -> None:
    for term in text_terms(text):
        assert not set(term) & set(" '\"\\#:*&|()")
    for written in (fts5_expression(parse_query(text)), tsquery_pattern(parse_query(text))):
        assert "\x00" not in written
