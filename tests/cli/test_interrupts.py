"""Ctrl-C anywhere: one line, code 130, nothing half-written, and what was finished is kept.

The signal is sent by the command to itself when something was called for the n-th time, so that it comes at the same
moment on every machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.small import APPROVED, folder, run
from tests.cli.test_faults import whole

PRELUDE = """
import importlib, os, signal, sys
place, times = sys.argv[1].rsplit(":", 1)
module, _, name = place.partition("/")
del sys.argv[1]
owner = importlib.import_module(module)
*path, last = name.split(".")
for part in path:
    owner = getattr(owner, part)
real, left = getattr(owner, last), [int(times)]
def told(*args, **kwargs):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGINT)
    return real(*args, **kwargs)
setattr(owner, last, told)
from verifier.entry import main
main()
"""
LOADING = """
import importlib.abc, os, signal, sys
class Interrupt(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
from verifier.entry import main
main()
"""
ENGINE = """
import sys
for line in sys.stdin:
    print('{"outcome": "deny", "failed": []}', flush=True)
"""
ATTACK = (
    "attack",
    "small.policy",
    "--engine",
    f"{sys.executable} engine.py",
    "--examples",
    "0",
    "--out",
    "found.jsonl",
)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder(tmp_path)
    (tmp_path / "cases.jsonl").write_text("\n".join([APPROVED] * 3) + "\n", encoding="utf-8")
    (tmp_path / "engine.py").write_text(ENGINE, encoding="utf-8")
    expected = f'{{"policy": "small_policy", "case": {APPROVED}, "expect": {{"outcome": "approve"}}}}\n'
    (tmp_path / "expected.jsonl").write_text(expected * 3, encoding="utf-8")
    return tmp_path


def interrupted(when: str, *arguments: str, cwd: Path, code: str = PRELUDE) -> tuple[str, str]:
    """What a run prints and says that gets Ctrl-C at MODULE/NAME:TIMES."""
    command = [sys.executable, "-c", code, when, *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.endswith("interrupted\n")
    assert not [*cwd.rglob("tmp*")]
    return done.stdout, done.stderr


@pytest.mark.parametrize("module", ["verifier.cli", "click", "policy_dsl.core.ir", "verifier.commands.waive"])
def test_while_the_command_is_loaded(module: str, small: Path) -> None:
    assert interrupted(module, "lint", "small.policy", cwd=small, code=LOADING) == ("", "interrupted\n")


@pytest.mark.parametrize(
    ("when", "arguments"),
    [
        ("verifier.smt.solve/Solver.check:3", ("lint", "small.policy", "--certify", "out")),
        ("verifier.certify.findings/certify_finding:1", ("lint", "small.policy", "--certify", "out")),
        ("verifier.smt.solve/Solver.check:5", ("suite", "small.policy", "--out", "suite.jsonl", "--score")),
        ("os/fsync:1", ("suite", "small.policy", "--out", "suite.jsonl")),
        ("verifier.smt.solve/Solver.check:3", ATTACK),
        ("verifier.deciding/decide:2", ("test", "expected.jsonl")),
    ],
    ids=lambda v: v if isinstance(v, str) else v[0],
)
def test_nothing_is_printed_or_half_written(when: str, arguments: tuple[str, ...], small: Path) -> None:
    before = sorted(p.name for p in small.iterdir())
    out, _ = interrupted(when, *arguments, cwd=small)
    assert out == ""
    assert sorted(p.name for p in small.iterdir() if p.name not in ("out", "found.jsonl")) == before
    for file in (small / "out").glob("*"):
        whole(file)
    again = run(*arguments, cwd=small)
    assert again.returncode == (1 if arguments[0] in ("attack", "lint") else 0), again.stderr


def test_certificates_of_findings_that_were_made_are_kept(small: Path) -> None:
    assert run("lint", "small.policy", "--certify", "all", cwd=small).returncode == 1
    names = sorted(f.name for f in (small / "all").iterdir())
    assert len(names) > 1
    interrupted("verifier.commands.certificates/CertificateFolder.write:2", "lint", "small.policy", "--certify", "out",
                cwd=small)  # fmt: skip
    kept = [*(small / "out").iterdir()]
    assert len(kept) == 1
    assert whole(kept[0]) == whole(small / "all" / kept[0].name)


def test_differences_that_an_attack_found_are_kept(small: Path) -> None:
    _, said = interrupted("verifier.adversary.shrink/shrink:3", *ATTACK, cwd=small)
    assert "found.jsonl: holds the " in said
    lines = (small / "found.jsonl").read_text(encoding="utf-8").splitlines()
    assert all(json.loads(line)["policy"] == "small_policy" for line in lines)
    assert len(lines) > 0
    assert run(*ATTACK, "--resume", cwd=small).returncode == 1
    assert len((small / "found.jsonl").read_text(encoding="utf-8").splitlines()) >= len(lines)


def test_what_was_checked_of_certificates_is_printed(small: Path) -> None:
    assert run("decide", "small.policy", "cases.jsonl", "--certify", "out", cwd=small).returncode == 0
    files = [str(f) for f in sorted((small / "out").iterdir())]
    out, _ = interrupted("verifier.certify.check/check_determination:3", "check-certificate", *files, cwd=small)
    assert out.count(": confirmed\n") == 2
