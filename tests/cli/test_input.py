"""Mistakes in the input: a clear error with its place, exit code 2, and nothing on standard output."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cli.small import APPROVED, folder
from verifier.cli import cli

BAD_CASES: list[tuple[str, bytes, str]] = [
    ("empty.json", b"", "empty.json: the file is empty"),
    ("blank.jsonl", b"\n \n", "blank.jsonl: the file is empty"),
    ("array.json", b"[]", "array.json: a list where a case is due"),
    ("broken.json", b'{"patient": }', "broken.json:1:13: not JSON"),
    ("twice.json", b'{"patient": {"grade": 1,\n "grade": 2}}', "the key `grade` is given twice"),
    ("nan.json", b'{"patient": {"grade": NaN}}', "nan.json:1:23: `NaN` is not a number"),
    ("infinity.json", b'{"patient": {"grade": -Infinity}}', "`-Infinity` is not a number"),
    ("huge.json", b'{"patient": {"grade": ' + b"9" * 6000 + b"}}", "too many digits"),
    ("large.json", b'{"patient": {"grade": 99999999999999999999}}', "patient.grade"),
    ("deep.json", b"[" * 100_000, "deep.json"),
    ("number.json", b'{"request": {"date": 20260501}}', "number.json: request.date: "),
    ("nowhen.json", b'{"request": {"date": "2026-02-30"}}', "nowhen.json: request.date: "),
    ("typo.json", b'{"patient": {"grdae": 5}}', "did you mean `patient.grade`"),
    ("range.json", b'{"patient": {"grade": 11}}', "range.json: patient.grade: "),
    ("latin.json", '{"pätient": 1}'.encode("latin-1"), "latin.json:1:4: byte 0xe4 is not UTF-8"),
    ("null.json", b"null", "null.json: null where a case is due"),
    ("word.json", b'{"visits": [{"side": "lefft"}]}', "visits[0].side"),
    ("element.json", b'{"visits": [null]}', "visits[0]"),
    ("policy.json", b'{"policy": "other", "case": {}}', "the case is for policy `other`"),
    ("key.json", b'{"polcy": "small_policy", "case": {}}', "did you mean `policy`"),
    ("reading.json", b'{"readings": {"grade": "fuor"}, "case": {}}', "did you mean `four`"),
    ("expect.json", b'{"expect": {"outcome": "denied"}, "case": {}}', "there is no outcome `denied`"),
    ("lines.jsonl", b'{}\n\n{"patient": 3\n', "lines.jsonl:3:"),
    (
        "future.json",
        b'{"request": {"date": "2026-01-01"}, "visits": [{"day": "2026-01-02"}]}',
        "future.json: visits[0]",
    ),
]


@pytest.mark.parametrize(("name", "data", "message"), BAD_CASES, ids=[c[0] for c in BAD_CASES])
@pytest.mark.parametrize("command", ["decide", "explain"])
def test_a_bad_case_is_an_error(tmp_path: Path, command: str, name: str, data: bytes, message: str) -> None:
    folder(tmp_path)
    (tmp_path / name).write_bytes(data)
    paths = [str(tmp_path / "case.json"), str(tmp_path / name)]
    result = CliRunner().invoke(cli, [command, str(tmp_path / "small.policy"), *paths])
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "a.json").write_text('{"patient": {"grade": 11, "minor": 3}}', encoding="utf-8")
    (tmp_path / "b.json").write_text('{"nothing": 1}', encoding="utf-8")
    result = CliRunner().invoke(
        cli, ["decide", str(tmp_path / "small.policy"), str(tmp_path / "a.json"), str(tmp_path / "b.json")]
    )
    assert result.exit_code == 2
    for place in ("a.json: patient.grade", "a.json: patient.minor", "b.json: nothing"):
        assert place in result.stderr


@pytest.mark.parametrize("command", ["decide", "lint", "show", "format"])
def test_a_bad_policy_is_an_error(tmp_path: Path, command: str) -> None:
    folder(tmp_path, "policy small_policy 'A policy'\n")
    case = [str(tmp_path / "case.json")] if command == "decide" else []
    result = CliRunner().invoke(cli, [command, str(tmp_path / "small.policy"), *case])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "small.policy:1:" in result.stderr


@pytest.mark.parametrize("name", ["", "missing.policy", "empty.policy", "latin.policy", "small.vocabulary"])
def test_a_policy_that_is_no_policy_is_an_error(tmp_path: Path, name: str) -> None:
    folder(tmp_path)
    (tmp_path / "empty.policy").write_text("", encoding="utf-8")
    (tmp_path / "latin.policy").write_bytes(b'policy x "\xe4"\n')
    for command in ("lint", "show"):
        result = CliRunner().invoke(cli, [command, str(tmp_path / name)])
        assert result.exit_code == 2
        assert result.stdout == ""
        assert "error" in result.stderr


def test_a_folder_given_as_a_case_is_an_error(tmp_path: Path) -> None:
    folder(tmp_path)
    result = CliRunner().invoke(cli, ["decide", str(tmp_path / "small.policy"), str(tmp_path)])
    assert result.exit_code == 2
    assert "this is a folder" in result.stderr


def test_a_bad_reading_is_named_once(tmp_path: Path) -> None:
    folder(tmp_path)
    case = str(tmp_path / "case.json")
    arguments = ["decide", str(tmp_path / "small.policy"), case, case, "--reading", "grade=fuor"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert result.stderr.count("did you mean `four`") == 1
    for wrong in ("grade", "=four", "grade="):
        assert CliRunner().invoke(cli, [*arguments[:-1], wrong]).exit_code == 2


def test_a_mark_at_the_start_of_a_file_is_no_mistake(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "bom.json").write_bytes(b"\xef\xbb\xbf" + APPROVED.encode())
    result = CliRunner().invoke(cli, ["decide", str(tmp_path / "small.policy"), str(tmp_path / "bom.json")])
    assert result.exit_code == 0, result.output
