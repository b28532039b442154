"""What needs no solver does not load it: that takes longer than most of what is asked."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.decide.support import ROOT

POLICY = ROOT / "esi/esi_prior_authorization.policy"
CASE = ROOT / "esi/cases/coverage-deny-three-reasons.json"
DECIDE = f"""
import json
from pathlib import Path
from verifier import decide, load
policy = load({str(POLICY)!r})
envelope = json.loads(Path({str(CASE)!r}).read_text(encoding="utf-8"))
assert decide(policy, envelope["case"], brief=True).outcome == "deny"
"""
COMMAND = "from verifier.cli import cli; cli.main({arguments!r}, standalone_mode=False)"


@pytest.mark.parametrize(
    "program",
    [
        DECIDE,
        COMMAND.format(arguments=["--help"]),
        COMMAND.format(arguments=["show", str(POLICY)]),
        COMMAND.format(arguments=["format", "--check", str(POLICY)]),
        COMMAND.format(arguments=["decide", str(POLICY), str(CASE), "--brief"]),
    ],
    ids=["library", "help", "show", "format", "decide"],
)
def test_the_solver_is_not_loaded(program: str) -> None:
    code = f"import sys\n{program}\nassert 'z3' not in sys.modules\nprint('done')"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stdout.endswith("done\n"), run.stderr
