"""The folder in which the policy of `support` stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.support import CODES, NEWER, POLICY, VOCABULARY


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in (
        ("v.vocabulary", VOCABULARY),
        ("p.policy", POLICY),
        ("q.policy", NEWER),
        ("p.codes.toml", CODES),
    ):
        (tmp_path / name).write_text(text)
    (tmp_path / "s.txt").write_text("The score must be <high>.\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "110")
    return tmp_path
