"""`verifier compare` and `verifier diff` on files and on revisions of git."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.compare.small import OLD, VOCABULARY, folder
from verifier.cli import cli


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def _git(path: Path, *arguments: str) -> None:
    identity = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    subprocess.run(["git", *arguments], cwd=path, check=True, capture_output=True, env=os.environ | identity)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose first commit has the old policy and vocabulary; on disk both are new."""
    (tmp_path / "sub").mkdir()
    folder(tmp_path / "sub")
    _git(tmp_path, "init", "-q")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "-q", "-m", "first")
    folder(tmp_path / "sub", OLD.replace("grade >= 4", "grade >= 3"), VOCABULARY.replace("today", "asked"))
    (tmp_path / "sub" / "rules.policy").write_text(
        OLD.replace("grade >= 4", "grade >= 3").replace("today", "asked"), encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_revision_is_read_with_its_own_vocabulary(repository: Path) -> None:
    result = _run("diff", "HEAD:sub/rules.policy", "sub/rules.policy", "--format", "json")
    assert result.exit_code == 1, result.output
    found = json.loads(result.stdout)
    assert found["old"]["file"] == "HEAD:sub/rules.policy"
    _git(repository, "commit", "-qam", "second")
    result = _run("diff", "HEAD~1:sub/rules.policy", "HEAD:sub/rules.policy")
    assert result.exit_code == 1, result.output
    assert "Who newly gains approval" in result.stdout
    assert _run("diff", "HEAD:sub/rules.policy", "sub/rules.policy").exit_code == 0


def test_a_path_can_go_from_this_folder(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / "sub")
    assert _run("diff", "HEAD:./rules.policy", "HEAD:sub/rules.policy").exit_code == 0


@pytest.mark.parametrize(
    "named", ["HEAD:rules.policy", "HEAD:../rules.policy", "HEAD:sub/rules.policy", "HEAD:./rules.policy"]
)
def test_a_revision_is_shown_as_it_was_written(repository: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    for name in ("rules.policy", "clinic.vocabulary"):
        shutil.copy(repository / "sub" / name, repository / name)
    _git(repository, "add", ".")
    _git(repository, "commit", "-qm", "at the top too")
    monkeypatch.chdir(repository / "sub")
    result = _run("diff", named, "HEAD:./rules.policy", "--format", "json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["old"]["file"] == named
    assert named in _run("diff", named, "HEAD:./rules.policy").stdout


def test_a_vocabulary_is_found_above_from_any_folder(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "vocabularies").mkdir()
    (repository / "vocabularies" / "ward.vocabulary").write_text(VOCABULARY.replace("clinic", "ward"), encoding="utf-8")
    for path in (repository / "top.policy", repository / "sub" / "ward.policy"):
        path.write_text(OLD.replace("clinic", "ward"), encoding="utf-8")
    _git(repository, "add", ".")
    _git(repository, "commit", "-qm", "a vocabulary for all")
    for here in (repository, repository / "sub"):
        monkeypatch.chdir(here)
        assert _run("diff", "HEAD:top.policy", "HEAD:sub/ward.policy").exit_code == 0


def test_mistakes_of_a_revision_are_placed_where_git_finds_them(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "top.policy").write_text(OLD + '\ncriterion rules "R"\n  require grad >= 4\n' * 2, encoding="utf-8")
    (repository / "clinic.vocabulary").write_text(VOCABULARY + "\nfact wrong : Nothing\n", encoding="utf-8")
    _git(repository, "add", ".")
    _git(repository, "commit", "-qm", "wrong")
    for here, vocabulary in (
        (repository, "HEAD:./clinic.vocabulary"),
        (repository / "sub", "HEAD:../clinic.vocabulary"),
    ):
        monkeypatch.chdir(here)
        result = _run("diff", "HEAD:top.policy", "HEAD:sub/rules.policy")
        assert result.exit_code == 2
        assert "HEAD:top.policy:" in result.stderr
        assert result.stderr.count("criterion rules") == 2, "both places are shown"
        assert f"{vocabulary}:" in result.stderr
        assert _run("diff", vocabulary, "HEAD:sub/rules.policy").stderr.startswith(f"{vocabulary}:")


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("nowhere:sub/rules.policy", "git knows no revision `nowhere`"),
        ("HEAD:sub/other.policy", "there is no file `sub/other.policy` in revision `HEAD`"),
        ("HEAD:sub", "is a directory"),
        ("HEAD:../rules.policy", "lies outside the repository"),
        ("--help:x", "git knows no revision `--help`"),
    ],
)
def test_what_git_does_not_have_is_said(repository: Path, named: str, message: str) -> None:
    result = _run("diff", "--", named, "sub/rules.policy")
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_outside_a_repository_a_revision_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    result = _run("diff", "HEAD:a.policy", "b.policy")
    assert result.exit_code == 2
    assert "no git repository" in result.stderr


def test_compare_prints_the_relation_and_the_table(tmp_path: Path) -> None:
    folder(tmp_path)
    other = tmp_path / "other.policy"
    other.write_text(OLD.replace("policy rules", "policy other").replace("grade >= 4", "grade >= 5"), encoding="utf-8")
    result = _run("compare", str(tmp_path / "rules.policy"), str(other))
    assert result.exit_code == 1
    assert "implied: whatever other approves, rules approves too, and more" in result.stdout
    assert "Approved by rules alone" in result.stdout
    found = json.loads(_run("compare", str(tmp_path / "rules.policy"), str(other), "--format", "json").stdout)
    assert found["relation"] == "implied"
    assert len(found["outcomes"]) == 16
    assert _run("compare", str(other), str(other)).exit_code == 0


READ = """
criterion often "Often"
  require
    reading two "two visits" : at least 2 visit in visits exist
    reading three "three visits" : at least {three} visit in visits exist
"""


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two policies that differ in a reading which is not the default one."""
    folder(tmp_path, OLD + READ.format(three=3), VOCABULARY)
    (tmp_path / "other.policy").write_text(OLD.replace("policy rules", "policy other") + READ.format(three=4), "utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", ["compare", "diff"])
@pytest.mark.usefixtures("read")
def test_readings_are_chosen_and_named(command: str) -> None:
    as_default = _run(command, "rules.policy", "other.policy")
    assert as_default.exit_code == 0, as_default.output
    assert "often=two" in as_default.stdout
    chosen = _run(command, "rules.policy", "other.policy", "--reading", "often=three")
    assert chosen.exit_code == 1, chosen.output
    assert "often=three" in chosen.stdout
    found = json.loads(_run(command, "rules.policy", "other.policy", "-r", "often=three", "--format", "json").stdout)
    sides = [found[side]["readings"] for side in (("old", "new") if command == "diff" else ("first", "second"))]
    assert sides == [{"often": "three"}, {"often": "three"}]


@pytest.mark.parametrize("command", ["compare", "diff"])
@pytest.mark.parametrize(
    ("reading", "message"),
    [
        ("ofen=two", "error: readings.ofen: `ofen` has no readings\n  help: did you mean `often`"),
        ("often=tree", "error: readings.often: `often` has no reading `tree`\n  help: did you mean `three`"),
        ("often", "`often` is not of the form CLAUSE=NAME"),
    ],
)
@pytest.mark.usefixtures("read")
def test_a_reading_that_there_is_none_of_is_a_mistake(command: str, reading: str, message: str) -> None:
    result = _run(command, "rules.policy", "other.policy", "--reading", reading)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
