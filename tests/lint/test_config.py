"""Settings in pyproject.toml, and the command line over them."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_dsl.diagnostics import PolicyError, Severity
from verifier.lint.choice import Choice
from verifier.lint.config import Settings, choice, settings_for

TEXT = """\
[project]
name = "x"

[tool.verifier.lint]
select = ["satisfiable", "failed-check"]
ignore = ["failed-check"]
min-severity = "warning"

[tool.verifier.lint.per-file-ignores]
"drafts/*.policy" = ["satisfiable"]
"old.policy" = ["never-applies"]
"""


def _file(folder: Path, text: str, policy: str = "a.policy") -> str:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return str(folder / policy)


def test_the_settings_of_a_file(tmp_path: Path) -> None:
    settings = settings_for(_file(tmp_path, TEXT))
    both = frozenset({"satisfiable", "failed-check"})
    assert choice(settings, str(tmp_path / "a.policy")) == Choice(both, frozenset({"failed-check"}), Severity.WARNING)
    assert "satisfiable" in choice(settings, str(tmp_path / "drafts" / "a.policy")).ignore
    assert "never-applies" in choice(settings, str(tmp_path / "deep" / "old.policy")).ignore


def test_the_command_line_wins(tmp_path: Path) -> None:
    settings = settings_for(_file(tmp_path, TEXT))
    file = str(tmp_path / "old.policy")
    chosen = choice(settings, file, ["never-applies"], (), Severity.INFO)
    assert chosen == Choice(frozenset({"never-applies"}), frozenset(), Severity.INFO)
    assert choice(settings, file, None, ["satisfiable"]).ignore == {"failed-check", "never-applies", "satisfiable"}


def test_the_nearest_file_that_speaks_of_the_verifier(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    _file(tmp_path, '[tool.verifier.lint]\nmin-severity = "error"\n')
    _file(tmp_path / "a", '[project]\nname = "other"\n')
    assert settings_for(str(inner / "p.policy")).least is Severity.ERROR
    assert settings_for(str(inner / "p.policy")).folder == tmp_path.resolve()


def test_no_settings(tmp_path: Path) -> None:
    assert choice(Settings(), str(tmp_path / "a.policy")) == Choice()


WRONG = {
    "unknown key": (
        "[tool.verifier.lint]\nselct = []\n",
        "2:1: error: [configuration] there is no setting `selct`",
        "did you mean `select`",
    ),
    "unknown table": (
        "[tool.verifier.lnt]\n",
        "1:1: error: [configuration] there is no setting `lnt`",
        "did you mean `lint`",
    ),
    "unknown rule": (
        '[tool.verifier.lint]\nselect = [\n  "satisfiable",\n  "failed-chek",\n]\n',
        "4:3: error: [configuration] there is no rule `failed-chek`",
        "did you mean `failed-check`",
    ),
    "no list": ('[tool.verifier.lint]\nignore = "x"\n', "2:1: error: [configuration] `ignore` is not a list", "write"),
    "no severity": (
        '[tool.other]\nmin-severity = 1\n[tool.verifier.lint]\nmin-severity = "warnin"\n',
        "4:1: error: [configuration] `warnin` is no severity",
        "did you mean `warning`",
    ),
    "unknown rule of a file": (
        '[tool.verifier.lint.per-file-ignores]\n"a.policy" = ["x"]\n',
        "2:1: error: [configuration] there is no rule `x`",
        "explain-rule",
    ),
    "no table": ("[tool.verifier]\nlint = 3\n", "1:1: error: [configuration] this is not a table", "write"),
    "no TOML": ("[tool.verifier.lint\n", "1:1: error: [configuration] this is not TOML", "mend the file"),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_mistake_has_a_place(tmp_path: Path, name: str) -> None:
    text, message, help = WRONG[name]
    with pytest.raises(PolicyError) as error:
        settings_for(_file(tmp_path, text))
    assert str(error.value).startswith(f"{tmp_path / 'pyproject.toml'}:{message}"), str(error.value)
    assert help in str(error.value)


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    lines = ('select = ["satisfiable", 3]', "ignor = []", 'ignore = ["vauge-term"]', 'min-severity = "high"')
    text = "\n".join(("[tool.verifier.lint]", *lines))
    with pytest.raises(PolicyError) as error:
        settings_for(_file(tmp_path, text))
    assert [d.span.line for d in error.value.diagnostics] == [2, 3, 4, 5]


@pytest.mark.parametrize("text", ["tool = 3\n", "[tool]\nverifier = {}\n", ""])
def test_a_file_that_says_nothing_of_the_verifier(tmp_path: Path, text: str) -> None:
    assert settings_for(_file(tmp_path, text)).least is Severity.INFO
