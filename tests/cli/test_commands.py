"""What the commands print, and how they exit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cli.small import APPROVED, POLICY, folder, run
from verifier.cli import cli

ROOT = Path(__file__).parent.parent.parent
ESI = "policies/esi/esi_prior_authorization.policy"
DENIED = "policies/esi/cases/coverage-deny-three-reasons.json"
KEYS = [
    "case", "policy", "policy_sha256", "outcome", "possible", "failed",
    "reasons", "repairs", "missing", "warnings", "valid_through",
]  # fmt: skip


def _invoke(*arguments: str, stdin: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(cli, list(arguments), input=stdin, catch_exceptions=False)
    return result.exit_code, result.stdout


def test_one_case_is_an_object_and_several_are_an_array(tmp_path: Path) -> None:
    folder(tmp_path)
    policy, case = str(tmp_path / "small.policy"), str(tmp_path / "case.json")
    code, out = _invoke("decide", policy, case, "--format", "json")
    one = json.loads(out)
    assert code == 0
    assert one["case"] == "case.json"
    assert one["outcome"] == "approve"
    assert [key for key in KEYS if key not in one] == []
    many = json.loads(_invoke("decide", policy, case, case, "--format", "json")[1])
    assert many == [one, one]


def test_lines_are_read_and_written_in_order(tmp_path: Path) -> None:
    folder(tmp_path)
    denied = json.loads(APPROVED)
    denied["patient"]["minor"] = True
    lines = [APPROVED, "", json.dumps({"id": "second", "case": denied}), json.dumps({**denied, "id": 3})]
    (tmp_path / "cases.jsonl").write_text("\n".join(lines), encoding="utf-8")
    arguments = ("decide", str(tmp_path / "small.policy"), "--brief", "--format", "jsonl")
    code, out = _invoke(*arguments, str(tmp_path / "cases.jsonl"))
    assert code == 0
    rows = [json.loads(line) for line in out.splitlines()]
    assert [(r["case"], r["outcome"], r["failed"]) for r in rows] == [
        ("cases.jsonl:1", "approve", []),
        ("second", "deny", ["minors"]),
        ("3", "deny", ["minors"]),
    ]
    piped = _invoke(*arguments, "-", stdin="\n".join(lines))[1]
    assert [json.loads(line)["case"] for line in piped.splitlines()] == ["-:1", "second", "3"]


def test_readings_of_the_command_line_go_before_those_of_the_case(tmp_path: Path) -> None:
    folder(tmp_path)
    case = json.loads(APPROVED)
    case["patient"]["grade"] = 4
    (tmp_path / "case.json").write_text(json.dumps({"readings": {"grade": "five"}, "case": case}), encoding="utf-8")
    arguments = ("decide", str(tmp_path / "small.policy"), str(tmp_path / "case.json"), "--brief", "--format", "json")
    assert json.loads(_invoke(*arguments)[1])["outcome"] == "deny"
    assert json.loads(_invoke(*arguments, "--reading", "grade=four")[1])["outcome"] == "approve"


def test_brief_leaves_reasons_and_repairs_out(tmp_path: Path) -> None:
    folder(tmp_path)
    case = json.loads(APPROVED)
    case["patient"]["grade"] = 2
    (tmp_path / "case.json").write_text(json.dumps(case), encoding="utf-8")
    arguments = ("decide", str(tmp_path / "small.policy"), str(tmp_path / "case.json"), "--format", "json")
    brief, full = json.loads(_invoke(*arguments, "--brief")[1]), json.loads(_invoke(*arguments)[1])
    assert brief["reasons"] == brief["repairs"] == []
    assert full["reasons"][0]["clause"] == "grade"
    assert [f["path"] for f in full["reasons"][0]["facts"]] == ["patient.grade"]
    assert full["repairs"][0]["changes"] == [{"path": "patient.grade", "from": 2, "to": 4}]


def test_explain_puts_each_reason_below_the_words_that_it_breaks() -> None:
    _, out = _invoke("explain", ESI, str(ROOT / "policies/esi/cases/coverage-deny-three-reasons.json"))
    page = " ".join(out.replace("│", "").split())
    exam, imaging = page.index("A history and physical examination"), page.index("Diagnostic test results (e.g.")
    assert exam < page.index("exam.date is 2026-08-01") < imaging < page.index("imaging[0].date is 2026-07-02")


def test_explain_shows_the_source_words(tmp_path: Path) -> None:
    folder(tmp_path)
    case = json.loads(APPROVED)
    case["patient"]["minor"] = True
    (tmp_path / "case.json").write_text(json.dumps(case), encoding="utf-8")
    code, out = _invoke("explain", str(tmp_path / "small.policy"), str(tmp_path / "case.json"))
    assert code == 0
    assert "Minors are excluded." in out
    assert "patient.minor is yes" in out
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out


def test_the_cases_of_the_policies_are_all_as_expected() -> None:
    done = run("test", "policies", cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 failed" in done.stdout


def test_a_case_that_comes_out_otherwise_is_shown(tmp_path: Path) -> None:
    folder(tmp_path)
    envelope = {"policy": "small_policy", "case": json.loads(APPROVED), "expect": {"outcome": "deny", "failed": ["x"]}}
    (tmp_path / "case.json").write_text(json.dumps(envelope), encoding="utf-8")
    code, out = _invoke("test", str(tmp_path / "case.json"))
    assert code == 1
    assert "0 passed, 1 failed" in out
    assert "expected  deny" in out
    assert "found     approve" in out


def test_a_case_of_an_unknown_policy_is_an_error(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "case.json").write_text('{"policy": "smal_policy", "case": {}, "expect": {}}', encoding="utf-8")
    result = CliRunner().invoke(cli, ["test", str(tmp_path / "case.json"), "--policies", str(tmp_path)])
    assert result.exit_code == 2
    assert "did you mean `small_policy`" in result.stderr


def test_show_puts_words_and_encoding_together(tmp_path: Path) -> None:
    folder(tmp_path)
    code, out = _invoke("show", str(tmp_path / "small.policy"))
    assert code == 0
    assert out.index("Minors are excluded.") < out.index("exclude when patient.minor")
    assert "Every sentence of the source" in out
    shown = json.loads(_invoke("show", str(tmp_path / "small.policy"), "--format", "json")[1])
    assert [c["id"] for c in shown["clauses"]] == ["grade", "visits", "minors"]
    assert shown["readings"] == {"grade": ["four", "five"]}
    assert shown["unquoted"] == []


def test_format_checks_shows_and_rewrites(tmp_path: Path) -> None:
    folder(tmp_path, POLICY.replace("  exclude when", "     exclude    when"))
    path = tmp_path / "small.policy"
    before = path.read_text(encoding="utf-8")
    assert _invoke("format", "--check", str(path)) == (1, f"would format {path}\n")
    code, out = _invoke("format", "--diff", str(path))
    assert code == 1
    assert "-     exclude    when patient.minor" in out
    assert path.read_text(encoding="utf-8") == before
    assert _invoke("format", str(path))[0] == 0
    after = path.read_text(encoding="utf-8")
    assert "  exclude when patient.minor" in after
    assert _invoke("format", "--check", str(path)) == (0, "")
    assert _invoke("format", "-", stdin=before) == (0, after)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["case.json", "small.policy", "small.vocabulary", "source.txt"]


def test_no_file_is_formatted_if_one_has_a_mistake(tmp_path: Path) -> None:
    folder(tmp_path, POLICY.replace("  exclude when", "     exclude    when"))
    before = (tmp_path / "small.policy").read_text(encoding="utf-8")
    (tmp_path / "bad.policy").write_text("polcy x\n", encoding="utf-8")
    result = CliRunner().invoke(cli, ["format", str(tmp_path / "small.policy"), str(tmp_path / "bad.policy")])
    assert result.exit_code == 2
    assert (tmp_path / "small.policy").read_text(encoding="utf-8") == before


@pytest.mark.parametrize("name", ["lint", "decide", "explain", "test", "show", "format", "completion"])
def test_help_has_an_example(name: str) -> None:
    code, out = _invoke(name, "--help")
    assert code == 0
    assert "Examples:" in out
    assert f"verifier {name}" in out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    code, out = _invoke("completion", shell)
    assert code == 0
    assert "_VERIFIER_COMPLETE" in out


def test_a_wrong_option_exits_with_2() -> None:
    done = run("decide", "--format", "xml", ESI, DENIED, cwd=ROOT)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "xml" in done.stderr


def test_a_closed_pipe_is_quiet() -> None:
    command = f"{sys.executable} -c 'from verifier.cli import main; main()' show {ESI} | head -1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, check=False)
    assert done.stderr == b""
    assert done.stdout.count(b"\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="signals are sent the POSIX way")
def test_an_interrupt_exits_with_130(tmp_path: Path) -> None:
    folder(tmp_path)
    command = [sys.executable, "-c", "from verifier.cli import main; main()", "decide", "small.policy", "-"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(6)  # it has started, and waits for a case
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == b""
    assert b"Traceback" not in error


@pytest.mark.parametrize(
    "arguments",
    [
        ("lint", ESI),
        ("lint", ESI, "--format", "json"),
        ("explain", ESI, DENIED, "--format", "json"),
        ("decide", ESI, "policies/esi/cases/coverage-partial-pain-unknown.json"),
        ("show", ESI),
    ],
    ids=" ".join,
)
def test_output_is_the_same_whatever_the_hash_seed(arguments: tuple[str, ...]) -> None:
    outputs = [run(*arguments, cwd=ROOT, environment={"PYTHONHASHSEED": seed}) for seed in ("0", "1")]
    assert outputs[0].stdout
    assert outputs[0].stderr == outputs[1].stderr == ""
    assert outputs[0].stdout == outputs[1].stdout


def test_show_states_the_ends_of_a_window() -> None:
    text = run("show", ESI, cwd=ROOT).stdout
    assert "if request.date is 2026-05-31, the window of exam.date runs from 2026-05-01 to" in text
    clauses = json.loads(run("show", ESI, "--format", "json", cwd=ROOT).stdout)["clauses"]
    assert next(c for c in clauses if c["id"] == "coverage.2")["windows"] == [
        {
            "date": "symptoms.since",
            "reference": "request.date",
            "example": "2026-05-31",
            "first": None,
            "last": "2026-04-19",
        }
    ]
