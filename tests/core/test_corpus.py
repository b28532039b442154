"""Policies that must check in silence, and malformed ones with the exact text of what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_dsl.diagnostics import render
from policy_dsl.load import check

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad").glob("*.policy"))
GOOD = sorted((HERE / "good").glob("*.policy"))


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_malformed(path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    checked = check(path.name)
    shown = render(checked.diagnostics, checked.sources)
    expected = path.with_suffix(".expected")
    if request.config.getoption("--update", default=False):
        expected.write_text(shown, encoding="utf-8")
    assert shown, "a malformed policy must have diagnostics"
    assert shown == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", GOOD, ids=lambda p: p.stem)
def test_well_formed(path: Path) -> None:
    checked = check(path)
    assert render(checked.diagnostics, checked.sources) == ""
    assert checked.policies


def test_the_corpus_is_large() -> None:
    assert len(BAD) >= 50


def test_every_expected_text_has_its_policy() -> None:
    assert {p.stem for p in (HERE / "bad").glob("*.expected")} == {p.stem for p in BAD}


def test_every_diagnostic_helps() -> None:
    for path in BAD:
        for d in check(path).diagnostics:
            assert d.help, (path.name, d)
            assert not d.message.endswith("."), d
