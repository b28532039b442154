"""The progress bar: on a terminal only, and only when it takes long."""

from __future__ import annotations

import io
import sys

import pytest

from verifier.commands import progress
from verifier.lint import lint


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_none_where_standard_error_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress.progress_bar() as tell:
        assert tell is None


@pytest.mark.parametrize("patience", [0.0, 3600.0])
def test_shown_on_a_terminal_after_a_while(monkeypatch: pytest.MonkeyPatch, patience: float) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "_PATIENCE", patience)
    with progress.progress_bar() as tell:
        assert tell is not None
        tell(3, 10, "a policy: a rule")
        for thread in progress.threading.enumerate():
            if isinstance(thread, progress.threading.Timer) and patience == 0:
                thread.join()
    assert ("a policy: a rule" in terminal.getvalue()) == (patience == 0)


def test_the_analysis_tells_of_each_step() -> None:
    told: list[tuple[int, int, str]] = []
    lint([], progress=lambda *step: told.append(step))
    assert told == []
