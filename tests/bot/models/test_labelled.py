"""Reading labelled phrases: what is taken, and what is told of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.understanding.models.labelled import MAX_PHRASE, read_labelled


def written(path: Path, name: str, content: str | bytes) -> Path:
    file = path / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def test_csv_with_good_and_bad_rows(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "own.csv",
        "\ufefflabel,text\r\nrefund,money back\r\n,no label here\r\nrefund,\r\n"
        'nonsense,hello\r\nrefund,money back\r\nparcel,money back\r\nrefund,"two\nlines"\r\n'
        f"refund,{'x' * (MAX_PHRASE + 1)}\r\n",
    )
    read = read_labelled(file, frozenset({"refund", "parcel"}))
    assert [(one.text, one.label) for one in read.phrases] == [
        ("money back", "refund"),
        ("two\nlines", "refund"),
    ]
    assert [(row.line, row.reason) for row in read.bad] == [
        (3, "no label"),
        (4, "no text"),
        (5, "no intent is called 'nonsense'"),
        (7, "labelled parcel here and refund before"),
        (10, f"longer than {MAX_PHRASE} characters"),
    ]


def test_yaml_takes_words_for_what_they_say(tmp_path: Path) -> None:
    file = written(tmp_path, "own.yml", 'deny:\n  - no\n  - "12"\n  - 7\nrefund: [money, a: b]\n')
    read = read_labelled(file)
    assert [one.text for one in read.phrases] == ["no", "12", "7", "money"]
    assert [(row.line, row.reason) for row in read.bad] == [(5, "no text")]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("own.csv", "a,b\n1,2\n", "the first line should name the columns: text,label"),
        ("own.csv", b"text,label\n\xff\xfe,x\n", "not UTF-8"),
        ("own.yml", "- just\n- a list\n", "should be a list of phrases for each label"),
        ("own.yml", "refund: money\n", "line 1: a label needs a list of phrases"),
        ("own.yml", "refund: [", "while parsing"),
        ("own.csv", "", "the first line should name the columns: text,label"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, name: str, content: str | bytes, reason: str
) -> None:
    read = read_labelled(written(tmp_path, name, content))
    assert read.phrases == ()
    assert read.bad[0].reason.startswith(reason)


def test_a_missing_file_is_a_bad_file(tmp_path: Path) -> None:
    assert "No such file" in read_labelled(tmp_path / "none.csv").bad[0].reason
