"""A small policy on disk, and the command line run on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

VOCABULARY = """\
vocabulary small "A small vocabulary"
  type Grade is integer 0 to 10
  type Side is left, right
  record Visit
    day : date
    side : Side
  fact request.date : date advances
  fact patient.grade : Grade
  fact patient.minor : boolean
  fact visits : list of Visit (at most 6)
  always every visit in visits has visit.day <= request.date
"""

SOURCE = """\
The grade must be at least 4.
There must be two visits.
Minors are excluded.
"""

POLICY = """\
policy small_policy "A small policy"
  source "source.txt"
  uses small

criterion grade "Grade"
  | The grade must be at least 4.
  require
    reading four "as it stands" : patient.grade >= 4
    reading five "strictly" : patient.grade >= 5

criterion visits "Visits"
  | There must be two visits.
  require at least 2 visit in visits exist

exclusion minors "Minors"
  | Minors are excluded.
  exclude when patient.minor
"""

APPROVED = (
    '{"request": {"date": "2026-05-01"}, "patient": {"grade": 6, "minor": false},'
    ' "visits": [{"day": "2026-01-02", "side": "left"}, {"day": "2026-02-03", "side": "right"}]}'
)


def folder(path: Path, policy: str = POLICY, source: str = SOURCE) -> Path:
    """The policy with its vocabulary, its source and one case, in a folder."""
    (path / "small.vocabulary").write_text(VOCABULARY, encoding="utf-8")
    (path / "source.txt").write_text(source, encoding="utf-8")
    (path / "small.policy").write_text(policy, encoding="utf-8")
    (path / "case.json").write_text(APPROVED, encoding="utf-8")
    return path


def run(
    *arguments: str, cwd: Path, stdin: bytes | None = None, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    command = [sys.executable, "-c", "from verifier.cli import main; main()", *arguments]
    done = subprocess.run(
        command, cwd=cwd, input=stdin, capture_output=True, env={**os.environ, **(environment or {})}, check=False
    )
    return subprocess.CompletedProcess(
        command, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )
