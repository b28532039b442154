"""How a run ends from outside: Ctrl-C inside the solver, a pipe that is closed, a disk that is full."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.small import folder

VERIFIER = [sys.executable, "-c", "from verifier.cli import main; main()"]
PIGEONS = 11
# The command, which says on standard output when the solver is first asked, as a user would see it hang.
SLOW = """
import sys
from verifier.smt.solve import Solver
check = Solver.check
def told(*args, **kwargs):
    print("asked", flush=True)
    return check(*args, **kwargs)
Solver.check = told
from verifier.cli import main
main()
"""


def holes(tmp_path: Path) -> Path:
    """A policy that takes the solver long: more places, all different, than there are words for them."""
    words = ", ".join(f"w{i}" for i in range(PIGEONS - 1))
    facts = "".join(f"fact p{i} : Word\n" for i in range(PIGEONS))
    pairs = "".join(f"  require p{a} is not p{b}\n" for a, b in itertools.combinations(range(PIGEONS), 2))
    path = tmp_path / "holes.policy"
    path.write_text(
        f"vocabulary holes\ntype Word is {words}\n{facts}policy hole\n  uses holes\ncriterion c\n{pairs}",
        encoding="utf-8",
    )
    return path


@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
def test_an_interrupt_ends_a_solver_call(tmp_path: Path) -> None:
    case = tmp_path / "case.json"
    case.write_text("{}", encoding="utf-8")
    command = [sys.executable, "-c", SLOW, "decide", str(holes(tmp_path)), str(case)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "asked\n"
        time.sleep(0.5)  # into the solver
        run.send_signal(signal.SIGINT)
        out, err = run.communicate()
    assert (run.returncode, err) == (130, "interrupted\n")
    assert set(out.splitlines()) <= {"asked"}


# Ctrl-C while an argument is made ready for a function of a C library, as for every term of the solver.
INSIDE_CTYPES = """
import ctypes, os, signal
from verifier import cli
class Argument:
    @classmethod
    def from_param(cls, value):
        os.kill(os.getpid(), signal.SIGINT)
        return value
function = ctypes.pythonapi.Py_IsInitialized
function.argtypes = [Argument]
cli.cli.main = lambda **_: function(0)
cli.main()
"""


@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
def test_an_interrupt_that_a_library_takes_for_a_wrong_argument_is_one() -> None:
    run = subprocess.run([sys.executable, "-c", INSIDE_CTYPES], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (130, "interrupted\n")


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    folder(tmp_path)
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [*VERIFIER, "show", str(tmp_path / "small.policy")], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert run.returncode == 2
    assert run.stderr.startswith("error: the output cannot be written: ")
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_closed_stream_is_no_crash(tmp_path: Path, closed: str) -> None:
    folder(tmp_path)
    words = " ".join(f"'{w}'" for w in [*VERIFIER, "decide", str(tmp_path / "small.policy"), "-"])
    run = subprocess.run(["sh", "-c", f"echo '{{}}' | {words} {closed}"], capture_output=True, text=True)
    assert "Traceback" not in run.stderr
    assert run.returncode == (2 if closed == "<&-" else 0)
