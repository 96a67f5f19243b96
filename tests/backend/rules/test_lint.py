"""What a decision table is refused for, with row and column; and why it must be."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

import pytest
import zen
from hypothesis import given
from hypothesis import strategies as st

from backend.kit.errors import FieldError
from backend.rules.engine import TableBroken, Version, content_hash, evaluate
from backend.rules.lint import lint, read_literal
from backend.rules.shipped import compile_table, shipped_content
from backend.rules.tables import REASONS, REFUND_APPROVAL, TABLES, RefundApprovalInputs

INPUTS = RefundApprovalInputs(
    amount=1_000,
    currency="CNY",
    cross_border=False,
    business="appliances",
    tier="standard",
    blacklisted=False,
    refunds_90d=0,
    reason="quality",
    received=True,
    delivered=True,
    evidence_count=1,
    order_age_days=3,
)


def table(*rows: dict[str, Any]) -> dict[str, Any]:
    """A table of these rows (`amount="> 1"` …, what is not told filled in) above a catch-all."""
    content = copy.deepcopy(dict(shipped_content(REFUND_APPROVAL)))
    content["rules"] = [row(number, **cells) for number, cells in enumerate(rows, 1)]
    content["rules"].append(row(99, out_approval='"manual"'))
    return content


def row(number: int, **cells: Any) -> dict[str, Any]:
    named = {
        name if name.startswith(("_", "out_", "other_")) else f"in_{name}": cell
        for name, cell in cells.items()
    }
    return {"_id": f"r{number}", "out_approval": '"one"', "out_note": '""'} | named


def errors_of(content: Any) -> list[tuple[str, str]]:
    return [(error.field, error.reason) for error in lint(REFUND_APPROVAL, content)]


def the_error(content: Any) -> tuple[str, str]:
    [error] = errors_of(content)
    return error


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("amount", "<= 20000"),
        ("amount", "> 100 and <= 200"),
        ("amount", "[1..300]"),
        ("amount", "(0..300)"),
        ("amount", "100, 200"),
        ("amount", "not in [1, 2]"),
        ("refunds_90d", ">= 3"),
        ("refunds_90d", "3"),
        ("reason", '"quality"'),
        ("reason", "'quality', 'damaged'"),
        ("reason", 'not in ["quality", "damaged"]'),
        ("reason", '!= "quality"'),
        ("business", '"anything a shop calls itself"'),
        ("cross_border", "true"),
        ("cross_border", ""),
        ("cross_border", " false "),
    ],
)
def test_good_cells(column: str, cell: str) -> None:
    cells = {column: cell} if column != "amount" else {column: cell, "currency": '"CNY"'}
    assert errors_of(table({"blacklisted": "true", **cells})) == []


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("amount", "<= 200.00", "expects whole numbers, not 200.00"),
        ("amount", '"200"', 'expects whole numbers, not "200"'),
        ("amount", "<= limit", "unknown name limit"),
        ("amount", "<= 1e3", "unknown name e3"),
        ("amount", "<=", "can't be read"),
        ("amount", "100 200", "can't be read"),
        ("amount", "amount > 3", "unknown name amount"),
        ("amount", "= 3", "= can't stand here"),
        ("amount", "<= 3;", "; can't stand here"),
        ("amount", "sum([1])", "unknown name sum"),
        ("amount", "-", "can't be read"),
        ("refunds_90d", "not(3)", "can't be read"),
        ("reason", "quality", "unknown name quality"),
        ("reason", '"qualty"', 'unknown word "qualty"'),
        ("reason", "3", "expects words in quotes, not the number 3"),
        ("reason", '> "quality"', "> can't stand here"),
        ("reason", f"not in {list(REASONS)}", "can never match"),
        ("cross_border", "1", "must be true, false or empty"),
        ("cross_border", '"true"', "must be true, false or empty"),
        ("amount", "> 1" + " " * 500, "at most 500 characters"),
        ("amount", 3, "must be text"),
        ("amount", None, "must be text"),
    ],
)
def test_bad_cells_name_row_and_column(column: str, cell: Any, reason: str) -> None:
    good = {"blacklisted": "true"}
    where, why = errors_of(table(good, {"currency": '"CNY"', column: cell}))[0]
    assert where == f"row 2, column {column}"
    assert reason in why
    assert "Stack" not in why


def test_several_errors_are_told_at_once() -> None:
    content = table(
        {"reason": '"qualty"', "blacklisted": "yes"}, {"tier": '"gold"', "received": "1"}
    )
    assert [where for where, _ in errors_of(content)] == [
        "row 1, column blacklisted",
        "row 1, column reason",
        "row 2, column received",
    ]


def test_an_amount_needs_its_currency() -> None:
    assert the_error(table({"amount": "> 5"})) == (
        "row 1, column amount",
        "an amount needs its currency beside it",
    )


@pytest.mark.parametrize(
    ("cells", "where", "why"),
    [
        ({"out_approval": '"maybe"'}, "row 1, column approval", "Input should be 'auto'"),
        ({"out_approval": "auto"}, "row 1, column approval", "must be a plain value"),
        ({"out_approval": ""}, "row 1, column approval", "is empty"),
        ({"out_approval": "1 + 1"}, "row 1, column approval", "must be a plain value"),
        ({"out_note": '"Rather not!"'}, "row 1, column note", "should match pattern"),
        ({"out_note": "true"}, "row 1, column note", "valid string"),
        ({"other_column": "1"}, "row 1, column other_column", "unknown column"),
        ({"_id": ""}, "row 1", "needs an _id"),
        ({"_id": "r99"}, "row 2", "the id r99 is there twice"),
    ],
)
def test_bad_rows(cells: dict[str, str], where: str, why: str) -> None:
    told, reason = the_error(table({"blacklisted": "true", **cells}))
    assert told == where
    assert why in reason


def test_the_last_row_takes_everything_and_leaves_it_to_a_person() -> None:
    content = table()
    content["rules"][-1]["out_approval"] = '"auto"'
    assert the_error(content) == ("row 1, column approval", 'must be "manual"')
    content = table({"blacklisted": "true"})
    content["rules"].pop()
    assert ("row 1", "the last row must take everything (no conditions)") in errors_of(content)


def test_rows_that_never_decide() -> None:
    hidden = errors_of(table({}, {"blacklisted": "true"}))
    assert hidden[0] == ("row 1", "takes everything: the rows below it never decide")
    twice = table({"blacklisted": "true"}, {"blacklisted": "true ", "out_approval": '"two"'})
    assert the_error(twice) == ("row 2", "row 1 has the same conditions")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"hitPolicy": "collect"}, "hitPolicy"),
        ({"inputs": "all"}, "inputs"),
        ({"rules": []}, "rules"),
        ({"rules": {}}, "rules"),
        ({"rules": ["x"]}, "row 1"),
        ({"inputs": [{"id": "a", "field": "colour"}]}, "inputs, column 1"),
        ({"inputs": [{"field": "amount"}]}, "inputs, column 1"),
        ({"outputs": [{"id": "out_approval", "field": "approval"}]}, "outputs"),
    ],
)
def test_a_bad_frame(change: dict[str, Any], where: str) -> None:
    assert errors_of({**table(), **change})[0][0] == where


def test_columns_are_there_once() -> None:
    content = table()
    content["inputs"] = [
        {"id": "a", "field": "amount"},
        {"id": "a", "field": "tier"},
        {"id": "b", "field": "amount"},
    ]
    assert errors_of(content)[:2] == [
        ("inputs, column 2", "id a is there twice"),
        ("inputs, column 3", "field amount is there twice"),
    ]


@pytest.mark.parametrize("content", [None, [], "table", 3])
def test_what_is_no_table(content: Any) -> None:
    assert the_error(content)[0] == "content"


def test_too_many_rows() -> None:
    many = table(*({"refunds_90d": f"== {number}"} for number in range(500)))
    assert the_error(many) == ("rules", "at most 500 rows")


@pytest.mark.parametrize("spec", TABLES.values())
def test_the_shipped_tables_are_clean(spec: Any) -> None:
    assert lint(spec, shipped_content(spec)) == []


@pytest.mark.parametrize(
    ("cell", "value"),
    [('"a b"', "a b"), ("'a'", "a"), ("12", 12), ("-1", -1), ("true", True), (" false ", False)],
)
def test_literals(cell: str, value: object) -> None:
    assert read_literal(cell) == value
    assert type(read_literal(cell)) is type(value)


@pytest.mark.parametrize("cell", ["a", "1.5", '"a" + "b"', '"a', "null", ""])
def test_no_literals(cell: str) -> None:
    assert read_literal(cell) is None


# Why all this: what the engine does by itself. Should it ever do better, these tests say so.


def test_the_engine_takes_a_broken_cell_for_no_match() -> None:
    content = table({"currency": '"CNY"', "amount": "<= limit"})
    decided = evaluate(REFUND_APPROVAL, version_of(content), lambda: content, INPUTS)
    assert (decided.row_id, decided.outputs.approval) == ("r99", "manual")


def test_the_engine_takes_a_text_for_no_match() -> None:
    assert zen.evaluate_unary_expression("3", {"$": "3"}) is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "1000"},
        {"amount": 10.0},
        {"amount": True},
        {"amount": -1},
        {"currency": "rmb"},
        {"reason": "because"},
        {"blacklisted": 0},
        {"surprise": 1},
    ],
)
def test_inputs_are_strict(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RefundApprovalInputs.model_validate(INPUTS.model_dump() | wrong)


def test_a_missing_input_is_an_error() -> None:
    values = INPUTS.model_dump()
    del values["blacklisted"]
    with pytest.raises(ValueError, match="blacklisted"):
        RefundApprovalInputs.model_validate(values)


def test_a_table_that_was_not_linted_fails_loudly() -> None:
    content = table({"blacklisted": "true"})
    content["rules"].pop()
    with pytest.raises(TableBroken):
        evaluate(REFUND_APPROVAL, version_of(content), lambda: content, INPUTS)


def test_content_is_compiled_once() -> None:
    content = table({"order_age_days": "> 12345"})
    asked = []

    def load() -> dict[str, Any]:
        asked.append(1)
        return content

    for _ in range(3):
        evaluate(REFUND_APPROVAL, version_of(content), load, INPUTS)
    assert len(asked) == 1


def test_two_contents_of_one_version_number_are_told_apart() -> None:
    """Two shops in one process, or a test's database beside another."""
    first = table({"tier": '"standard"', "out_approval": '"auto"'})
    second = table({"tier": '"standard"', "out_approval": '"two"'})
    answers = []
    for content in (first, second):
        decided = evaluate(REFUND_APPROVAL, version_of(content), partial(dict, content), INPUTS)
        answers.append(decided.outputs.approval)
    assert answers == ["auto", "two"]


def version_of(content: dict[str, Any]) -> Version:
    return Version(1, content_hash(content))


@pytest.mark.parametrize(
    "when",
    [
        {"amount": "<= 200.00"},
        {"currency": ["CNY", "USD"], "amount": "<= 200.00"},
        {"currency": "CNY", "amount": "<= 200"},
        {"currency": "JPY", "amount": "<= 200.00"},
    ],
)
def test_amounts_of_the_shipped_form_need_one_currency_and_its_digits(when: Any) -> None:
    document = {"rows": [{"id": "a", "when": when, "then": {}}]}
    with pytest.raises(ValueError, match=r"currency|digits"):
        compile_table(REFUND_APPROVAL, document)


def test_an_unknown_column_of_the_shipped_form() -> None:
    with pytest.raises(KeyError):
        compile_table(REFUND_APPROVAL, {"rows": [{"id": "a", "when": {"x": 1}, "then": {}}]})


def test_errors_are_field_errors() -> None:
    assert all(isinstance(error, FieldError) for error in lint(REFUND_APPROVAL, {}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("9" * 5_000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
PLACES = (("outputs",), ("inputs",), ("rules",), ("hitPolicy",))
CELLS = (("outputs", 0), ("outputs", 0, "field"), ("inputs", 0, "id"), ("rules", 0))
DEEP = (("rules", 0, "_id"), ("rules", 0, "out_approval"), ("rules", 0, "in_amount"))


@given(place=st.sampled_from(PLACES + CELLS + DEEP), value=JSON)
def test_whatever_stands_in_a_table_is_told_and_never_breaks_the_check(
    place: tuple[str | int, ...], value: Any
) -> None:
    content = table({"amount": "> 1", "currency": '"CNY"', "out_approval": '"auto"'})
    holder: Any = content
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    assert all(isinstance(error, FieldError) for error in lint(REFUND_APPROVAL, content))
