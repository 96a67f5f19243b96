"""`aftercare sentiment …`: train, test, compare, activate, roll back (`nlu` is the same)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.cli import app
from backend.kit.errors import Invalid

RUNNER = CliRunner()
OWN = """text,label
the pump is as loud as a jet and I am done with you,negative
,negative
what a lovely little pump,positive
where is the pump,nonsense
is this pump the grey one,neutral
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.csv"
    file.write_text(OWN, "utf-8")
    return file


def run(*words: object) -> str:
    found = RUNNER.invoke(app, ["sentiment", *map(str, words)])
    if found.exception is not None:
        raise found.exception
    return found.output


def test_a_version_from_training_to_rolling_back(own: Path, tmp_path: Path) -> None:
    there = ("--data", tmp_path / "data")
    told = run("train", own, "--name", "may", *there)
    assert "own.csv, line 3: no text" in told
    assert "own.csv, line 5: no intent is called 'nonsense'" in told
    phrases, *_ = re.findall(r"(\d+) phrases, 3 labels", told)
    assert int(phrases) > 300, "the shipped ones are learned from, too"
    assert "of these, your own phrases:" in told
    assert "* shipped" in run("list", *there)
    assert "may is in use" in run("activate", "may", *there)
    assert "4 phrases, 4 labels" in run("test", own, *there)
    assert "accuracy" in run("compare", "shipped", "may", own, *there)
    assert "accuracy" in run("compare", "shipped", "may", *there)
    assert "shipped is in use again" in run("rollback", *there)
    assert "* shipped" in run("list", *there)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("activate", "none"), "there is no version none"),
        (("rollback",), "no version was in use before"),
        (("train", "missing.csv"), "no phrase could be taken"),
        (("test", "missing.csv"), "no phrases"),
        (("compare", "shipped", "none"), "no report of none"),
    ],
)
def test_errors_of_use_are_one_clear_line(
    words: tuple[str, ...], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(Invalid) as refused:
        run(*words, "--data", tmp_path / "data")
    assert reason in refused.value.detail


def test_a_name_that_is_taken_is_refused_before_anything_is_trained(
    own: Path, tmp_path: Path
) -> None:
    (tmp_path / "data/models/sentiment/may").mkdir(parents=True)
    with pytest.raises(Invalid) as refused:
        run("train", own, "--name", "may", "--data", tmp_path / "data")
    assert "there is a version may already" in refused.value.detail
