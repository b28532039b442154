"""Small policies, many a file, with what one rule finds in each; without a `-- found --` it must stay silent.

A case begins with a line `=== TITLE` and goes on as an example of a docstring does (`verifier.lint.examples`). All
its policies are linted together. `pytest --update` rewrites what is found.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from policy_dsl.load import load
from verifier.lint import Finding, lint
from verifier.lint.examples import files
from verifier.lint.registry import rule

CORPUS = sorted((Path(__file__).parent / "rule_corpus").glob("*.txt"))
_CASE = re.compile(r"^=== (.+)\n", re.MULTILINE)
_FOUND = "-- found --\n"


def _cases(path: Path) -> list[tuple[str, str]]:
    _, *parts = _CASE.split(path.read_text(encoding="utf-8"))
    return list(zip(parts[::2], parts[1::2], strict=True))


def _shown(found: Finding) -> str:
    where = f"{Path(found.span.file).name}:{found.span.line}:{found.span.column}"
    clauses = f" [{', '.join(found.clauses)}]" if found.clauses else ""
    lines = [f"{found.severity} {where}{clauses} {found.message}\n"]
    lines += [f"  {detail}\n" for detail in found.details]
    if found.suggestion is not None:
        span = found.suggestion.span
        place = f"{span.line}:{span.column}-{span.end_line}:{span.end_column}"
        lines.append(f"  edit {place} `{found.suggestion.replacement}`\n")
    return "".join(lines)


def _found(folder: Path, slug: str, example: str) -> str:
    folder.mkdir()
    written = files(example)
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    policies = [load(folder / name) for name in written if name.endswith(".policy")]
    return "".join(_shown(f) for f in lint(policies, only=[rule(slug)]).found)


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_a_rule_finds_what_it_should(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    wrong, rewritten = [], []
    for number, (title, text) in enumerate(_cases(path)):
        example, _, expected = text.partition(_FOUND)
        found = _found(tmp_path / str(number), path.stem, example.rstrip("\n") + "\n")
        if found != expected.rstrip("\n") + ("\n" if expected.strip() else ""):
            wrong.append(f"{title}\n{found}")
        rewritten.append(f"=== {title}\n{example.rstrip(chr(10))}\n" + (_FOUND + found if found else "") + "\n")
    if request.config.getoption("--update", default=False):
        path.write_text("".join(rewritten).rstrip("\n") + "\n", encoding="utf-8")
    assert not wrong, "\n".join(wrong)


def test_every_case_of_a_file_has_a_title_of_its_own() -> None:
    for path in CORPUS:
        titles = [title for title, _ in _cases(path)]
        assert len(set(titles)) == len(titles) > 1, path.name
